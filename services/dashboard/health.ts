import type { Freshness, HealthAnswer } from '../../schemas/api.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { DegradedPart } from '../../schemas/reasons.ts';
import { VERDICT_GOOD_MS } from '../../shared/attestation-health.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import type { CurveReader } from './curves.ts';
import { newestCohorts } from './queries/attestation.ts';
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
  const [stored, dead, sources, snapshots, freshness, calibration, cohorts] = await Promise.all([
    deps.ask(storedByMinute, { from }),
    deps.ask(deadByMinute, { from }),
    deps.ask(storedBySource, { from: now - 86_400_000 }),
    deps.ask(newestSnapshot, {}),
    deps.freshness(),
    deps.curves.progress(deps.policy()),
    deps.ask(newestCohorts, { from: Math.floor((now - VERDICT_GOOD_MS) / 1000) }),
  ]);
  const storedAt = new Map(stored.map((row) => [row.time, row.stored]));
  const deadAt = new Map(dead.map((row) => [row.time, row.dead_letters]));
  const report = deps.health.report();
  const parts = (
    Object.entries(report.parts) as [DegradedPart, NonNullable<(typeof report.parts)[DegradedPart]>][]
  ).map(([part, { role, state, detail }]) => ({ part, role, state, detail }));
  return {
    time: new Date(now).toISOString(),
    ready: report.ready,
    parts: report.parts.attestation === undefined ? [...parts, attestationPart(cohorts)] : parts,
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

/** Of decision processes elsewhere nothing is heard; the verdicts on attestation are the same ones. */
function attestationPart(cohorts: readonly { platform: string; issuer: string; state: string; detail: string }[]) {
  const bad = cohorts.filter(({ state }) => state === 'outage' || state === 'attack' || state === 'exhausted');
  const detail = bad.map(({ platform, issuer, detail: said }) => `${issuer} ${platform}: ${said}`.trim()).join(' ');
  const state = bad.length === 0 ? ('ok' as const) : ('degraded' as const);
  return { part: 'attestation' as const, role: 'decide', state, detail: detail.slice(0, 1000) };
}
