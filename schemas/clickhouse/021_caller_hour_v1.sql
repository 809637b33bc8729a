-- The unit of calibration: the largest score that any request of a caller met in an hour. A maximum, so that scoring
-- the same hour again changes nothing.
CREATE TABLE IF NOT EXISTS {db}.caller_hour_v1
(
    scope    LowCardinality(String),
    hour     DateTime('UTC'),
    caller   UInt64,
    platform SimpleAggregateFunction(max, String),
    net      SimpleAggregateFunction(any, String),
    score    SimpleAggregateFunction(max, Float64),
    -- The same without attestation and cohort: what clients that cannot attest are measured by.
    bare     SimpleAggregateFunction(max, Float64)
)
ENGINE = AggregatingMergeTree
ORDER BY (scope, hour, caller)
TTL hour + INTERVAL 40 DAY;

ALTER TABLE {db}.caller_hour_v1 ADD COLUMN IF NOT EXISTS bare SimpleAggregateFunction(max, Float64);
