import type { FastifyInstance } from 'fastify';
import { type PolicyInput, policySchema } from '../../schemas/policy.ts';
import { registerDecisionRoutes } from '../../services/decide/app.ts';
import type { Relaxation } from '../../services/decide/caller-state/relaxation.ts';
import type { RevocationMemory } from '../../services/decide/caller-state/revocations.ts';
import type { Challenges } from '../../services/decide/challenge/challenges.ts';
import { createDecider, type Decider } from '../../services/decide/decider.ts';
import type { DecisionLog } from '../../services/decide/decision-log.ts';
import { type Identity, TRUSTING } from '../../services/decide/identity/identity.ts';
import { createLimits } from '../../services/decide/limits.ts';
import type { EntityRisk, RiskKind, SnapshotView } from '../../services/decide/question.ts';
import { createTokenSession } from '../../services/decide/token-session.ts';
import type { Unaddressed } from '../../services/decide/unaddressed.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { createAccess } from '../../shared/access.ts';
import type { CalibrationCurve } from '../../shared/calibration.ts';
import { type Clock, manualClock } from '../../shared/clock.ts';
import { createHealth, type Health } from '../../shared/health.ts';
import { createHttpApp } from '../../shared/http.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics.ts';
import { type CompiledPolicy, compilePolicy } from '../../shared/policy.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';

export const GATEWAY_KEY = 'test-gateway-key';
export const ADMIN_TOKEN = 'test-admin-token';
export const NOW = Date.UTC(2026, 0, 15, 12);

export interface FakeRisk {
  scope?: string;
  kind: RiskKind;
  id: string;
  score: number;
  held?: 0 | 1 | 2;
  reasons?: EntityRisk['reasons'];
}

/** A score is in decibels. */
const LINEAR_CURVE: CalibrationCurve = { basis: 'shipped', units: 0, scores: [0], decibels: [0], slope: 1 };

/** A snapshot of a few entities, one second old. */
export function snapshotOf(
  risks: readonly FakeRisk[],
  options: { curve?: CalibrationCurve; ageMs?: number } = {},
): SnapshotView {
  const table = new Map<string, EntityRisk>();
  for (const { scope = 'default', kind, id, score, held = 0, reasons } of risks) {
    table.set(`${scope} ${kind} ${id}`, {
      score,
      held,
      reasons: reasons ?? [{ feature: 'requests:1m', value: 500, usual: 20, part: score }],
    });
  }
  return {
    step: Math.floor(NOW / 1000),
    ageMs: () => options.ageMs ?? 1000,
    risk: (scope, kind, id) => table.get(`${scope} ${kind} ${id}`),
    curve: () => options.curve ?? LINEAR_CURVE,
  };
}

export const policyOf = (input: PolicyInput = {}): CompiledPolicy => compilePolicy(policySchema.parse(input));

/** Decibels are scores, and they rest on genuine callers. */
export const GENUINE_CURVE: CalibrationCurve = { ...LINEAR_CURVE, basis: 'genuine', units: 100_000 };

export interface DecisionApp {
  app: FastifyInstance;
  decider: Decider;
  health: Health;
  metrics: Metrics;
}

/** The decision routes over a snapshot that the test fills. */
export function openDecisionApp(options: {
  policy?: () => CompiledPolicy;
  snapshot?: () => SnapshotView;
  identity?: () => Identity;
  clock?: Clock;
  trustedHops?: number;
  pseudonymKey?: string;
  revocations?: RevocationMemory;
  log?: Pick<DecisionLog, 'add'>;
  relaxation?: Relaxation;
  unaddressed?: (metrics: Metrics) => Unaddressed;
  challenges?: (metrics: Metrics) => Challenges;
}): DecisionApp {
  const metrics = createMetrics();
  const health = createHealth(['decide']);
  const log = createLogger('silent');
  const access = createAccess({ gatewayKeys: [{ name: 'test', secret: GATEWAY_KEY }], adminToken: ADMIN_TOKEN });
  const app = createHttpApp({ log, health, metrics, access, tls: null, version: '0.0.0' });
  const policy = policyOf({ mode: 'enforce', holdout: 0 });
  const snapshot = snapshotOf([]);
  const routes = createRouteLearner();
  const decider = createDecider({
    policy: options.policy ?? (() => policy),
    snapshot: options.snapshot ?? (() => snapshot),
    identity: options.identity ?? (() => TRUSTING),
    limits: createLimits(),
    tokenSession: createTokenSession('test'),
    pseudonymise: createPseudonymise(options.pseudonymKey ?? null),
    routeOf: (method, host, path) => routes.learn(method, host, path, 404).route,
    clock: options.clock ?? manualClock(NOW),
    metrics,
    ...(options.revocations === undefined ? {} : { revocations: options.revocations }),
    log: options.log,
    ...(options.unaddressed === undefined ? {} : { unaddressed: options.unaddressed(metrics) }),
    ...(options.challenges === undefined ? {} : { challenges: options.challenges(metrics) }),
    ...(options.relaxation === undefined ? {} : { relaxation: options.relaxation }),
  });
  registerDecisionRoutes(app, { decider, access, trustedHops: options.trustedHops ?? 0, log });
  return { app, decider, health, metrics };
}
