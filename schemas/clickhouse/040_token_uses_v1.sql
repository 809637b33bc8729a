-- Which single-use tokens were used, so that every decision process knows, also after a restart. Keyed hashes, no tokens.
-- Order: a process asks for what came since its last look.
CREATE TABLE IF NOT EXISTS {db}.token_uses_v1
(
    written_at DateTime64(6, 'UTC') DEFAULT now64(6), -- the server's clock: one for all processes
    writer     String,                                -- the process that saw the use
    use        String,                                -- hash of issuer and signed content, base64url
    until      DateTime('UTC')                        -- from then on the token has expired anyway
)
ENGINE = MergeTree
ORDER BY written_at
TTL until + INTERVAL 10 MINUTE
SETTINGS index_granularity = 1024;
