-- What the peers of each kind of entity reach, learnt for a period: what reasons call usual. Risk is judged by the same
-- numbers in a scratch table of the scorer. The row of kind 0 says that a period was learnt, also where nothing was.
CREATE TABLE IF NOT EXISTS {db}.reference_v1
(
    valid_from DateTime('UTC'),
    kind       UInt8,
    learnt     Float32,                       -- how far it displaces what is shipped, 0 to 1: n / (n + 100) of n entity-hours
    proven     Float32,                       -- how far lower bounds of plain evidence fade, 0 to 1: by genuine peers or by named callers
    terms      Array(LowCardinality(String)), -- `<feature>:<window>`
    low        Array(Float32),                -- decibels of its shipped tail that 1 in 10 entity-hours reach …
    high       Array(Float32),                -- … and 1 in 100
    learnt_at  DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(learnt_at)
ORDER BY (valid_from, kind)
TTL valid_from + INTERVAL {retention_days} DAY;
