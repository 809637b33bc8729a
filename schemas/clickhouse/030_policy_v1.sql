-- Every version of the policy that was applied, who applied it and why; a rollback is a new version.
CREATE TABLE IF NOT EXISTS {db}.policy_v1
(
    version    UInt64,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3),
    applied_by String,
    reason     String,
    -- The policy as JSON, every default filled in.
    policy     String CODEC(ZSTD(3)),
    -- The version whose content a rollback brought back; 0 for what was applied.
    restores   UInt64 DEFAULT 0
)
ENGINE = MergeTree
ORDER BY version;

ALTER TABLE {db}.policy_v1 ADD COLUMN IF NOT EXISTS restores UInt64 DEFAULT 0;
