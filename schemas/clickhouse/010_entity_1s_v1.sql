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

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.entity_1s_v1_view TO {db}.entity_1s_v1 AS
WITH
    was_refused = 0 AS counts,
    -- Whose risk refused it: the last letter of our own decision id, else the caller.
    if(was_refused, if(match(risk_decision_id, '-[usdinc]$'), toUInt8(position('usdinc', right(risk_decision_id, 1))), caller_kind), 0) AS carrier
SELECT
    sipHash64(toString(scope), e.1, e.2) AS entity,
    toDateTime(time) AS second,
    any(e.1) AS kind,
    sum(counts) AS requests,
    sum(counts AND route_class = 'signin') AS signin,
    sum(counts AND route_class = 'write') AS write,
    sum(counts AND route_class = 'static') AS static,
    sum(counts AND status IN (401, 403)) AS denied,
    sum(counts AND status = 404) AS notfound,
    sum(counts AND status >= 400 AND status < 500 AND status NOT IN (401, 403, 404)) AS badrequest,
    sum(counts AND status >= 500) AS servererror,
    sum(counts AND route_class = 'signin' AND status >= 400 AND status < 500) AS signin_failed,
    sum(counts AND bitAnd(attack, 63) != 0) AS payload,
    -- A scanner's path that is really there (2xx, 3xx) is this site's own page, whoever asks for it.
    sum(counts AND (bitAnd(attack, 384) != 0 OR (bitAnd(attack, 64) != 0 AND status >= 400))) AS scanner,
    sum(counts * response_size) AS bytes,
    sum(counts AND attestation_status = 'genuine') AS att_genuine,
    sum(counts AND attestation_status = 'failed') AS att_failed,
    sum(counts AND attestation_status = 'expired') AS att_expired,
    sum(counts AND attestation_status = 'missing') AS att_missing,
    sum(was_refused) AS refused,
    sum(carrier = e.1 AND risk_outcome = 'challenge') AS held_challenge,
    sum(carrier = e.1 AND risk_outcome = 'block') AS held_block,
    groupUniqArrayIf(cityHash64(method, route), counts) AS routes,
    groupUniqArrayIf(cityHash64(route, object), counts AND object != '') AS objects,
    groupUniqArrayIf(cityHash64(login_subject), counts AND login_subject != '') AS subjects,
    groupUniqArrayIf(cityHash64(login_subject), counts AND login_subject != '' AND status >= 400 AND status < 500) AS failed_subjects,
    groupUniqArrayIf(cityHash64(user_id), counts AND user_id != '' AND e.1 != 1) AS users,
    groupUniqArrayIf(cityHash64(ip), counts AND e.1 IN (1, 2, 3, 6)) AS addresses,
    groupUniqArrayIf(cityHash64(device_id), counts AND device_id != '' AND e.1 != 3) AS devices,
    groupUniqArrayIf(cityHash64(user_agent), counts AND user_agent != '') AS agents
FROM {db}.events_raw_v1
ARRAY JOIN arrayFilter(x -> x.2 != '', [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id),
    (toUInt8(4), ip), (toUInt8(5), net), (toUInt8(6), toString(api_client))]) AS e
WHERE late = 0
GROUP BY entity, second;
