-- Which attestation statuses a caller showed in an hour, and on which platform: what P(status | genuine caller) is
-- measured on. The unit is the first present of user, session, device, ip: an installation's id often comes out of the
-- token itself, and a caller whose token is missing must be the same one as before.
CREATE TABLE IF NOT EXISTS {db}.attestation_1h_v1
(
    scope    LowCardinality(String),
    unit     UInt64, -- sipHash64(scope, kind, id)
    hour     DateTime('UTC'),
    platform SimpleAggregateFunction(max, String),
    issuer   SimpleAggregateFunction(max, String), -- '' where no token named one
    genuine  SimpleAggregateFunction(sum, UInt64),
    failed   SimpleAggregateFunction(sum, UInt64),
    expired  SimpleAggregateFunction(sum, UInt64),
    missing  SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (scope, unit, hour)
TTL hour + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.attestation_1h_v1_view TO {db}.attestation_1h_v1 AS
SELECT
    scope,
    sipHash64(toString(scope), multiIf(user_id != '', toUInt8(1), session_id != '', 2, device_id != '', 3, 4),
        multiIf(user_id != '', user_id, session_id != '', session_id, device_id != '', device_id, ip)) AS unit,
    toStartOfHour(toDateTime(time)) AS hour,
    max(toString(events.platform)) AS platform,
    max(toString(attestation_issuer)) AS issuer,
    sum(attestation_status = 'genuine') AS genuine,
    sum(attestation_status = 'failed') AS failed,
    sum(attestation_status = 'expired') AS expired,
    sum(attestation_status = 'missing') AS missing
FROM {db}.events_raw_v1 AS events
WHERE attestation_status IN ('genuine', 'failed', 'expired', 'missing')
GROUP BY scope, unit, hour;
