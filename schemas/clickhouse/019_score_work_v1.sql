-- The scorer's scratch pad: terms of the entities that one live step asked for. Emptied at each step. Columns are
-- explained at TERM_COLUMNS of services/score/risk-query.ts.
CREATE TABLE IF NOT EXISTS {db}.score_terms_v1
(
    entity  UInt64,
    step    UInt32,
    kind    UInt8,
    held    UInt8,
    genuine UInt8,
    term    Array(UInt8),
    value   Array(Float32),
    usual   Array(Float32),
    part    Array(Float32)
)
ENGINE = Memory;

-- The same after the reference: one score each.
CREATE TABLE IF NOT EXISTS {db}.score_work_v1
(
    entity  UInt64,
    step    UInt32,
    kind    UInt8,
    held    UInt8,
    score   Float64,
    reasons Array(Tuple(feature LowCardinality(String), value Float64, usual Float64, part Float64))
)
ENGINE = Memory;
