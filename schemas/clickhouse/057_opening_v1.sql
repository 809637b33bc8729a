-- How much it surprises that a stranger begins so, and from when on: used alike by decisions and by the scores that are calibrated.
-- An empty value stands for all that are not told; a row that shows nothing says that a period has begun, whatever is known in it.
CREATE TABLE IF NOT EXISTS {db}.opening_v1
(
    valid_from  DateTime('UTC'),
    scope       LowCardinality(String),
    platform    LowCardinality(String),
    shows       LowCardinality(String),
    value       String,
    surprise    UInt16, -- hundredths of a nat
    computed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (valid_from, scope, platform, shows, value)
TTL valid_from + INTERVAL {retention_days} DAY;
