-- The genuine attestation token that a caller showed, where it names no installation: '' or a keyed hash. Events have had the
-- column from the start; added to decisions that stand, for gateways whose log cannot say it.
ALTER TABLE {db}.decisions_v1 ADD COLUMN IF NOT EXISTS attestation_token String CODEC(ZSTD(1));
