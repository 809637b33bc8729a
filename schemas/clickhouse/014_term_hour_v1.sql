-- How loud each term of a genuine entity was at most in an hour: what references are learnt from. Maxima, so that
-- scoring the same hour again changes nothing.
CREATE TABLE IF NOT EXISTS {db}.term_hour_v1
(
    kind   UInt8,
    hour   DateTime('UTC'),
    entity UInt64,
    terms  SimpleAggregateFunction(maxMap, Tuple(Array(UInt8), Array(Float32)))
)
ENGINE = AggregatingMergeTree
ORDER BY (kind, hour, entity)
TTL hour + INTERVAL 9 DAY;

-- The same of all other entities: what is learnt from while hardly anybody is known to be genuine.
CREATE TABLE IF NOT EXISTS {db}.other_term_hour_v1
(
    kind   UInt8,
    hour   DateTime('UTC'),
    entity UInt64,
    terms  SimpleAggregateFunction(maxMap, Tuple(Array(UInt8), Array(Float32)))
)
ENGINE = AggregatingMergeTree
ORDER BY (kind, hour, entity)
TTL hour + INTERVAL 9 DAY;
