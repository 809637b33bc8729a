-- Route templates that were learned, so that they are the same after a restart.
CREATE TABLE IF NOT EXISTS {db}.routes_v1
(
    host       String,
    -- The learner's own state: one literal or `{}` at a depth of the tree, below its parents.
    template   String,
    learned_at DateTime('UTC') DEFAULT now(),
    -- When a request was last answered by it, to the day; said anew with the same learned_at, so that the row of the last one stays.
    used_at    DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(learned_at)
ORDER BY (host, template)
-- No event is kept then that has it. Two days more, as its use is said once a day.
TTL used_at + INTERVAL 48 HOUR + INTERVAL {retention_days} DAY;

-- What was learnt before this column was there counts as used when it is added.
ALTER TABLE {db}.routes_v1 ADD COLUMN IF NOT EXISTS used_at DateTime('UTC') DEFAULT now();
