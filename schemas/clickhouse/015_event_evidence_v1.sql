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
    own        UInt16, -- surprise of network, software and device for this user, else for this installation
    volume     UInt16, -- surprise that its caller asks this route that often in an hour; told at each doubling
    owner      UInt16, -- surprise that callers of this route touch an object that was one or two others' until then
    walk       UInt16, -- surprise that callers of this route step from an object to its neighbour, where this event does
    travel     UInt16, -- surprise that a user is too far from where it was, where this event is
    outside    UInt16, -- surprise of the scores of a web application firewall and of a CAPTCHA
    gap        UInt16, -- hundredths of ln(1 + ms since the caller's previous event); 0 after a pause of 30 min
    gap_square UInt32,
    followed   UInt8,  -- had a previous event within 30 min
    repeated   UInt8,  -- and it was on the same route
    newcomer   UInt8,  -- hundredths: the caller was first seen less than an hour before; less in an install's first day
    arrived    UInt8,  -- the same in the first event of the caller, else 0; of a cohort divided by how many its caller made on the route in the hour
    failed     UInt8,  -- answered with 4xx
    nth        UInt32, -- in the rows of its caller: which of the caller's requests on the route in this hour; else 0
    on_route   UInt64, -- in the rows of its caller: hash of method and route; else 0
    number     Int64,  -- in the rows of its caller: the number that its object's name ends with; else 0
    here       UInt16, -- surprise of the family of user agents in its autonomous system, at least 1; 0 where nothing is known of that
    whose      UInt8,  -- whose its object was until then: 1 its own, 2 nobody's, 3 one or two others', 4 more others'; 0: no object
    integrity  UInt16, -- surprise of what its verified token reports of the device
    clock      UInt16, -- surprise of the hour of the day: few callers are active in it
    country    UInt16, -- surprise of the country among those of its user, else of its installation
    strange_key UInt16 -- how strange network and software are for an API key that is bound to where it comes from
)
ENGINE = ReplacingMergeTree
ORDER BY (entity, second, place, kind)
TTL second + INTERVAL 25 HOUR
SETTINGS index_granularity = 1024;

ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS own UInt16 AFTER key_use;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS volume UInt16 AFTER own;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS owner UInt16 AFTER volume;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS walk UInt16 AFTER owner;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS travel UInt16 AFTER walk;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS outside UInt16 AFTER travel;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS arrived UInt8 AFTER newcomer;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS nth UInt32;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS on_route UInt64;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS number Int64;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS here UInt16;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS whose UInt8;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS integrity UInt16;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS clock UInt16;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS country UInt16;
ALTER TABLE {db}.event_evidence_v1 ADD COLUMN IF NOT EXISTS strange_key UInt16;

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

-- Where each user, else each caller, was last, where the log says it.
CREATE TABLE IF NOT EXISTS {db}.place_last_v1
(
    who  UInt64, -- as `toucher` of object_touch_v1
    last SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), Float32, Float32)) -- time, latitude, longitude
)
ENGINE = AggregatingMergeTree
ORDER BY who
TTL toDateTime(last.1) + INTERVAL 2 HOUR
SETTINGS index_granularity = 1024;
