-- What was refused and why, redacted; its place in the source is its identity, so that a replay replaces it.
CREATE TABLE IF NOT EXISTS {db}.dead_letters_v1
(
    source      LowCardinality(String),
    partition   UInt32,
    offset      UInt64,
    received_at DateTime64(3, 'UTC'),
    format      LowCardinality(String),
    reason      LowCardinality(String),
    detail      String CODEC(ZSTD(1)),
    -- At most the first 2 KiB of the record, redacted.
    sample      String CODEC(ZSTD(3)),
    -- When it was sent again after a fix; the epoch while it was not.
    resent_at   DateTime64(3, 'UTC') DEFAULT 0,
    version     DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, partition, offset)
TTL toDateTime(received_at) + INTERVAL {retention_days} DAY
SETTINGS non_replicated_deduplication_window = 1000;
