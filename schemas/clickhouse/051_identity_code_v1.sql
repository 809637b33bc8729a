-- What is wrong with a user token or request signature, '' when nothing is: a fact about the caller that stood in the
-- answer alone. Added to tables that stand, for events by the gateway's log or by the decision log.
ALTER TABLE {db}.decisions_v1 ADD COLUMN IF NOT EXISTS identity_code LowCardinality(String);
ALTER TABLE {db}.events_raw_v1 ADD COLUMN IF NOT EXISTS identity_code LowCardinality(String);
ALTER TABLE {db}.events_check_v1 ADD COLUMN IF NOT EXISTS identity_code LowCardinality(String);
