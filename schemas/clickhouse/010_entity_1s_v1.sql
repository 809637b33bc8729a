-- What one entity did in one second of event time: every trailing window is made of these rows.
-- Order: one entity's seconds lie together, which window functions read without sorting and a live step reads by key.
-- Refused requests teach nothing (law 5): they count in `refused` and `held_*` alone.
-- TTL: the longest window and an hour.
CREATE TABLE IF NOT EXISTS {db}.entity_1s_v1
(
    entity         UInt64, -- sipHash64(scope, kind, id)
    second         DateTime('UTC') CODEC(DoubleDelta, LZ4),
    kind           SimpleAggregateFunction(any, UInt8),
    requests       SimpleAggregateFunction(sum, UInt64),
    signin         SimpleAggregateFunction(sum, UInt64),
    write          SimpleAggregateFunction(sum, UInt64),
    static         SimpleAggregateFunction(sum, UInt64),
    denied         SimpleAggregateFunction(sum, UInt64), -- 401, 403
    notfound       SimpleAggregateFunction(sum, UInt64), -- 404
    badrequest     SimpleAggregateFunction(sum, UInt64), -- other 4xx
    servererror    SimpleAggregateFunction(sum, UInt64), -- 5xx
    signin_failed  SimpleAggregateFunction(sum, UInt64),
    payload        SimpleAggregateFunction(sum, UInt64), -- attack payloads in the request line
    scanner        SimpleAggregateFunction(sum, UInt64), -- scanner paths and agents, unreadable requests
    bytes          SimpleAggregateFunction(sum, UInt64),
    att_genuine    SimpleAggregateFunction(sum, UInt64),
    att_failed     SimpleAggregateFunction(sum, UInt64),
    att_expired    SimpleAggregateFunction(sum, UInt64),
    att_missing    SimpleAggregateFunction(sum, UInt64),
    refused        SimpleAggregateFunction(sum, UInt64),
    held_challenge SimpleAggregateFunction(sum, UInt64), -- refused for this entity's own risk
    held_block     SimpleAggregateFunction(sum, UInt64),
    -- Hashes of the distinct values met in this second.
    routes         SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    objects        SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    subjects       SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    failed_subjects SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    users          SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    addresses      SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    devices        SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)),
    agents         SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64))
)
ENGINE = AggregatingMergeTree
ORDER BY (entity, second)
TTL second + INTERVAL 25 HOUR
SETTINGS non_replicated_deduplication_window = 1000, index_granularity = 1024;

-- One row for each event and entity, without aggregation here: nearly every (entity, second) of a block is alone, and
-- building states for it cost six times as much as the rest of the insert. The table's own merges add the rows up, and
-- every reader groups by (entity, second).
CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.entity_1s_v1_view TO {db}.entity_1s_v1 AS
SELECT
    sipHash64(toString(scope), e.1, e.2) AS entity,
    second,
    e.1 AS kind,
    counts AS requests,
    is_signin AS signin, is_write AS write, is_static AS static,
    is_denied AS denied, is_notfound AS notfound, is_badrequest AS badrequest, is_servererror AS servererror,
    is_signin_failed AS signin_failed,
    is_payload AS payload, is_scanner AS scanner,
    counted_bytes AS bytes,
    is_genuine AS att_genuine, is_failed AS att_failed, is_expired AS att_expired, is_missing AS att_missing,
    1 - counts AS refused,
    carrier = e.3 AND risk_outcome = 'challenge' AS held_challenge,
    carrier = e.3 AND risk_outcome = 'block' AS held_block,
    route_set AS routes, object_set AS objects, subject_set AS subjects, failed_subject_set AS failed_subjects,
    if(e.1 = 1, [], user_set) AS users,
    if(e.1 IN (1, 2, 3, 6), address_set, []) AS addresses,
    if(e.1 = 3, [], device_set) AS devices,
    agent_set AS agents
FROM (
    SELECT
        scope, risk_outcome, toDateTime(time) AS second,
        was_refused = 0 AS counts,
        -- Who is held for it, in one letter: the last one of our own decision id (x: nobody), else that of the caller.
        if(was_refused, if(match(risk_decision_id, '-[usdinctx]$'), right(risk_decision_id, 1), substring('usdi', caller_kind, 1)), '') AS carrier,
        counts AND route_class = 'signin' AS is_signin,
        counts AND route_class = 'write' AS is_write,
        counts AND route_class = 'static' AS is_static,
        counts AND status IN (401, 403) AS is_denied,
        counts AND status = 404 AS is_notfound,
        counts AND status >= 400 AND status < 500 AND status NOT IN (401, 403, 404) AS is_badrequest,
        counts AND status >= 500 AS is_servererror,
        is_signin AND status >= 400 AND status < 500 AS is_signin_failed,
        counts AND bitAnd(attack, 63) != 0 AS is_payload,
        -- A scanner's path that is really there (2xx, 3xx) is this site's own page, whoever asks for it.
        counts AND (bitAnd(attack, 384) != 0 OR (bitAnd(attack, 64) != 0 AND status >= 400)) AS is_scanner,
        counts * response_size AS counted_bytes,
        counts AND attestation_status = 'genuine' AS is_genuine,
        counts AND attestation_status = 'failed' AS is_failed,
        counts AND attestation_status = 'expired' AS is_expired,
        counts AND attestation_status = 'missing' AS is_missing,
        if(counts, [cityHash64(method, route)], []) AS route_set,
        if(counts AND object != '', [cityHash64(route, object)], []) AS object_set,
        if(counts AND login_subject != '', [cityHash64(login_subject)], []) AS subject_set,
        if(counts AND login_subject != '' AND status >= 400 AND status < 500, [cityHash64(login_subject)], []) AS failed_subject_set,
        if(counts AND user_id != '', [cityHash64(user_id)], []) AS user_set,
        if(counts, [cityHash64(ip)], []) AS address_set,
        if(counts AND device_id != '', [cityHash64(device_id)], []) AS device_set,
        if(counts AND user_agent != '', [cityHash64(user_agent)], []) AS agent_set,
        arrayFilter(x -> x.2 != '', [
            (toUInt8(1), user_id, 'u'), (toUInt8(2), session_id, 's'), (toUInt8(3), device_id, 'd'),
            (toUInt8(4), ip, 'i'), (toUInt8(5), net, 'n'), (toUInt8(6), toString(api_client), 'c'),
            -- A token that names no installation is known by itself, as a session is, and is no caller.
            (toUInt8(2), if(device_id != '' OR attestation_token = session_id, '', attestation_token), 't')]) AS entities
    FROM {db}.events_raw_v1
    WHERE late = 0
)
ARRAY JOIN entities AS e;
