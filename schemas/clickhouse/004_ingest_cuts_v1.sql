-- How blocks were cut from a Kafka partition, written before the block is inserted (law 1: the next owner of the
-- partition inserts the last cut again, with the same token, whoever wrote it). A claim says who owns the partition.
CREATE TABLE IF NOT EXISTS {db}.ingest_cuts_v1
(
    topic      LowCardinality(String),
    partition  UInt32,
    epoch      UInt64,
    owner      String,
    first      UInt64, -- offset of the first message of the block
    last       UInt64, -- offset of its last; below first for a claim
    newest_ms  UInt64 DEFAULT 0, -- newest event time of the block, epoch ms: the scorer's clock while this partition lags
    behind     UInt64 DEFAULT 0, -- messages of the partition still to be read after this block
    written_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY (topic, partition, written_at)
TTL toDateTime(written_at) + INTERVAL 30 DAY
SETTINGS index_granularity = 256;

-- 1: every row of it was somebody's who was erased since, so that none stands though it was stored.
ALTER TABLE {db}.ingest_cuts_v1 ADD COLUMN IF NOT EXISTS erased UInt8;
