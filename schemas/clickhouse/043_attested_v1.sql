-- Who ever showed a genuine token: since when, from which networks, by which issuer. A row for each user, session,
-- device and address of a genuine request. Failing tokens are judged by the callers that stand here, never by requests.
CREATE TABLE IF NOT EXISTS {db}.attested_v1
(
    scope         LowCardinality(String),
    kind          UInt8,
    id            String CODEC(ZSTD(1)),
    first_genuine SimpleAggregateFunction(min, DateTime('UTC')),
    last_genuine  SimpleAggregateFunction(max, DateTime('UTC')),
    platform      SimpleAggregateFunction(max, String),
    issuer        SimpleAggregateFunction(max, String),
    -- Networks (hashes) and when each was first met with a genuine token, epoch seconds.
    nets          SimpleAggregateFunction(minMap, Tuple(Array(UInt64), Array(UInt32)))
)
ENGINE = AggregatingMergeTree
ORDER BY (scope, kind, id)
TTL last_genuine + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.attested_v1_view TO {db}.attested_v1 AS
SELECT
    scope,
    e.1 AS kind,
    e.2 AS id,
    min(toDateTime(time)) AS first_genuine,
    max(toDateTime(time)) AS last_genuine,
    max(toString(events.platform)) AS platform,
    max(toString(attestation_issuer)) AS issuer,
    minMap([cityHash64(net)], [toUInt32(toDateTime(time))]) AS nets
FROM {db}.events_raw_v1 AS events
ARRAY JOIN arrayFilter(x -> x.2 != '', [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id), (toUInt8(4), ip)]) AS e
WHERE attestation_status = 'genuine' AND late = 0
GROUP BY scope, e;
