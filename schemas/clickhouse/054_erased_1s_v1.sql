-- Requests that were erased with a person, by second of event time, and that still count in the roll-up of the address that
-- they came from: what the raw table has less than that one. They go with the address, when that is erased.
CREATE TABLE IF NOT EXISTS {db}.erased_1s_v1
(
    entity   UInt64, -- sipHash64(scope, kind, id) of the address
    second   DateTime('UTC'),
    requests UInt64
)
ENGINE = SummingMergeTree
ORDER BY (entity, second)
TTL second + INTERVAL 25 HOUR;
