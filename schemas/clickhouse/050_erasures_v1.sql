-- Who had a person's data erased, when and why, and what was removed. The entity stands here as a hash alone: whoever
-- knows the id can show that it was erased, and nobody can read it from here.
CREATE TABLE IF NOT EXISTS {db}.erasures_v1
(
    erased_at DateTime64(3, 'UTC'),
    erased_by String,
    reason    String,
    kind      LowCardinality(String),
    id_sha256 FixedString(64),
    removed   Map(LowCardinality(String), UInt64)
)
ENGINE = MergeTree
ORDER BY erased_at;
