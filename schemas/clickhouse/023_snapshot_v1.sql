-- A step is whole once its row stands here: decision processes read no risk beyond the newest one.
CREATE TABLE IF NOT EXISTS {db}.snapshot_v1
(
    step         DateTime('UTC'),
    published_at DateTime64(3, 'UTC'),
    -- Rows up to this insertion time are in the step.
    scored_until DateTime64(3, 'UTC'),
    entities     UInt64, -- rows that the step changed
    elapsed_ms   UInt32
)
ENGINE = ReplacingMergeTree(published_at)
ORDER BY step
TTL step + INTERVAL 2 DAY;
