import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { ResendAnswer } from '../../schemas/api.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import type { PolicyInput } from '../../schemas/policy.ts';
import { type DashboardDeps, registerDashboardRoutes } from '../../services/dashboard/routes.ts';
import { createSignIn, type SignIn } from '../../services/dashboard/sign-in.ts';
import { registerPolicyRoutes } from '../../services/decide/policy-routes.ts';
import { openPolicyStore } from '../../services/decide/policy-store.ts';
import { createExplainer } from '../../services/score/explain.ts';
import { createAccess } from '../../shared/access.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHealth, OK } from '../../shared/health.ts';
import { createHttpApp } from '../../shared/http.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { QUIET } from './quiet-row.ts';

export const ADMIN_TOKEN = 'test-admin-token-0123456789abcdef';

export interface TestDashboard {
  app: FastifyInstance;
  signIn: SignIn;
  clickhouse: ClickHouse;
  /** Places that were sent again. */
  resent: string[];
  insertEvents(rows: readonly Partial<EventRow>[]): Promise<void>;
  insertRisk(rows: readonly RiskInput[]): Promise<void>;
  /** GET with the admin token. */
  get<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

export interface RiskInput {
  /** Epoch seconds. */
  step: number;
  scope?: string;
  kind: number;
  id: string;
  score: number;
  held?: number;
  reasons?: readonly (readonly [feature: string, value: number, usual: number, part: number])[];
}

/** The dashboard's routes and pages over a real embedded engine in a folder of its own. */
export async function openDashboard(
  options: { policy?: PolicyInput; deps?: Partial<DashboardDeps> } = {},
): Promise<TestDashboard> {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-dashboard-test-'));
  const target = { kind: 'embedded', path: folder } as const;
  const writer = openLane(target, 'bonafide');
  await migrate(writer, { retentionDays: 30, ttl: true });
  const reader = openLane(target, 'bonafide');
  const explaining = openLane(target, 'bonafide');
  const log = createLogger('silent');
  const signIn = createSignIn({ clock: systemClock, adminToken: ADMIN_TOKEN, secure: false });
  const health = createHealth(['ingest', 'score', 'decide']);
  health.register('clickhouse', 'ingest', () => OK);
  health.register('score', 'score', () => OK);
  const resent: string[] = [];

  const app = createHttpApp({
    log,
    health,
    metrics: createMetrics(),
    access: createAccess({ gatewayKeys: [], adminToken: ADMIN_TOKEN }),
    tls: null,
    version: '0.0.0',
  });
  const store = await openPolicyStore({ clickhouse: reader, clock: systemClock, health, log }, null);
  if (options.policy !== undefined) await store.apply(options.policy, 'ops', 'first policy of the test');
  registerPolicyRoutes(app, { store, authenticateAdmin: signIn.requireAdmin });
  const routes = registerDashboardRoutes(app, {
    clickhouse: reader,
    clock: systemClock,
    log,
    health,
    signIn,
    policy: () => store.current().policy,
    ingest: () => ({ caughtUp: true, lagMessages: 0, duplicates: 7 }),
    resend: async (places): Promise<ResendAnswer> => {
      resent.push(...places.map((p) => `${p.source}/${p.partition}/${p.offset}`));
      return { resent: places.length, refused: [] };
    },
    explain: createExplainer({
      clickhouse: explaining,
      clock: systemClock,
      policyAt: async () => store.current().policy,
      pseudonymise: createPseudonymise(null),
    }),
    ...options.deps,
  });
  await app.ready();

  return {
    app,
    signIn,
    clickhouse: writer,
    resent,
    async insertEvents(rows) {
      if (rows.length === 0) return;
      const full = rows.map((row, i): EventRow => ({ ...QUIET, event_id: `e${i}-${Math.random()}`, ...row }));
      const columns = Object.keys(QUIET) as (keyof EventRow)[];
      await writer.insert(
        'events_raw_v1',
        columns,
        full.map((row) => columns.map((column) => row[column])),
        `t${Math.random()}`,
      );
    },
    async insertRisk(rows) {
      // Numbers of entities do not fit a JSON number: the engine computes them, as the scorer does.
      for (const row of rows) {
        const reasons = (row.reasons ?? []).map(([f, v, u, p]) => `('${f}', ${v}, ${u}, ${p})`).join(', ');
        await writer.run(
          `INSERT INTO {db}.risk_step_v1 (step, entity, scope, kind, id, score, held, reasons)
           SELECT fromUnixTimestamp({step:UInt32}), sipHash64({scope:String}, {kind:UInt8}, {id:String}), {scope:String},
             {kind:UInt8}, {id:String}, {score:Float64}, {held:UInt8},
             CAST([${reasons}], 'Array(Tuple(feature LowCardinality(String), value Float64, usual Float64, part Float64))')`,
          { params: { scope: 'default', held: 0, ...row, reasons: undefined } },
        );
      }
    },
    async get<T>(path: string) {
      const answer = await app.inject({ url: path, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
      return answer.json<T>();
    },
    async close() {
      routes.close();
      await app.close();
      await reader.close();
      await explaining.close();
      await writer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
