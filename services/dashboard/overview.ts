import type { z } from 'zod';
import type { Freshness, LinesView, OverviewAnswer, overLine } from '../../schemas/api.ts';
import { ENTITY_KINDS, type EntityKind } from '../../schemas/event.ts';
import type { Policy } from '../../schemas/policy.ts';
import { toScore } from '../../shared/calibration.ts';
import type { Clock } from '../../shared/clock.ts';
import { type CurveReader, remembered } from './curves.ts';
import { linesOf } from './lines.ts';
import { outcomesOverTime, overLines, scopesAtRisk } from './queries/overview.ts';
import type { Ask } from './query.ts';

type OverLine = z.infer<typeof overLine>;
export interface Over {
  challenge: OverLine;
  block: OverLine;
}

const nobody = (): OverLine => ({ user: 0, session: 0, device: 0, ip: 0, net: 0, client: 0 });

/** Entities between the lines (`challenge`) and over the block line, by kind. */
export async function countOver(ask: Ask, curves: CurveReader, lines: LinesView): Promise<Over> {
  const [{ of }, scopes] = await Promise.all([curves.now(), ask(scopesAtRisk, {})]);
  const over: Over = { challenge: nobody(), block: nobody() };
  for (const { scope } of scopes) {
    const curve = of(scope);
    const rows = await ask(overLines, {
      scope,
      challenge: toScore(curve, lines.challenge_db),
      block: toScore(curve, lines.block_db),
    });
    for (const row of rows) {
      const kind: EntityKind | undefined = ENTITY_KINDS[row.kind - 1];
      if (kind === undefined) continue;
      over.challenge[kind] += row.challenge;
      over.block[kind] += row.block;
    }
  }
  return over;
}

/** Bucket widths that read well on a clock; the smallest that keeps a chart under ~120 points. */
const BUCKETS_S = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 21_600, 86_400];
export function bucketFor(spanS: number, points = 120): number {
  return BUCKETS_S.find((bucket) => spanS / bucket <= points) ?? 86_400;
}

export interface OverviewDeps {
  ask: Ask;
  clock: Clock;
  curves: CurveReader;
  policy: () => Policy;
  freshness: () => Promise<Freshness>;
}

const MOST_SPANS = 32;
const OLDEST_MS = 10_000;

/** Overviews by span, each at most a 3,600th of its span old and never over ten seconds, however many pages ask. */
export function createOverview(deps: OverviewDeps): (minutes: number) => Promise<OverviewAnswer> {
  const bySpan = new Map<number, () => Promise<OverviewAnswer>>();
  return (minutes) => {
    const known = bySpan.get(minutes);
    if (known !== undefined) return known();
    if (bySpan.size >= MOST_SPANS) bySpan.clear();
    const freshMs = Math.min(OLDEST_MS, (minutes * 60_000) / 3600);
    const read = remembered(deps.clock, freshMs, () => readOverview(deps, minutes));
    bySpan.set(minutes, read);
    return read();
  };
}

/** `GET /api/v1/overview`: the last `minutes`, whole buckets, empty ones included. */
async function readOverview(deps: OverviewDeps, minutes: number): Promise<OverviewAnswer> {
  const bucket = bucketFor(minutes * 60);
  const now = deps.clock.now();
  // The bucket that is still filling is shown too: the newest seconds are what an analyst looks at.
  const to = (Math.floor(now / 1000 / bucket) + 1) * bucket;
  const from = to - Math.ceil((minutes * 60) / bucket) * bucket;
  const policy = deps.policy();
  const lines = linesOf(policy);
  const [rows, over, freshness, calibration] = await Promise.all([
    deps.ask(outcomesOverTime, { from: from * 1000, to: to * 1000, bucket }),
    countOver(deps.ask, deps.curves, lines),
    deps.freshness(),
    deps.curves.progress(policy),
  ]);
  const byTime = new Map(rows.map((row) => [row.time, row]));
  const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + pick(row), 0);
  const series: OverviewAnswer['series'] = [];
  for (let time = from; time < to; time += bucket) {
    const row = byTime.get(time);
    series.push({
      time: new Date(time * 1000).toISOString(),
      allow: row === undefined ? 0 : row.requests - row.challenge - row.block,
      challenge: row?.challenge ?? 0,
      block: row?.block ?? 0,
      would_challenge: row?.would_challenge ?? 0,
      would_block: row?.would_block ?? 0,
    });
  }
  return {
    time: new Date(now).toISOString(),
    from: new Date(from * 1000).toISOString(),
    to: new Date(to * 1000).toISOString(),
    bucket_s: bucket,
    policy: lines,
    total: { requests: sum((r) => r.requests), challenge: sum((r) => r.challenge), block: sum((r) => r.block) },
    genuine: {
      requests: sum((r) => r.genuine),
      challenge: sum((r) => r.genuine_challenge),
      block: sum((r) => r.genuine_block),
    },
    decided: sum((r) => r.decided),
    would: { challenge: sum((r) => r.would_challenge), block: sum((r) => r.would_block) },
    series,
    over,
    freshness,
    calibration,
  };
}
