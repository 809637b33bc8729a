import type { FastifyInstance } from 'fastify';
import type { Access } from '../../shared/access.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import type { Lifecycle } from '../../shared/lifecycle.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { registerDecisionRoutes } from './app.ts';
import { createCallerState } from './caller-state/caller-state.ts';
import { createIntrospector } from './caller-state/introspection.ts';
import { createRevocationStore, type RevocationStore } from './caller-state/revocation-store.ts';
import { createRevokedHook } from './caller-state/revoked.ts';
import { createChallenges } from './challenge/challenges.ts';
import { createChallengeNonces } from './challenge/nonce.ts';
import { openCredentials } from './credentials-store.ts';
import { createDecider } from './decider.ts';
import { createDecisionLog } from './decision-log.ts';
import { createRefs, type RouteOf } from './facts.ts';
import type { IdentityHooks } from './identity/request.ts';
import { createLimits } from './limits.ts';
import type { PolicyStore } from './policy-store.ts';
import { warmTexts } from './reasons.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';
import { createTokenSession } from './token-session.ts';
import { createUnaddressed } from './unaddressed.ts';

export interface DecideDeps {
  /** A lane for the snapshot alone. */
  clickhouse: ClickHouse;
  policy: PolicyStore;
  access: Access;
  clock: Clock;
  health: Health;
  metrics: Metrics;
  lifecycle: Lifecycle;
  log: Logger;
  trustedHops: number;
  /** Path of `BONAFIDE_CREDENTIALS`, or null. */
  credentialsFile: string | null;
  /** Folder in which fetched keys outlive a restart. */
  keptKeys?: string | undefined;
  pseudonymKey: string | null;
  /** Names attestation tokens and signs nonces of challenges; the same in every decision process, as for the policy. */
  hashKey: string;
  /** Lane of the decision log; absent: decisions are not written down. */
  decisionLane?: ClickHouse | undefined;
  /** Lane and revocations of the caller state; `alone`: no other process writes them. @default the snapshot's lane, a store of its own. */
  state?: { clickhouse: ClickHouse; revocations: RevocationStore; alone: boolean };
  /** Route templates as ingest has learned them. */
  routeOf: RouteOf;
  /** The key before, or null. */
  previousPseudonymKey?: string | null;
}

/**
 * The role `decide`: loads the snapshot whole, registers the routes of gateways, keeps both fresh.
 * @throws CredentialsError when the credentials may not be used.
 */
export async function startDecide(app: FastifyInstance, deps: DecideDeps): Promise<{ snapshot: Snapshot }> {
  const { clickhouse, clock, health, metrics, lifecycle, log, policy } = deps;
  warmTexts();
  const pseudonymise = createPseudonymise(deps.pseudonymKey);
  const formerly = deps.previousPseudonymKey == null ? undefined : createPseudonymise(deps.previousPseudonymKey);
  const own = { clickhouse, clock, pseudonymise, formerly };
  const shared = deps.state ?? { clickhouse, revocations: createRevocationStore(own), alone: false };
  const { clickhouse: stateLane, revocations, alone } = shared;
  const callers = createCallerState({ clickhouse: stateLane, revocations, alone, clock, health, metrics, log });
  await callers.load();
  callers.start();
  lifecycle.onClose('caller state', () => callers.stop());

  const introspector = createIntrospector({ clock, metrics, log });
  health.register('introspection', 'decide', introspector.health);
  lifecycle.onClose('introspection', () => introspector.stop());
  const { firstUse } = callers.replay;
  const nonces = createChallengeNonces(deps.hashKey);
  const hooks: IdentityHooks = {
    nonces,
    firstUse,
    revoked: createRevokedHook(revocations.memory, createRefs(pseudonymise, formerly), (host) =>
      policy.current().scopeOf(host),
    ),
  };
  const credentials = openCredentials(deps.credentialsFile, {
    health,
    log,
    hooks,
    introspector,
    keptKeys: deps.keptKeys,
  });
  await credentials.start();
  lifecycle.onClose('credentials', () => credentials.stop());

  const snapshot = createSnapshot({ clickhouse, clock, health, metrics, log });
  await snapshot.load();
  snapshot.start();
  lifecycle.onClose('snapshot', () => snapshot.stop());

  const decisionLog =
    deps.decisionLane === undefined ? undefined : createDecisionLog({ clickhouse: deps.decisionLane, metrics, log });
  if (decisionLog !== undefined) {
    decisionLog.start();
    lifecycle.onClose('decision log', () => decisionLog.stop());
  }

  const decider = createDecider({
    policy: policy.current,
    snapshot: snapshot.current,
    identity: credentials.identity,
    limits: createLimits(),
    revocations: revocations.memory,
    relaxation: callers.relaxation,
    challenges: createChallenges({ nonces, graces: callers.graces, firstUse, metrics }),
    log: decisionLog,
    tokenSession: createTokenSession(deps.hashKey),
    unaddressed: createUnaddressed({ clock, metrics, log }),
    pseudonymise,
    routeOf: deps.routeOf,
    ...(formerly === undefined ? {} : { formerly }),
    clock,
    metrics,
  });
  const flush = setInterval(decider.flush, 1000);
  flush.unref();
  lifecycle.onClose('decider', () => clearInterval(flush));

  registerDecisionRoutes(app, { decider, access: deps.access, trustedHops: deps.trustedHops, log });
  return { snapshot };
}
