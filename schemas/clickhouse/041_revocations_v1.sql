-- Sessions, tokens and users that were revoked, and revocations that were lifted: of one (scope, kind, id) the newest
-- row stands. Ids are as events have them: pseudonyms where a pseudonym key is set.
CREATE TABLE IF NOT EXISTS {db}.revocations_v1
(
    scope         LowCardinality(String),             -- '' is every scope
    kind          LowCardinality(String),             -- user, session, token
    id            String,
    written_at    DateTime64(6, 'UTC') DEFAULT now64(6), -- the server's clock: one for all processes
    until         DateTime('UTC'),                    -- from then on it holds no more; at or before written_at: lifted
    issued_before DateTime('UTC') DEFAULT 0,          -- tokens issued from then on pass; the epoch: none passes
    revoked_by    String,
    reason        String
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (scope, kind, id)
-- By the time of writing, so that a lift outlives what it lifted: `until` lies at most 366 days ahead.
TTL toDateTime(written_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;
