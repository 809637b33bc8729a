-- Every event, once. The other half of this contract is `schemas/event-row.ts`.
-- Order: pages and exports read a span of time of one scope. Lists of one entity use the bloom filters.
-- Codec: text of logs compresses threefold better with ZSTD(1) at no visible cost to inserts.
-- Deduplication window: law 1; a block that comes again with its token is dropped, here and in every roll-up.
CREATE TABLE IF NOT EXISTS {db}.events_raw_v1
(
    event_id           String CODEC(ZSTD(1)),
    time               DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    source             LowCardinality(String),
    partition          UInt32,
    offset             UInt64 CODEC(Delta, ZSTD(1)),
    scope              LowCardinality(String),
    host               LowCardinality(String),
    method             LowCardinality(String),
    path               String CODEC(ZSTD(1)),
    query              String CODEC(ZSTD(1)),
    route              LowCardinality(String),
    object             String CODEC(ZSTD(1)),
    route_class        Enum8('signin' = 1, 'write' = 2, 'read' = 3, 'static' = 4),
    status             UInt16,
    client_address     String CODEC(ZSTD(1)),
    ip                 String CODEC(ZSTD(1)),
    net                String CODEC(ZSTD(1)),
    user_id            String CODEC(ZSTD(1)),
    session_id         String CODEC(ZSTD(1)),
    device_id          String CODEC(ZSTD(1)),
    api_client         LowCardinality(String),
    login_subject      String CODEC(ZSTD(1)),
    user_agent         String CODEC(ZSTD(1)),
    request_id         String CODEC(ZSTD(1)),
    request_size       UInt64,
    response_size      UInt64,
    duration           Float32,
    app_version        LowCardinality(String),
    geo_country        LowCardinality(String),
    geo_lat            Float32,
    geo_lon            Float32,
    asn                UInt32,
    ja4                LowCardinality(String),
    attestation_status LowCardinality(String),
    attestation_code   LowCardinality(String),
    attestation_issuer LowCardinality(String),
    attestation_token  String CODEC(ZSTD(1)),
    platform           LowCardinality(String),
    risk_outcome       LowCardinality(String),
    risk_would         LowCardinality(String),
    risk_decision_id   String CODEC(ZSTD(1)),
    challenge_result   LowCardinality(String),
    captcha_score      Float32,
    waf_score          Float32,
    attack             UInt16,
    late               UInt8,
    -- The scorer's cue: which rows are new since its last step. Never used as the time of an event.
    inserted_at        DateTime64(3, 'UTC') DEFAULT now64(3),
    -- The caller: the first present of device, user, session, ip (kind numbers of the entity roll-up).
    caller_kind        UInt8 ALIAS multiIf(device_id != '', 3, user_id != '', 1, session_id != '', 2, 4),
    caller_id          String ALIAS multiIf(device_id != '', device_id, user_id != '', user_id, session_id != '', session_id, ip),
    was_refused        UInt8 ALIAS risk_outcome IN ('challenge', 'block'),
    INDEX by_inserted inserted_at TYPE minmax GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_device device_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_ip ip TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (scope, time)
TTL toDateTime(time) + INTERVAL {retention_days} DAY
SETTINGS non_replicated_deduplication_window = 1000;
