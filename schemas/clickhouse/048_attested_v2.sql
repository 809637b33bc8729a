-- Who ever showed a genuine token: since when, from which networks, on which platform and by which issuer. Rows for each
-- user, session, device and address of a genuine request: people have a phone and a tablet, and issuers change their name.
-- Failing tokens are judged by the callers that stand here, never by requests.
CREATE TABLE IF NOT EXISTS {db}.attested_v2
(
    scope         LowCardinality(String),
    kind          UInt8,
    id            String CODEC(ZSTD(1)),
    platform      LowCardinality(String),
    issuer        LowCardinality(String),
    first_genuine SimpleAggregateFunction(min, DateTime('UTC')),
    last_genuine  SimpleAggregateFunction(max, DateTime('UTC')),
    -- Networks (hashes) and when each was first met with a genuine token, epoch seconds.
    nets          SimpleAggregateFunction(minMap, Tuple(Array(UInt64), Array(UInt32)))
)
ENGINE = AggregatingMergeTree
ORDER BY (scope, kind, id, platform, issuer)
TTL last_genuine + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.attested_v2_view TO {db}.attested_v2 AS
SELECT
    scope,
    e.1 AS kind,
    e.2 AS id,
    events.platform AS platform,
    attestation_issuer AS issuer,
    min(toDateTime(time)) AS first_genuine,
    max(toDateTime(time)) AS last_genuine,
    minMap([cityHash64(net)], [toUInt32(toDateTime(time))]) AS nets
FROM {db}.events_raw_v1 AS events
ARRAY JOIN arrayFilter(x -> x.2 != '', [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id), (toUInt8(4), ip)]) AS e
WHERE attestation_status = 'genuine' AND late = 0
GROUP BY scope, e, platform, issuer;
