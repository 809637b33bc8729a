-- Who is about to store an event id of its own: of two processes that take one id at once, the block that claimed it
-- first stores it (docs/exactly-once.md). No deduplication window: a claim may be repeated.
CREATE TABLE IF NOT EXISTS {db}.event_claims_v1
(
    id    UInt64, -- sipHash64(event_id)
    place UInt64, -- of source, partition and offset; hashed by ingest and compared with its like alone
    time  DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY id
TTL time + INTERVAL 25 HOUR
SETTINGS enable_block_number_column = 1, index_granularity = 512;
