-- The names behind entity numbers, and when each was first and last seen.
CREATE TABLE IF NOT EXISTS {db}.entity_v1
(
    entity     UInt64,
    scope      SimpleAggregateFunction(any, String),
    kind       SimpleAggregateFunction(any, UInt8),
    id         SimpleAggregateFunction(any, String),
    first_seen SimpleAggregateFunction(min, DateTime('UTC')),
    last_seen  SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY entity
TTL last_seen + INTERVAL {retention_days} DAY
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.entity_v1_view TO {db}.entity_v1 AS
SELECT
    sipHash64(toString(scope), e.1, e.2) AS entity,
    scope,
    e.1 AS kind,
    e.2 AS id,
    min(toDateTime(time)) AS first_seen,
    max(toDateTime(time)) AS last_seen
FROM {db}.events_raw_v1
ARRAY JOIN arrayFilter(x -> x.2 != '', [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id),
    (toUInt8(4), ip), (toUInt8(5), net), (toUInt8(6), toString(api_client)),
    (toUInt8(2), if(device_id != '', '', attestation_token))]) AS e
WHERE late = 0
GROUP BY scope, e;
