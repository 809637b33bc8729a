-- What was learnt comes from a method: a row each time that scoring began by another one. Heights and scores of before
-- are not read as this one's; hours of which raw events are kept are scored anew.
CREATE TABLE IF NOT EXISTS {db}.method_v1
(
    since      DateTime('UTC'), -- from when on scores and curves are by it; 0: it is the first
    method     String,          -- hash of what makes heights and scores
    topics     String,          -- hash of what profiles count
    written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY written_at;
