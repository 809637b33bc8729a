-- The scorer's scratch pad: risk of the entities that one live step asked for. Emptied at each step.
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
