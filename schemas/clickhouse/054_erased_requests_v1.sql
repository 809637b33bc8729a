-- Requests that were erased with a person and that still count in the roll-up of the address that they came from: what the raw
-- table has less than that one. A row for each, so that an erasure that failed half-way and is asked for again notes none
-- twice. They go with the address, when that is erased.
CREATE TABLE IF NOT EXISTS {db}.erased_requests_v1
(
    entity  UInt64, -- sipHash64(scope, kind, id) of the address
    second  DateTime('UTC'),
    request UInt64  -- sipHash64 of its place in its source and its id
)
ENGINE = ReplacingMergeTree
ORDER BY (entity, second, request)
TTL second + INTERVAL 25 HOUR;
