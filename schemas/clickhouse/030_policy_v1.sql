-- Every version of the policy that was applied, who applied it and why; a rollback is a new version.
CREATE TABLE IF NOT EXISTS {db}.policy_v1
(
    version    UInt64,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3),
    applied_by String,
    reason     String,
    -- The policy as JSON, every default filled in.
    policy     String CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY version;
