-- What was refused and why, redacted; its place in the source is its identity, so that a replay replaces it.
CREATE TABLE IF NOT EXISTS {db}.dead_letters_v1
(
    source      LowCardinality(String),
    partition   UInt32,
    offset      UInt64,
    -- Which of several events that the record brought, from 1; 0 when it was one.
    element     UInt32,
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
PRIMARY KEY (source, partition, offset)
ORDER BY (source, partition, offset, element)
TTL toDateTime(received_at) + INTERVAL {retention_days} DAY
SETTINGS non_replicated_deduplication_window = 1000;

-- Letters of one record replaced each other before.
ALTER TABLE {db}.dead_letters_v1 ADD COLUMN IF NOT EXISTS element UInt32 AFTER offset, MODIFY ORDER BY (source, partition, offset, element);
