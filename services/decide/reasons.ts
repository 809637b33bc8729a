import type { Reason } from '../../schemas/decision.ts';
import type { EntityRef, Outcome } from '../../schemas/event.ts';
import { POLICY_SIGNALS, type PolicySignal } from '../../schemas/integrity.ts';
import type { AttestationCode, IdentityCode } from '../../schemas/reasons.ts';
import type { Revocable } from '../../schemas/revocation.ts';
import { kindTerm } from '../../shared/feature-terms.ts';
import { featureText, plainNumber } from '../../shared/feature-text.ts';
import { NAMELESS, type OpeningShows, type Openings, softwareOf } from '../../shared/opening.ts';
import type { CompiledOverride } from '../../shared/policy.ts';
import type { CompiledLimit } from '../../shared/policy-routes.ts';
import { printable } from '../../shared/printable.ts';
import { nameOf } from '../../shared/reason-words.ts';
import { severity } from '../../shared/severity.ts';
import { behaviourSentence, type Circumstances, type Shower } from './behaviour-sentence.ts';
import type { Grace } from './caller-state/graces.ts';
import type { Revocation } from './caller-state/revocations.ts';
import { MEANING } from './identity/signals.ts';
import type { EntityRisk, RequestFacts } from './question.ts';

/** A reason and its place: what decided comes first, then what says most. */
export interface RankedReason {
  reason: Reason;
  rank: number;
}

/** Decibels never reach this, so a step of severity always outranks them. */
const SEVERITY_STEP = 1e6;
const OVERRIDE_RANK = 1e9;

const rankOf = (outcome: Outcome, decibels: number) => severity(outcome) * SEVERITY_STEP + decibels;
const refOf = (entity: EntityRef | null) => (entity === null ? null : `${entity.kind}:${entity.id}`);

export function overrideReason(override: CompiledOverride): RankedReason {
  const evidence = `An override says ${override.outcome} until ${override.until}: ${override.reason}`;
  return { rank: OVERRIDE_RANK, reason: { code: 'override', entity: override.entity, evidence, risk: 0 } };
}

/** Before everything else: without it the request had been challenged for what follows. */
export function metReason({ metMs, untilMs }: Grace, caller: EntityRef | null): RankedReason {
  const iso = (ms: number) => new Date(ms).toISOString();
  const evidence = `A challenge was met at ${iso(metMs)}: until ${iso(untilMs)} this caller is asked for no other`;
  return { rank: OVERRIDE_RANK + 1, reason: { code: 'challenge.met', entity: refOf(caller), evidence, risk: 0 } };
}

const REVOKED: Readonly<Record<Revocable, string>> = {
  user: 'user',
  session: 'session',
  token: 'user token',
  device: 'installation',
  attestation: 'attestation token',
};

export function revokedReason({ kind, id, untilMs }: Revocation, outcome: Outcome): RankedReason {
  const until = new Date(untilMs).toISOString();
  const evidence = `This ${REVOKED[kind]} was revoked, until ${until}`;
  const entity = kind === 'token' || kind === 'attestation' ? null : `${kind}:${id}`;
  return { rank: rankOf(outcome, 1), reason: { code: 'identity.revoked', entity, evidence, risk: 0 } };
}

export function staleReason(ageMs: number, maxAgeMs: number, onStale: Outcome): RankedReason {
  const age = Number.isFinite(ageMs) ? `is ${Math.round(ageMs / 1000)} s old` : 'has never been published';
  const evidence = `The risk snapshot ${age}, more than the ${maxAgeMs / 1000} s that the policy accepts; the policy then says ${onStale}`;
  return { rank: rankOf(onStale, 0.5), reason: { code: 'stale', entity: null, evidence, risk: 0 } };
}

export function limitReason(limit: CompiledLimit, entities: readonly EntityRef[]): RankedReason {
  const entity = entities.find(({ kind }) => kind === limit.by) ?? null;
  const evidence = `More than ${limit.rate} requests of this ${limit.by} (burst ${limit.burst})`;
  return {
    rank: rankOf(limit.outcome, 0.5),
    reason: { code: `limit.${limit.name}`, entity: refOf(entity), evidence, risk: 0 },
  };
}

/** What is wrong with a token, a proof or a signature, as the end of a sentence. */
const FAULT: Readonly<Record<IdentityCode, string>> = {
  unbound: 'is bound to nothing',
  malformed: 'has no readable form',
  oversized: 'is longer than any token',
  header_not_allowed: 'brings its own key, or asks for an extension that nobody has',
  duplicate_claim: 'says one thing twice',
  algorithm_not_allowed: 'is signed with an algorithm that is not allowed',
  unknown_key: 'names a key that its issuer does not have',
  signature_invalid: 'is not signed with a key of its issuer',
  wrong_type: 'was made for another use',
  claim_invalid: 'has a claim of the wrong kind',
  claim_missing: 'lacks something that must be in it',
  no_expiry: 'never expires',
  not_yet_valid: 'is not valid yet',
  issued_in_future: 'was issued in the future',
  wrong_audience: 'is meant for another audience',
  wrong_issuer: 'names another issuer',
  bound_elsewhere: 'is bound to another value than the one sent beside it',
  proof_missing: 'is bound to a key, and nothing shows that the caller holds it',
  proof_invalid: 'is bound to a key, and the proof for it does not verify',
  replayed: 'was used before',
  revoked: 'was revoked',
  expired: 'has expired',
  too_old: 'was issued too long ago',
  proof_expired: 'came with a proof or signature that is not of now',
  proof_nonce: 'came with a proof without a nonce in force',
  users_differ: 'names another user than the one sent beside it',
};

const SIGNAL: Readonly<Record<PolicySignal, string>> = {
  rooted: 'the device is rooted or jailbroken',
  hooked: 'an instrumentation framework is at work inside the app',
  repackaged: 'the app is not the one that was published',
  debugger: 'a debugger is attached',
  emulator: 'the device is an emulator',
  proxy: 'a proxy is in the middle',
  pinning_failure: 'the certificate was not the pinned one',
  warning: 'the device’s integrity is in doubt',
  contraindicated: 'the device’s integrity is gone',
};

/** With the aspect of the AR4SI trustworthiness vector and its value, where a signal has one. */
function reported(signal: PolicySignal): string {
  const meaning = signal === 'warning' || signal === 'contraindicated' ? null : MEANING[signal];
  const vector = meaning === null ? '' : ` (AR4SI ${meaning.aspect.replace('_', '-')} ${meaning.value})`;
  return `The verified token reports that ${SIGNAL[signal]}${vector}`;
}
const attested = (fault: string) => `The attestation token ${fault}`;

const CAUSE: Readonly<Record<AttestationCode, string>> = {
  ...(Object.fromEntries(Object.entries(FAULT).map(([code, fault]) => [code, attested(fault)])) as Record<
    Exclude<IdentityCode, 'users_differ'>,
    string
  >),
  ...(Object.fromEntries(POLICY_SIGNALS.map((signal) => [signal, reported(signal)])) as Record<PolicySignal, string>),
  ok: attested('is genuine'),
  unbound: attested('is genuine but bound to nothing'),
  rejected: 'The app itself reports that its attestation was rejected',
  key_pending: attested('names a key that its issuer is being asked for'),
  keys_unavailable: 'The keys of the attestation issuer could never be fetched',
  not_verified: attested(
    'was not looked at: this address, its network or strangers at large just sent too many that were forged',
  ),
  no_token: 'This client can attest and sent no token',
  status_word: 'This client can attest and sent a status word instead of a token',
  cannot_attest: 'This client cannot attest',
  not_observed: 'No attestation was observed',
};

/** What a verified token reports of its device. */
export function signalReason(signal: PolicySignal, outcome: Outcome): RankedReason {
  return {
    rank: rankOf(outcome, 0.25),
    reason: { code: `attestation.${signal}`, entity: null, evidence: reported(signal), risk: 0 },
  };
}

/** A user token or a request signature that does not verify. */
export function identityReason(code: IdentityCode, outcome: Outcome): RankedReason {
  const evidence = `The user token or request signature ${FAULT[code]}`;
  return { rank: rankOf(outcome, 0.25), reason: { code: `identity.${code}`, entity: null, evidence, risk: 0 } };
}

/** What the attestation of the request itself says. @param evidence its decibels before calibration. */
export function ruleReason(request: RequestFacts, rule: Outcome, evidence: number): RankedReason {
  const { code } = request.attestation;
  const excuse = '; an outage of attestation, so it is not held against this caller';
  const text = request.relaxed === true ? `${CAUSE[code]}${excuse}` : CAUSE[code];
  return {
    rank: rankOf(rule, evidence),
    reason: { code: `attestation.${code}`, entity: null, evidence: text, risk: evidence },
  };
}

/**
 * That a stranger begins with this very request. Of its parts the words tell the shares of visits, not the nats.
 * @param opening its decibels before calibration. @param total those of the whole request.
 */
export function openingReason(
  { scope, platform, route, userAgent }: RequestFacts,
  caller: EntityRef | null,
  { opening, total }: { opening: number; total: number },
  openings: Openings,
  outcome: Outcome,
): RankedReason {
  const software = softwareOf(userAgent);
  const share = (shows: OpeningShows, value: string) =>
    `${plainNumber(100 * Math.exp(-openings(scope, platform, shows, value)))} %`;
  return {
    rank: rankOf(outcome, opening),
    reason: {
      code: 'behaviour.opening',
      entity: refOf(caller),
      get evidence() {
        const who = caller === null ? 'The caller' : nameOf(caller.kind, caller.id);
        const where = platform === '' ? 'here' : `on ${printable(platform)}`;
        const named = software === NAMELESS ? 'no named software' : `such software (${printable(software)})`;
        return `${who} was not met in the last 24 hours and begins with ${printable(route)}: of visits ${where} ${share('route', route)} begin with it or with what is rarer, ${share('software', software)} with ${named} or with what is rarer. It adds ${opening.toFixed(1)} dB to the request's score of ${total.toFixed(1)} before calibration, once: from the next request on the caller is judged by what it does.`;
      },
      risk: opening,
    },
  };
}

/** One reason a feature: its loudest window. Parts are on the scale of the shipped reference. */
export function behaviourReasons(
  { kind, id }: EntityRef,
  risk: EntityRisk,
  of: Circumstances,
  outcome: Outcome,
): RankedReason[] {
  return reasonsOfParts('behaviour', `${kind}:${id}`, { kind, id, risk }, of, outcome);
}

/** What the cohort of the request does: many callers with its software on its route, none of whom need be loud. */
export function campaignReasons(risk: EntityRisk, of: Circumstances, outcome: Outcome): RankedReason[] {
  return reasonsOfParts('campaign', null, { kind: 'cohort', id: null, risk }, of, outcome);
}

function reasonsOfParts(
  group: 'behaviour' | 'campaign',
  entity: string | null,
  who: Shower,
  of: Circumstances,
  outcome: Outcome,
): RankedReason[] {
  const seen = new Set<string>();
  const ranked: RankedReason[] = [];
  for (const part of who.risk.reasons) {
    const colon = part.feature.indexOf(':');
    const name = colon < 0 ? part.feature : part.feature.slice(0, colon);
    if (seen.has(name)) continue;
    seen.add(name);
    ranked.push({
      rank: rankOf(outcome, part.part),
      reason: {
        code: `${group}.${name}`,
        entity,
        // Made when it is asked for: an nginx and most lines of a backtest never do.
        get evidence() {
          return behaviourSentence(part, who, of);
        },
        risk: part.part,
      },
    });
  }
  return ranked;
}

/** Reads what features say before the first request asks for it. */
export function warmTexts(): void {
  featureText('requests:1m');
  kindTerm('requests:1m', 'ip');
}
