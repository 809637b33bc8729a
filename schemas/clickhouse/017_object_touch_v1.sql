-- Who touched an object first, by hash: whose it was before an event. Written by the scorer for events that were not
-- refused (law 5); a minimum, so that scoring an event again changes nothing. A week without renewal is forgotten.
CREATE TABLE IF NOT EXISTS {db}.object_touch_v1
(
    object  UInt64, -- cityHash64(scope, route, object)
    toucher UInt64, -- sipHash64(scope, kind, id) of the user, else of the caller
    first   SimpleAggregateFunction(min, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (object, toucher)
TTL toDateTime(first) + INTERVAL 7 DAY
SETTINGS index_granularity = 1024;
