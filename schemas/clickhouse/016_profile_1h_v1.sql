-- What was usual in an hour: of the caller-hours that showed a context, how many showed a value in it. Value 0 counts the
-- context itself. Topics are listed in services/score/profile.ts. Counting the same hour again replaces its rows.
CREATE TABLE IF NOT EXISTS {db}.profile_1h_v1
(
    hour    DateTime('UTC'),
    topic   UInt8,
    context UInt64,
    value   UInt64,
    callers UInt32, -- caller-hours
    genuine UInt32  -- of them, those with a genuine token in this hour
)
ENGINE = ReplacingMergeTree
ORDER BY (hour, topic, context, value)
TTL hour + INTERVAL 9 DAY;
