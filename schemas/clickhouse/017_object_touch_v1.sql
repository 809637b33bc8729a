-- Who touched an object first, by hash: whose it was before an event. Written by the scorer for events that were not
-- refused (law 5); extremes, so that scoring an event again changes nothing. A week in which nobody renews it is forgotten.
CREATE TABLE IF NOT EXISTS {db}.object_touch_v1
(
    object  UInt64, -- cityHash64(scope, route, object)
    toucher UInt64, -- sipHash64(scope, kind, id) of the user, else of the caller
    first   SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT first
)
ENGINE = AggregatingMergeTree
ORDER BY (object, toucher)
TTL toDateTime(last) + INTERVAL 7 DAY
SETTINGS index_granularity = 1024;

ALTER TABLE {db}.object_touch_v1 ADD COLUMN IF NOT EXISTS last SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT first;
ALTER TABLE {db}.object_touch_v1 MODIFY TTL toDateTime(last) + INTERVAL 7 DAY SETTINGS materialize_ttl_after_modify = 0;
