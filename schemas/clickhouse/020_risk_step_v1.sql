-- Risk as it was published: one row for each entity whose score changed at a step. Zero rows say that a risk has faded.
-- `score` is on the uncalibrated scale of the shipped reference; calibration turns it into decibels at the decision.
CREATE TABLE IF NOT EXISTS {db}.risk_step_v1
(
    step    DateTime('UTC'),
    entity  UInt64,
    scope   LowCardinality(String),
    kind    UInt8,
    id      String CODEC(ZSTD(1)),
    score   Float64,
    -- 0 none, 1 challenge, 2 block: refused attempts go on, so the refusal is held (law 5).
    held    UInt8,
    -- Most severe first: feature, its value, what is usual, its own part in decibels of the shipped reference.
    reasons Array(Tuple(feature LowCardinality(String), value Float64, usual Float64, part Float64))
)
ENGINE = ReplacingMergeTree
ORDER BY (step, entity)
TTL step + INTERVAL {retention_days} DAY;

-- The newest row of each entity: what a decision process loads when it starts.
CREATE TABLE IF NOT EXISTS {db}.risk_current_v1
(
    entity  UInt64,
    step    DateTime('UTC'),
    scope   LowCardinality(String),
    kind    UInt8,
    id      String CODEC(ZSTD(1)),
    score   Float64,
    held    UInt8,
    reasons Array(Tuple(feature LowCardinality(String), value Float64, usual Float64, part Float64))
)
ENGINE = ReplacingMergeTree(step)
ORDER BY entity
TTL step + INTERVAL 2 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.risk_current_v1_view TO {db}.risk_current_v1 AS
SELECT entity, step, scope, kind, id, score, held, reasons FROM {db}.risk_step_v1;
