import type { Issuer } from '../../../schemas/credentials.ts';
import type { Attestation } from '../../../schemas/decision.ts';
import {
  INTEGRITY_SIGNALS,
  INTEGRITY_TIERS,
  type IntegritySignal,
  type IntegrityTier,
  type PolicySignal,
} from '../../../schemas/integrity.ts';
import { isObject } from './json.ts';
import type { Claims } from './verdict.ts';

/** What a verified token reports of its device. */
export interface Integrity {
  readonly signals: readonly IntegritySignal[];
  /** AR4SI: the worst of the signals and of the token's own `ear_status`; `none` when it says nothing. */
  readonly tier: IntegrityTier;
}

/** A claim of an AR4SI trustworthiness vector (draft-ietf-rats-ar4si section 2.3) and its value. */
interface Meaning {
  aspect: 'configuration' | 'executables' | 'hardware' | 'runtime_opaque' | 'sourced_data';
  /** 32: warning; 96: contraindicated. */
  value: 32 | 96;
}

/** A rooted phone is its owner's choice and only a warning; foreign code inside the app leaves nothing to believe. */
export const MEANING: Readonly<Record<IntegritySignal, Meaning>> = {
  rooted: { aspect: 'configuration', value: 32 },
  hooked: { aspect: 'executables', value: 96 },
  repackaged: { aspect: 'executables', value: 96 },
  debugger: { aspect: 'runtime_opaque', value: 96 },
  emulator: { aspect: 'hardware', value: 96 },
  proxy: { aspect: 'sourced_data', value: 32 },
  pinning_failure: { aspect: 'sourced_data', value: 96 },
};

/** Words that SDKs use, in lower case without separators. */
const WORDS: Readonly<Record<string, IntegritySignal>> = {
  root: 'rooted',
  rooted: 'rooted',
  rooting: 'rooted',
  jailbreak: 'rooted',
  jailbroken: 'rooted',
  privilegedaccess: 'rooted',
  hook: 'hooked',
  hooked: 'hooked',
  hooking: 'hooked',
  hooks: 'hooked',
  frida: 'hooked',
  xposed: 'hooked',
  instrumentation: 'hooked',
  tampering: 'repackaged',
  tampered: 'repackaged',
  repackaged: 'repackaged',
  repackaging: 'repackaged',
  appintegrity: 'repackaged',
  resigned: 'repackaged',
  debug: 'debugger',
  debugger: 'debugger',
  debuggable: 'debugger',
  emulator: 'emulator',
  simulator: 'emulator',
  virtualdevice: 'emulator',
  proxy: 'proxy',
  mitm: 'proxy',
  maninthemiddle: 'proxy',
  pinning: 'pinning_failure',
  pinningfailure: 'pinning_failure',
  pinfailure: 'pinning_failure',
  certificatepinning: 'pinning_failure',
};

export const NO_SIGNALS: readonly PolicySignal[] = [];
export const NO_INTEGRITY: Integrity = { signals: [], tier: 'none' };
const MOST_WORDS = 64;

/**
 * Reads the report of a token that was verified; of any other token there is none. The claim may be a list of words, one
 * text of words, or an object with a truth value each. Words that nobody knows say nothing.
 */
export function integrityOf(claims: Claims, issuer: Issuer): Integrity {
  const own = tierOf(claims);
  if (issuer.signals === null) return own === 'none' ? NO_INTEGRITY : { signals: [], tier: own };
  const { claim, words } = issuer.signals;
  const signals: IntegritySignal[] = [];
  let tier = own;
  for (const word of wordsOf(claims[claim])) {
    const signal = Object.hasOwn(words, word) ? words[word] : knownWord(word);
    if (signal === undefined || signals.includes(signal)) continue;
    signals.push(signal);
    tier = worse(tier, tierOfSignal(signal));
  }
  return signals.length === 0 && tier === 'none' ? NO_INTEGRITY : { signals, tier };
}

function knownWord(word: string): IntegritySignal | undefined {
  const plain = word.toLowerCase().replace(/[^a-z]/g, '');
  return Object.hasOwn(WORDS, plain) ? WORDS[plain] : undefined;
}

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/[\s,;|]+/, MOST_WORDS);
  if (Array.isArray(value)) return value.slice(0, MOST_WORDS).filter((word) => typeof word === 'string');
  if (!isObject(value)) return [];
  return Object.keys(value)
    .slice(0, MOST_WORDS)
    .filter((name) => value[name] === true || value[name] === 1);
}

const TIERS = new Map<unknown, IntegrityTier>(INTEGRITY_TIERS.map((tier) => [tier, tier]));
const worse = (a: IntegrityTier, b: IntegrityTier) =>
  INTEGRITY_TIERS.indexOf(a) >= INTEGRITY_TIERS.indexOf(b) ? a : b;

/** EAT Attestation Results (draft-ietf-rats-ear): `ear_status` of the whole and of each part, the worst counts. */
function tierOf({ ear_status: whole, submods }: Claims): IntegrityTier {
  let tier = earTier(whole);
  if (isObject(submods)) {
    for (const part of Object.values(submods)) if (isObject(part)) tier = worse(tier, earTier(part.ear_status));
  }
  return tier;
}

/** A word, or the number that AR4SI gives to it. */
function earTier(status: unknown): IntegrityTier {
  if (typeof status !== 'number') return TIERS.get(status) ?? 'none';
  if (status >= 96) return 'contraindicated';
  if (status >= 32) return 'warning';
  return status >= 2 ? 'affirming' : 'none';
}

const tierOfSignal = (signal: IntegritySignal): IntegrityTier =>
  MEANING[signal].value === 96 ? 'contraindicated' : 'warning';

/** What a policy may have a rule for, worst first. */
export function policySignals({ signals, tier }: Integrity): PolicySignal[] {
  return tier === 'warning' || tier === 'contraindicated' ? [...signals, tier] : [...signals];
}

const OF_CAUSE: ReadonlyMap<string, readonly PolicySignal[]> = new Map<string, readonly PolicySignal[]>([
  ...INTEGRITY_SIGNALS.map(
    (signal) => [signal, policySignals({ signals: [signal], tier: tierOfSignal(signal) })] as const,
  ),
  ['warning', ['warning']],
  ['contraindicated', ['contraindicated']],
]);

/** The worst of them, which is the cause that the answer and the event carry; `null` when nothing speaks against the device. */
export function worstSignal({ signals, tier }: Integrity): PolicySignal | null {
  if (tier !== 'warning' && tier !== 'contraindicated') return null;
  return signals.find((signal) => tierOfSignal(signal) === tier) ?? tier;
}

/** The same the other way about: what a logged cause says, without the lesser signals that were beside it. */
export function signalsOfCause({ status, code }: Pick<Attestation, 'status' | 'code'>): readonly PolicySignal[] {
  return status === 'genuine' ? (OF_CAUSE.get(code) ?? NO_SIGNALS) : NO_SIGNALS;
}
