-- Which entities were active in a second: a live step asks who entered or left a window, by second.
CREATE TABLE IF NOT EXISTS {db}.entity_seconds_v1
(
    second DateTime('UTC') CODEC(DoubleDelta, LZ4),
    entity UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (second, entity)
TTL second + INTERVAL 25 HOUR
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.entity_seconds_v1_view TO {db}.entity_seconds_v1 AS
SELECT DISTINCT toDateTime(time) AS second, arrayJoin(arrayMap(x -> sipHash64(toString(scope), x.1, x.2), arrayFilter(x -> x.2 != '', [
    (toUInt8(1), user_id), (toUInt8(2), session_id), (toUInt8(3), device_id),
    (toUInt8(4), ip), (toUInt8(5), net), (toUInt8(6), toString(api_client)),
    (toUInt8(2), if(device_id != '', '', attestation_token))]))) AS entity
FROM {db}.events_raw_v1
WHERE late = 0;
