-- With what visits began in an hour: of the callers whose visits began in it, how many began with a route, how many with a family of
-- software. An empty value counts all of them. Counting the same hour again replaces its rows.
CREATE TABLE IF NOT EXISTS {db}.opening_1h_v1
(
    hour     DateTime('UTC'),
    scope    LowCardinality(String),
    platform LowCardinality(String),
    shows    LowCardinality(String), -- route, software
    value    String,
    callers  UInt32, -- caller-hours
    genuine  UInt32  -- of them, those with a genuine token in this hour
)
ENGINE = ReplacingMergeTree
ORDER BY (hour, scope, platform, shows, value)
TTL hour + INTERVAL 9 DAY;
