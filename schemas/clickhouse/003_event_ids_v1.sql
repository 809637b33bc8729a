-- Which event ids were seen and where: a record whose id stands here under another place is a duplicate (24 h).
CREATE TABLE IF NOT EXISTS {db}.event_ids_v1
(
    id    UInt64, -- sipHash64(event_id)
    place UInt64, -- sipHash64(source, partition, offset)
    time  DateTime('UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (id, place)
TTL time + INTERVAL 25 HOUR
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 512;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.event_ids_v1_view TO {db}.event_ids_v1 AS
SELECT sipHash64(event_id) AS id, sipHash64(toString(source), partition, offset) AS place, toDateTime(inserted_at) AS time
FROM {db}.events_raw_v1;
