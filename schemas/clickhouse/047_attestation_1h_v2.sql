-- Which attestation statuses a caller showed in an hour, on which platform: what P(status | genuine caller) is measured on.
-- The unit is the first present of user, session, device, ip: an installation's id often comes out of the token itself,
-- and a caller whose token is missing must be the same one as before. A caller with two platforms has two rows in an hour.
CREATE TABLE IF NOT EXISTS {db}.attestation_1h_v2
(
    scope    LowCardinality(String),
    unit     UInt64, -- sipHash64(scope, kind, id)
    platform LowCardinality(String),
    hour     DateTime('UTC'),
    named    SimpleAggregateFunction(max, Tuple(at UInt32, issuer String)), -- the newest issuer that a token named, and when; 0 and '': none did
    -- 1 where it was shown at least once.
    genuine  SimpleAggregateFunction(max, UInt8),
    failed   SimpleAggregateFunction(max, UInt8),
    expired  SimpleAggregateFunction(max, UInt8),
    missing  SimpleAggregateFunction(max, UInt8)
)
ENGINE = AggregatingMergeTree
ORDER BY (scope, unit, platform, hour)
TTL hour + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.attestation_1h_v2_view TO {db}.attestation_1h_v2 AS
SELECT
    scope,
    sipHash64(toString(scope), multiIf(user_id != '', toUInt8(1), session_id != '', 2, device_id != '', 3, 4),
        multiIf(user_id != '', user_id, session_id != '', session_id, device_id != '', device_id, ip)) AS unit,
    events.platform AS platform,
    toStartOfHour(toDateTime(time)) AS hour,
    max((if(attestation_issuer = '', 0, toUInt32(toDateTime(time))), toString(attestation_issuer))) AS named,
    max(attestation_status = 'genuine') AS genuine,
    max(attestation_status = 'failed') AS failed,
    max(attestation_status = 'expired') AS expired,
    max(attestation_status = 'missing') AS missing
FROM {db}.events_raw_v1 AS events
WHERE attestation_status IN ('genuine', 'failed', 'expired', 'missing')
GROUP BY scope, unit, platform, hour;
