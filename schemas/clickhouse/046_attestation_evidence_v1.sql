-- What an attestation status weighs, per scope, platform and issuer, and from when: learnt with the curves, used alike by
-- decisions and by the scores that are calibrated. '' stands for all of them; the row of three '' is what holds of an API
-- of which nothing was measured.
CREATE TABLE IF NOT EXISTS {db}.attestation_evidence_v1
(
    valid_from   DateTime('UTC'),
    scope        LowCardinality(String),
    platform     LowCardinality(String),
    issuer       LowCardinality(String),
    status       LowCardinality(String), -- failed, expired, missing
    caller_hours UInt64,                 -- of genuine callers
    shown        UInt64,                 -- of these, how many showed the status
    genuine      Float64,                -- P(status | genuine caller): the share, drawn towards what is known of more
    bad          Float64,                -- P(status | bad): the policy's
    decibels     Float64,                -- 10·log10(bad / genuine), 0 to 30
    computed_at  DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (valid_from, scope, platform, issuer, status)
TTL valid_from + INTERVAL {retention_days} DAY;
