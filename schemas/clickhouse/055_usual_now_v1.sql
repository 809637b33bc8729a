-- On which networks, and how many, genuine callers showed a value in a context in a minute; value 0 counts the context itself. Topics and windows
-- are those of services/score/usual-now.ts. Counting an event again changes nothing. Read for half an hour only, and
-- kept for a while from when it was counted, not from its minute: a scorer that was away counts minutes that are long over.
CREATE TABLE IF NOT EXISTS {db}.recent_1m_v1
(
    at       DateTime('UTC'),
    scope    UInt64, -- its number: each scope is told for itself
    context  UInt64,
    value    UInt64,
    networks AggregateFunction(uniqCombined(12), UInt64),
    callers  AggregateFunction(uniqUpTo(5), UInt32), -- five at least, or how many, by four bytes of their number
    counted  SimpleAggregateFunction(max, DateTime('UTC')) DEFAULT now()
)
ENGINE = AggregatingMergeTree
ORDER BY (at, scope, context, value)
TTL counted + INTERVAL 3 HOUR;

-- How much a value surprises by what genuine callers did in the half hour until then: only what was done by enough callers on
-- enough networks has a row. A row of value 0 says that this moment was counted for the scope whose number is its context. Kept as long as profiles: past risk is explained by it.
CREATE TABLE IF NOT EXISTS {db}.usual_now_v1
(
    until   UInt32, -- epoch seconds
    context UInt64,
    value   UInt64,
    usual   UInt16  -- hundredths of a nat, 1 at least
)
ENGINE = ReplacingMergeTree
ORDER BY (until, context, value)
TTL toDateTime(until, 'UTC') + INTERVAL 9 DAY;
