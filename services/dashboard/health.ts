import type { Freshness, HealthAnswer } from '../../schemas/api.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { DegradedPart } from '../../schemas/reasons.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import type { CurveReader } from './curves.ts';
import { deadByMinute, storedByMinute, storedBySource } from './queries/health.ts';
import { newestSnapshot } from './queries/overview.ts';
import type { Ask } from './query.ts';

export interface HealthDeps {
  ask: Ask;
  clock: Clock;
  health: Health;
  curves: CurveReader;
  policy: () => Policy;
  freshness: () => Promise<Freshness>;
}

const MINUTES = 60;

/** `GET /api/v1/health`: the same parts as `/readyz`, and how ingest and scoring have been doing. */
export async function readHealth(deps: HealthDeps): Promise<HealthAnswer> {
  const now = deps.clock.now();
  const thisMinute = Math.floor(now / 60_000) * 60;
  const from = (thisMinute - (MINUTES - 1) * 60) * 1000;
  const [stored, dead, sources, snapshots, freshness, calibration] = await Promise.all([
    deps.ask(storedByMinute, { from }),
    deps.ask(deadByMinute, { from }),
    deps.ask(storedBySource, { from: now - 86_400_000 }),
    deps.ask(newestSnapshot, {}),
    deps.freshness(),
    deps.curves.progress(deps.policy()),
  ]);
  const storedAt = new Map(stored.map((row) => [row.time, row.stored]));
  const deadAt = new Map(dead.map((row) => [row.time, row.dead_letters]));
  const report = deps.health.report();
  return {
    time: new Date(now).toISOString(),
    ready: report.ready,
    parts: (Object.entries(report.parts) as [DegradedPart, NonNullable<(typeof report.parts)[DegradedPart]>][]).map(
      ([part, { role, state, detail }]) => ({ part, role, state, detail }),
    ),
    freshness,
    calibration,
    arrivals: Array.from({ length: MINUTES }, (_, i) => {
      const time = thisMinute - (MINUTES - 1 - i) * 60;
      return {
        time: new Date(time * 1000).toISOString(),
        stored: storedAt.get(time) ?? 0,
        dead_letters: deadAt.get(time) ?? 0,
      };
    }),
    sources: sources.map((row) => ({ ...row, last_event: new Date(row.last_event).toISOString() })),
    scoring: { elapsed_ms: snapshots[0]?.elapsed_ms ?? null, changed: snapshots[0]?.entities ?? null },
  };
}
