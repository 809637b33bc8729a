-- How the tokens of one issuer on one platform did in the five minutes before, counted in callers with a genuine
-- history, and what that was taken for. Decision processes read the newest row; the rows of a quiet day are the baseline.
CREATE TABLE IF NOT EXISTS {db}.attestation_health_v1
(
    at         DateTime('UTC'),
    scope      LowCardinality(String),
    platform   LowCardinality(String),
    issuer     LowCardinality(String),
    state      LowCardinality(String),  -- learning, normal, outage, attack, exhausted
    since      DateTime('UTC'),         -- when the state began
    detail     String CODEC(ZSTD(1)),   -- a sentence for an operator
    -- Callers with a genuine history, and those of them whose newest status was failed, expired or missing.
    callers    UInt32,
    failing    UInt32,
    nets       UInt32,                  -- networks of the failing ones
    requests   UInt32,                  -- of all of them
    -- How many of all, and of the failing ones, did what genuine callers seldom do.
    new_net         UInt32,
    signin_failed   UInt32,
    probing         UInt32,
    loud            UInt32,
    failing_requests      UInt32,
    failing_new_net       UInt32,
    failing_signin_failed UInt32,
    failing_probing       UInt32,
    failing_loud          UInt32,
    -- What the relaxation is limited to; 0 and the epoch where there is none.
    relaxed_until DateTime('UTC'),
    usual_per_minute Float64            -- requests of the cohort in a busy minute of the day before
)
ENGINE = ReplacingMergeTree
ORDER BY (scope, platform, issuer, at)
TTL at + INTERVAL 8 DAY;
