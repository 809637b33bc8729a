-- Hours of history that came in (`import`), and up to when the scorer has learnt from it: events that are not late, though
-- older than roll-ups are kept. A maximum each, so that nothing is forgotten and learning again changes nothing.
CREATE TABLE IF NOT EXISTS {db}.history_hour_v1
(
    hour     DateTime('UTC'),
    inserted SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    learnt   SimpleAggregateFunction(max, DateTime64(3, 'UTC')) -- rows inserted up to here are learnt
)
ENGINE = AggregatingMergeTree
ORDER BY hour
TTL hour + INTERVAL {retention_days} DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS {db}.history_hour_v1_view TO {db}.history_hour_v1 AS
SELECT toStartOfHour(toDateTime(time)) AS hour, max(inserted_at) AS inserted
FROM {db}.events_raw_v1
WHERE late = 0 AND time < inserted_at - INTERVAL 25 HOUR
GROUP BY hour;
