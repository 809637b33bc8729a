-- Who met a challenge, and when, so that every decision process lifts challenges of that caller for a while, also after a
-- restart. Keyed hashes of scope and caller, no ids. Order: a process asks for what came since its last look.
CREATE TABLE IF NOT EXISTS {db}.challenge_graces_v1
(
    written_at DateTime64(6, 'UTC') DEFAULT now64(6), -- the server's clock: one for all processes
    writer     String,                                -- the process that saw it
    caller     String,                                -- base64url
    met_at     DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY written_at
TTL toDateTime(met_at) + INTERVAL 25 HOUR
SETTINGS index_granularity = 1024;
-- Whether the request met a challenge (met) or was asked for one (unmet), '' when neither.
ALTER TABLE {db}.decisions_v1 ADD COLUMN IF NOT EXISTS challenge_result LowCardinality(String);
