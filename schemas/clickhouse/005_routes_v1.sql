-- Route templates that were learned, so that they are the same after a restart.
CREATE TABLE IF NOT EXISTS {db}.routes_v1
(
    host       String,
    -- The learner's own state: one literal or `{}` at a depth of the tree, below its parents.
    template   String,
    learned_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(learned_at)
ORDER BY (host, template);
