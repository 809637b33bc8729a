import type { FastifyInstance } from 'fastify';
import type { Policy } from '../../schemas/policy.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Access } from '../../shared/access.ts';
import { Problem } from '../../shared/problem.ts';
import { createPseudonymise, type Pseudonymise } from '../../shared/pseudonym.ts';
import { createAttestationHealth } from '../attestation-health/main.ts';
import { type DashboardDeps, registerDashboardRoutes } from '../dashboard/routes.ts';
import { createSignIn, type SignIn } from '../dashboard/sign-in.ts';
import { registerRevocationRoutes } from '../decide/caller-state/revocation-routes.ts';
import { createRevocationStore, type RevocationStore } from '../decide/caller-state/revocation-store.ts';
import { CredentialsError } from '../decide/credentials-store.ts';
import { startDecide } from '../decide/main.ts';
import { registerPolicyRoutes } from '../decide/policy-routes.ts';
import { openPolicyStore, type PolicyStore } from '../decide/policy-store.ts';
import type { Snapshot } from '../decide/snapshot.ts';
import { createIngest, type Ingest } from '../ingest/main.ts';
import { createExplainer } from '../score/explain.ts';
import { createScorer } from '../score/main.ts';
import { CommandError } from './command.ts';
import { dataFolder } from './data-folder.ts';
import type { Keys } from './keys.ts';
import { createLiveRoutes } from './live-routes.ts';
import type { Runtime } from './runtime.ts';

/**
 * The policy in force, kept fresh.
 * @throws CommandError when the file of `BONAFIDE_POLICY` has faults.
 */
export async function addPolicy(runtime: Runtime, keys: Keys): Promise<PolicyStore> {
  const { clock, health, log, settings, lifecycle } = runtime;
  const { hashKey } = keys;
  const deps = { clickhouse: runtime.openLane('policy'), clock, health, log, hashKey, ...pseudonymsOf(settings) };
  const store = await openPolicyStore(deps, settings.policyFile).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    const faults = (error.faults ?? []).map(({ path, message }) => `\n  ${path}: ${message}`);
    throw new CommandError(`${error.message}${faults.join('')}`, 2);
  });
  store.start();
  lifecycle.onClose('policy', () => store.stop());
  return store;
}

/** Pseudonyms of today, and those by the key before while it is being replaced. */
function pseudonymsOf({ pseudonymKey, previousPseudonymKey }: Settings): {
  pseudonymise: Pseudonymise;
  formerly?: Pseudonymise;
} {
  const pseudonymise = createPseudonymise(pseudonymKey);
  return previousPseudonymKey === null
    ? { pseudonymise }
    : { pseudonymise, formerly: createPseudonymise(previousPseudonymKey) };
}

/** What was revoked: written by the dashboard role, read by decisions. */
export function addRevocations(runtime: Runtime): RevocationStore {
  const { clock, settings } = runtime;
  return createRevocationStore({ clickhouse: runtime.openLane('revocations'), clock, ...pseudonymsOf(settings) });
}

/** The role `ingest`: what a killed process left in flight is stored before this resolves. */
export async function addIngest(
  app: FastifyInstance,
  runtime: Runtime,
  deps: { policy: PolicyStore; access: Access; folder: string; openapi?: unknown },
): Promise<Ingest> {
  const { clock, health, metrics, log, settings, lifecycle, openLane } = runtime;
  const { kafka, pseudonymKey, previousPseudonymKey, credentialsFile, trustedHops, logZone } = settings;
  const { folder, policy, openapi } = deps;
  const scopes = policy.current;
  const ingest = await createIngest({
    kafka,
    folder,
    openLane,
    scopes,
    pseudonymKey,
    previousPseudonymKey,
    credentialsFile,
    joinDecisions: settings.decisionLog,
    retentionDays: settings.retentionDays,
    trustedHops,
    logZone,
    openapi,
    clock,
    health,
    metrics,
    log,
  });
  lifecycle.onClose('ingest', () => ingest.stop());
  ingest.register(app, deps.access);
  return ingest;
}

/** The role `decide`: its snapshot is loaded whole before this resolves. */
export async function addDecide(
  app: FastifyInstance,
  runtime: Runtime,
  keys: Keys,
  deps: { policy: PolicyStore; access: Access; revocations: RevocationStore; openapi?: unknown },
): Promise<Snapshot> {
  const { clock, health, metrics, lifecycle, log, settings } = runtime;
  const { trustedHops, credentialsFile, pseudonymKey, previousPseudonymKey } = settings;
  const clickhouse = runtime.openLane('snapshot');
  const state = {
    clickhouse: runtime.openLane('caller state'),
    revocations: deps.revocations,
    alone: settings.clickhouse.url === null,
  };
  const decisionLane = settings.decisionLog ? runtime.openLane('decision log') : undefined;
  const routes = createLiveRoutes(clickhouse, deps.openapi);
  await routes.load();
  routes.start();
  lifecycle.onClose('routes', () => routes.stop());
  const { routeOf } = routes;
  const parts = { clickhouse, state, decisionLane, routeOf, clock, health, metrics, lifecycle, log };
  const { hashKey } = keys;
  const keptKeys = dataFolder(settings.dataDir).jwks;
  const identity = { trustedHops, credentialsFile, keptKeys, pseudonymKey, previousPseudonymKey, hashKey };
  const { snapshot } = await startDecide(app, { ...deps, ...parts, ...identity }).catch((error: unknown) => {
    throw error instanceof CredentialsError ? new CommandError(error.message, 2) : error;
  });
  return snapshot;
}

/** Beside the role `score`: tells an outage of attestation from an attack. */
function addAttestationHealth(runtime: Runtime, policy: PolicyStore): { start(): void } {
  const { clock, log, lifecycle } = runtime;
  const clickhouse = runtime.openLane('attestation health');
  const health = createAttestationHealth({ clickhouse, clock, policy: () => policy.current().policy, log });
  lifecycle.onClose('attestation health', () => health.stop());
  return health;
}

/** The role `score`: a step of risk each second, from once everything it reads stands. */
export function addScore(runtime: Runtime, policy: PolicyStore, onPublished?: () => void): { start(): void } {
  const { clock, health, metrics, log, lifecycle } = runtime;
  const alpha = () => policy.current().policy.budgets.challenge;
  const clickhouse = runtime.openLane('score');
  const badStatuses = () => policy.current().policy.attestation_evidence;
  const historyLane = runtime.openLane('history');
  const scorer = createScorer({
    clickhouse,
    historyLane,
    clock,
    alpha,
    badStatuses,
    onPublished,
    health,
    metrics,
    log,
  });
  lifecycle.onClose('score', () => scorer.stop());
  const attestation = addAttestationHealth(runtime, policy);
  return {
    start() {
      scorer.start();
      attestation.start();
    },
  };
}

/** The role `dashboard`: pages, their API and that of the policy; the sign-in makes links for the terminal. */
export function addDashboard(
  app: FastifyInstance,
  runtime: Runtime,
  deps: { adminToken: string | null; policy: PolicyStore; revocations: RevocationStore } & Pick<
    DashboardDeps,
    'ingest' | 'resend'
  >,
): SignIn {
  const { clock, log, health, settings, lifecycle } = runtime;
  const signIn = createSignIn({ clock, adminToken: deps.adminToken, secure: settings.tls !== null });
  const clickhouse = runtime.openLane('dashboard');
  const policy = () => deps.policy.current().policy;
  const { ingest, resend } = deps;
  const explain = createExplainer({
    clickhouse: runtime.openLane('explain'),
    clock,
    policyAt: policyAt(deps.policy),
    ...pseudonymsOf(settings),
  });
  const pages = registerDashboardRoutes(app, {
    clickhouse,
    clock,
    log,
    health,
    signIn,
    policy,
    ingest,
    resend,
    explain,
  });
  registerPolicyRoutes(app, { store: deps.policy, authenticateAdmin: signIn.requireAdmin });
  registerRevocationRoutes(app, { store: deps.revocations, authenticateAdmin: signIn.requireAdmin });
  // Live pages hold a connection each: they end before the listener waits for requests in flight.
  app.addHook('preClose', async () => pages.close());
  lifecycle.onClose('dashboard', () => pages.close());
  return signIn;
}

/** The policy that was in force at a moment, epoch ms; before the first version the one in force now. */
function policyAt(store: PolicyStore): (ms: number) => Promise<Policy> {
  return async (ms) => {
    const { appliedMs, policy } = store.inForce();
    if (appliedMs <= ms) return policy;
    return (await store.versions()).find((version) => version.appliedMs <= ms)?.policy ?? policy;
  };
}
