-- What one event adds to what is known of each of its entities, beside plain counts: how surprising it was against the
-- profile in force (hundredths of a nat), and how it stands to the events before it. Written by the scorer for events
-- that were not refused (law 5). One row for each event, entity and kind: scoring an event again replaces its rows.
CREATE TABLE IF NOT EXISTS {db}.event_evidence_v1
(
    entity     UInt64, -- sipHash64(scope, kind, id)
    second     DateTime('UTC') CODEC(DoubleDelta, LZ4),
    place      UInt64, -- sipHash64(source, partition, offset)
    kind       UInt8,  -- kinds of entities, and 7: a cohort
    route      UInt16, -- surprise that this kind of caller uses the route at all
    step       UInt16, -- surprise of the step from the caller's previous route
    answer     UInt16, -- surprise of the status on this route
    network    UInt16, -- surprise of the autonomous system
    software   UInt16, -- surprise of the family of user agents, or of its TLS fingerprint
    key_use    UInt16, -- surprise of network and software for this API key
    gap        UInt16, -- hundredths of ln(1 + ms since the caller's previous event); 0 after a pause of 30 min
    gap_square UInt32,
    followed   UInt8,  -- had a previous event within 30 min
    repeated   UInt8,  -- and it was on the same route
    newcomer   UInt8,  -- the caller was first seen less than an hour before
    failed     UInt8   -- answered with 4xx
)
ENGINE = ReplacingMergeTree
ORDER BY (entity, second, place, kind)
TTL second + INTERVAL 25 HOUR
SETTINGS index_granularity = 1024;

-- The newest event of each caller, so that the next one knows what it follows.
CREATE TABLE IF NOT EXISTS {db}.caller_last_v1
(
    caller UInt64,
    last   SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), UInt64)) -- time, hash of method and route
)
ENGINE = AggregatingMergeTree
ORDER BY caller
TTL toDateTime(last.1) + INTERVAL 2 HOUR
SETTINGS index_granularity = 1024;
