-- From score to decibels, one curve for each scope and segment and hour from which it holds.
CREATE TABLE IF NOT EXISTS {db}.calibration_v1
(
    valid_from DateTime('UTC'),
    scope      LowCardinality(String),
    segment    LowCardinality(String), -- platform; '' is the whole scope
    basis      LowCardinality(String), -- genuine, population, shipped
    units      UInt64,                 -- caller-hours that it rests on
    scores     Array(Float64),         -- ascending knots
    decibels   Array(Float64),         -- ascending; beyond the last knot the curve goes on by 1 a unit up to 20 dB, then with `slope`
    slope      Float64,                -- decibels per unit of score beyond the last knot and 20 dB (extrapolated)
    computed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (valid_from, scope, segment)
TTL valid_from + INTERVAL {retention_days} DAY;
