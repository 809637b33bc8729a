-- What was decided about a request, by the request id of its gateway: for gateways whose log cannot say it. Written only
-- with BONAFIDE_DECISION_LOG. Order: ingest asks for the request ids of a block.
CREATE TABLE IF NOT EXISTS {db}.decisions_v1
(
    request_id         String CODEC(ZSTD(1)),
    time               DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    decision_id        String CODEC(ZSTD(1)),
    scope              LowCardinality(String),
    platform           LowCardinality(String),
    ip                 String CODEC(ZSTD(1)), -- a request id that a client chose must not take over somebody else's decision
    user_id            String CODEC(ZSTD(1)),
    session_id         String CODEC(ZSTD(1)),
    device_id          String CODEC(ZSTD(1)),
    api_client         LowCardinality(String),
    attestation_status LowCardinality(String),
    attestation_code   LowCardinality(String),
    attestation_issuer LowCardinality(String),
    outcome            LowCardinality(String), -- what the caller met
    would              LowCardinality(String),
    risk               Float32
)
ENGINE = MergeTree
ORDER BY (request_id, time)
TTL toDateTime(time) + INTERVAL 2 DAY
SETTINGS index_granularity = 1024;
