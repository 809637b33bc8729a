-- Which tokens a caller showed in an hour: membership of the genuine population is read from the hours around.
CREATE TABLE IF NOT EXISTS {db}.caller_attestation_1h_v1
(
    scope    LowCardinality(String),
    caller   UInt64, -- sipHash64(scope, kind, id) of the caller
    hour     DateTime('UTC'),
    platform SimpleAggregateFunction(any, String),
    genuine  SimpleAggregateFunction(sum, UInt64),
    failed   SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (scope, caller, hour)
TTL hour + INTERVAL 40 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.caller_attestation_1h_v1_view TO {db}.caller_attestation_1h_v1 AS
SELECT
    scope,
    sipHash64(toString(scope), caller_kind, caller_id) AS caller,
    toStartOfHour(toDateTime(time)) AS hour,
    any(toString(events.platform)) AS platform,
    sum(attestation_status = 'genuine') AS genuine,
    sum(attestation_status = 'failed') AS failed
FROM {db}.events_raw_v1 AS events
WHERE attestation_status IN ('genuine', 'failed')
GROUP BY scope, caller, hour;
