import { randomBytes } from 'node:crypto';
import type { Attestation, Decision } from '../../schemas/decision.ts';
import { OUTCOMES, type Outcome } from '../../schemas/event.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import type { Pseudonymise } from '../../shared/pseudonym.ts';
import { besidesOf, NOBODY_BESIDE } from './besides.ts';
import type { Relaxation } from './caller-state/relaxation.ts';
import type { RevocationMemory } from './caller-state/revocations.ts';
import { findRevoked } from './caller-state/revoked.ts';
import { type Challenges, NOT_MET } from './challenge/challenges.ts';
import { decide } from './decide.ts';
import type { DecisionLog } from './decision-log.ts';
import { createFacts, createRefs, type RawRequest, type RouteOf } from './facts.ts';
import type { HeaderView } from './identity/headers.ts';
import type { Identity } from './identity/identity.ts';
import type { Uses } from './identity/request.ts';
import { NO_SIGNALS } from './identity/signals.ts';
import type { LimitState } from './limits.ts';
import type { SnapshotView } from './question.ts';
import type { TokenSession } from './token-session.ts';
import type { Unaddressed } from './unaddressed.ts';

export interface DeciderDeps {
  policy(): CompiledPolicy;
  snapshot(): SnapshotView;
  identity(): Identity;
  limits: LimitState;
  /** Absent: nothing can be revoked. */
  revocations?: RevocationMemory;
  /** Absent: nobody is relaxed in an outage of attestation. */
  relaxation?: Pick<Relaxation, 'relaxes'>;
  /** Absent: no challenge can be met. */
  challenges?: Challenges;
  /** Absent: decisions are not written down. */
  log?: Pick<DecisionLog, 'add'> | undefined;
  /** Absent: a user whose token names no installation has no session. */
  tokenSession?: TokenSession;
  /** Absent: nobody is told of gateways that name no client. */
  unaddressed?: Unaddressed;
  pseudonymise: Pseudonymise;
  routeOf: RouteOf;
  /** Pseudonyms by the key before, while it is being replaced. */
  formerly?: Pseudonymise;
  clock: Clock;
  metrics: Metrics;
}

export const ADAPTERS = ['authzen', 'nginx'] as const;
export type Adapter = (typeof ADAPTERS)[number];

/** What every gateway adapter calls: identity, facts, the pure decision, the counting of it. Synchronous. */
export interface Decider {
  /**
   * @param token the gateway's `attestation_token`; null when it passes none.
   * @param uses shared by the questions of a batch that are about one request: what counts once counts once for all.
   */
  answer(adapter: Adapter, raw: RawRequest, headers: HeaderView, token: string | null, uses?: Uses): Decision;
  /** An id that no other decision has; `decide` adds the carrying entity's initial. */
  nextId(): string;
  /** Hands the counts since the last call to the metrics. */
  flush(): void;
}

/** Seconds. */
const BOUNDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05];
const STATUSES = ['genuine', 'failed', 'expired', 'missing', 'none', 'not_observed'] as const;

export function createDecider(deps: DeciderDeps): Decider {
  const { clock, limits, metrics } = deps;
  const factsOf = createFacts(deps.pseudonymise, deps.routeOf, deps.formerly);
  const refsOf = createRefs(deps.pseudonymise, deps.formerly);
  const prefix = `d${randomBytes(6).toString('hex')}`;
  let sequence = 0;
  const decisions = metrics.counter('bonafide_decisions_total', 'Decisions by adapter, outcome and mode');
  const attested = metrics.counter('bonafide_attestations_total', 'Decisions by attestation status');
  const unread = metrics.counter(
    'bonafide_device_reports_unread_total',
    'Parts of device reports in verified tokens that nobody could read, by what',
  );
  const duration = metrics.histogram('bonafide_decision_duration_seconds', 'Time of one decision', BOUNDS);
  // Labels are text: they are joined once a second, not for each decision.
  const counts = new Map<string, { adapter: Adapter; outcome: Outcome; mode: 'shadow' | 'enforce'; n: number }>();
  for (const adapter of ADAPTERS)
    for (const outcome of OUTCOMES)
      for (const mode of ['shadow', 'enforce'] as const)
        counts.set(adapter + outcome + mode, { adapter, outcome, mode, n: 0 });
  const statuses = new Map<(typeof STATUSES)[number], number>();
  const misread = { shape: 0, word: 0 };

  return {
    answer(adapter, raw, headers, token, uses) {
      const started = performance.now();
      const policy = deps.policy();
      const now = clock.now();
      const verdict = deps.identity().identify(raw, headers, token, policy, now, uses);
      const integrity = verdict?.what?.integrity;
      misread.shape += integrity?.unread.shapes ?? 0;
      misread.word += integrity?.unread.words ?? 0;
      const known = verdict?.what?.known ?? null;
      if (known !== null && deps.tokenSession !== undefined) {
        const name = deps.tokenSession(known);
        // Of a visitor the address is the caller: with its token gone it must be the same one as before.
        if (raw.user !== '' && raw.device === '' && raw.session === '') raw.session = name;
        else raw.token = name;
      }
      const facts = factsOf(raw, policy);
      if (facts.address === '') deps.unaddressed?.saw(adapter, raw.gateway);
      if (verdict?.who.pending === true) facts.pending = true;
      const besides = verdict === null ? NOBODY_BESIDE : besidesOf(verdict, raw, refsOf);
      if (besides.length > 0) facts.besides = besides;
      const { revocations } = deps;
      if (revocations !== undefined && revocations.size() > 0) {
        const { entities, token: unnamed } = facts;
        // A token's name is a keyed hash and no pseudonym; whoever revokes it is taken to mean a session, whose id is made one.
        const named = unnamed === undefined ? entities : [...entities, unnamed, ...refsOf('session', unnamed.id)];
        facts.revoked = findRevoked(revocations, refsOf, facts.scope, named, verdict, now);
      }
      if (deps.relaxation?.relaxes(facts, policy, now) === true) facts.relaxed = true;
      const admitted = deps.challenges?.admit(facts, verdict?.what?.nonce ?? null, policy, now) ?? NOT_MET;
      if (admitted.grace !== null) facts.grace = admitted.grace;
      const decision = decide(facts, deps.snapshot(), policy, now, limits);
      deps.challenges?.tell(decision, facts, admitted, policy, now);
      deps.log?.add(raw.requestId, facts, decision, now);
      const { outcome, mode, attestation } = decision.context;
      const count = counts.get(adapter + outcome + mode);
      if (count !== undefined) count.n++;
      const status = attestation.status ?? 'not_observed';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      duration.observe((performance.now() - started) / 1000);
      return decision;
    },
    nextId: () => `${prefix}${(sequence++).toString(36)}`,
    flush() {
      for (const count of counts.values()) {
        const { adapter, outcome, mode, n } = count;
        if (n > 0) decisions.add(n, { adapter, outcome, mode });
        count.n = 0;
      }
      for (const [status, n] of statuses) attested.add(n, { status });
      statuses.clear();
      for (const what of ['shape', 'word'] as const) {
        if (misread[what] > 0) unread.add(misread[what], { what });
        misread[what] = 0;
      }
    },
  };
}

/** A request of which nothing is known yet. */
export function emptyRequest(id: string, attestation: Attestation): RawRequest {
  return {
    id,
    gateway: '',
    method: '',
    path: '',
    host: '',
    address: '',
    user: '',
    session: '',
    device: '',
    apiClient: '',
    userAgent: '',
    requestId: '',
    attestation,
    token: '',
    query: '',
    scheme: '',
    signals: NO_SIGNALS,
    identityFault: null,
  };
}
