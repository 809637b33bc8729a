import type { FastifyInstance } from 'fastify';
import { type DashboardDeps, registerDashboardRoutes } from '../dashboard/routes.ts';
import { createSignIn, type SignIn } from '../dashboard/sign-in.ts';
import { createScorer } from '../score/main.ts';
import type { Runtime } from './runtime.ts';

/** What a role asks of the policy in force. */
export interface PolicyInForce {
  current(): { policy: DashboardDeps['policy'] extends () => infer P ? P : never };
}

/** The role `score`: a step of risk each second, from once everything it reads stands. */
export function addScore(runtime: Runtime, policy: PolicyInForce): { start(): void } {
  const { clock, health, metrics, log, lifecycle } = runtime;
  const alpha = () => policy.current().policy.budgets.challenge;
  const scorer = createScorer({ clickhouse: runtime.openLane('score'), clock, alpha, health, metrics, log });
  lifecycle.onClose('score', () => scorer.stop());
  return { start: () => scorer.start() };
}

/** The role `dashboard`: pages and their API; the sign-in makes links for the terminal. */
export function addDashboard(
  app: FastifyInstance,
  runtime: Runtime,
  deps: { adminToken: string | null; policy: PolicyInForce } & Pick<DashboardDeps, 'ingest' | 'resend'>,
): SignIn {
  const { clock, log, health, settings, lifecycle } = runtime;
  const signIn = createSignIn({ clock, adminToken: deps.adminToken, secure: settings.tls !== null });
  const clickhouse = runtime.openLane('dashboard');
  const policy = () => deps.policy.current().policy;
  const { ingest, resend } = deps;
  const pages = registerDashboardRoutes(app, { clickhouse, clock, log, health, signIn, policy, ingest, resend });
  // Live pages hold a connection each: they end before the listener waits for requests in flight.
  app.addHook('preClose', async () => pages.close());
  lifecycle.onClose('dashboard', () => pages.close());
  return signIn;
}
