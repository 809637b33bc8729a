import type { Issuer } from '../../../schemas/credentials.ts';
import type { Attestation } from '../../../schemas/decision.ts';
import {
  INTEGRITY_SIGNALS,
  type IntegritySignal,
  type IntegrityTier,
  type PolicySignal,
} from '../../../schemas/integrity.ts';
import { NO_REPORT, reportOf } from './device-report.ts';
import { earOf, worse } from './ear.ts';
import type { Claims } from './verdict.ts';

/** What a verified token reports of its device. */
export interface Integrity {
  readonly signals: readonly IntegritySignal[];
  /** AR4SI: the worst of the signals and of the token's own attestation result; `none` when it says nothing. */
  readonly tier: IntegrityTier;
  readonly unread: Unread;
}

/** What a report holds and nobody can read: an SDK that is misread would look like one that never finds anything. */
export interface Unread {
  /** Values of another kind than reports have. */
  readonly shapes: number;
  /** Words of which neither we nor the credentials know what they mean. */
  readonly words: number;
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
const ALL_READ: Unread = { shapes: 0, words: 0 };
export const NO_INTEGRITY: Integrity = { signals: [], tier: 'none', unread: ALL_READ };

/** Reads the report of a token that was verified; of any other token there is none. */
export function integrityOf(claims: Claims, issuer: Issuer): Integrity {
  const own = earOf(claims);
  const report = issuer.signals === null ? NO_REPORT : reportOf(claims[issuer.signals.claim]);
  const known = issuer.signals?.words ?? {};
  const signals: IntegritySignal[] = [];
  let { tier } = own;
  let words = 0;
  for (const word of report.words) {
    const signal = Object.hasOwn(known, word) ? known[word] : knownWord(word);
    if (signal === undefined) words++;
    if (signal === undefined || signals.includes(signal)) continue;
    signals.push(signal);
    tier = worse(tier, tierOfSignal(signal));
  }
  const shapes = own.unread + report.unread;
  if (signals.length === 0 && tier === 'none' && shapes + words === 0) return NO_INTEGRITY;
  return { signals, tier, unread: shapes + words === 0 ? ALL_READ : { shapes, words } };
}

function knownWord(word: string): IntegritySignal | undefined {
  const plain = word.toLowerCase().replace(/[^a-z]/g, '');
  return Object.hasOwn(WORDS, plain) ? WORDS[plain] : undefined;
}

const tierOfSignal = (signal: IntegritySignal): IntegrityTier =>
  MEANING[signal].value === 96 ? 'contraindicated' : 'warning';

/** What a policy may have a rule for, worst first. */
export function policySignals({ signals, tier }: Pick<Integrity, 'signals' | 'tier'>): PolicySignal[] {
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
