-- Reads what `events_raw_v1` would read and keeps nothing: which rows of a block are refused is found here, so that the
-- others go into the raw table as one block (docs/exactly-once.md).
CREATE TABLE IF NOT EXISTS {db}.events_check_v1 AS {db}.events_raw_v1 ENGINE = Null;
