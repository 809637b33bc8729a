import { INTEGRITY_TIERS, type IntegrityTier } from '../../../schemas/integrity.ts';
import { isObject } from './json.ts';
import type { Claims } from './verdict.ts';

/** What a token's own attestation result says, and how many of its values nobody can read. */
export interface EarResult {
  tier: IntegrityTier;
  unread: number;
}

/** Names of the claims since March 2026, and before, which verifiers in the field still send. */
const STATUS = ['ear_status', 'ear.status'] as const;
const VECTOR = ['ear_trustworthiness_vector', 'ear.trustworthiness-vector'] as const;

const NOTHING: EarResult = { tier: 'none', unread: 0 };
const TIERS = new Map<string, IntegrityTier>(INTEGRITY_TIERS.map((tier) => [tier, tier]));

export const worse = (a: IntegrityTier, b: IntegrityTier): IntegrityTier =>
  INTEGRITY_TIERS.indexOf(a) >= INTEGRITY_TIERS.indexOf(b) ? a : b;

/**
 * EAT Attestation Results (draft-ietf-rats-ear): status and trustworthiness vector of the whole and of each part. The worst
 * of all of them counts, since a status is never better than the worst claim of its vector (AR4SI).
 */
export function earOf(claims: Claims): EarResult {
  const { submods } = claims;
  const values = valuesOf(claims);
  if (isObject(submods)) for (const part of Object.values(submods)) if (isObject(part)) values.push(...valuesOf(part));
  if (values.length === 0) return NOTHING;
  const result: EarResult = { tier: 'none', unread: 0 };
  for (const value of values) {
    const tier = tierOf(value);
    if (tier === undefined) result.unread++;
    else result.tier = worse(result.tier, tier);
  }
  return result;
}

function valuesOf(claims: Claims): unknown[] {
  const values: unknown[] = [];
  for (const name of STATUS) if (claims[name] != null) values.push(claims[name]);
  for (const name of VECTOR) {
    const vector = claims[name];
    if (isObject(vector)) values.push(...Object.values(vector));
    else if (vector != null) values.push(vector);
  }
  return values;
}

/** A word, or a number of AR4SI section 2.3.2: negative ones say the same by a definition of the verifier's own. */
function tierOf(value: unknown): IntegrityTier | undefined {
  if (typeof value === 'string') return TIERS.get(value.toLowerCase());
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -128 || value > 127) return undefined;
  if (value >= 96 || value <= -97) return 'contraindicated';
  if (value >= 32 || value <= -33) return 'warning';
  return value >= 2 || value <= -2 ? 'affirming' : 'none';
}
