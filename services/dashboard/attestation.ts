import type { z } from 'zod';
import type {
  ApiKeyView,
  AttestationAnswer,
  CohortView,
  FalsePositiveView,
  MeasuredView,
  WeightView,
} from '../../schemas/api-attestation.ts';
import type { Policy } from '../../schemas/policy.ts';
import { VERDICT_GOOD_MS } from '../../shared/attestation-health.ts';
import type { Clock } from '../../shared/clock.ts';
import { AGAINST } from '../../shared/evidence.ts';
import type { FalsePositives } from '../../shared/false-positives.ts';
import { MEASURED_DAYS } from '../../shared/genuine-statuses.ts';
import { wilson } from '../../shared/wilson.ts';
import { remembered } from './curves.ts';
import { linesOf } from './lines.ts';
import { bucketFor } from './overview.ts';
import { apiKeys, evidenceInForce, falsePositives, newestCohorts, statusesOfGenuine } from './queries/attestation.ts';
import type { Ask } from './query.ts';

const STATUSES = ['genuine', 'failed', 'expired', 'missing'] as const;
const POINTS = 30;
const COHORTS_FRESH_MS = 2000;
const MEASURED_FRESH_MS = 60_000;
const MEASURED_AT_MOST = 200;

/** `GET /api/v1/attestation`: does attestation work, what do genuine callers show, which API keys have leaked. */
export function createAttestation({ ask, clock, policy }: { ask: Ask; clock: Clock; policy: () => Policy }) {
  const cohorts = remembered(clock, COHORTS_FRESH_MS, async (): Promise<CohortView[]> => {
    const rows = await ask(newestCohorts, { from: Math.floor((clock.now() - VERDICT_GOOD_MS) / 1000) });
    const order = ['outage', 'attack', 'exhausted', 'learning', 'normal'];
    return rows
      .map((row) => ({
        ...row,
        since: iso(row.since * 1000),
        relaxed_until: row.relaxed_until * 1000 > clock.now() ? iso(row.relaxed_until * 1000) : null,
      }))
      .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.callers - a.callers);
  });
  const measured = remembered(clock, MEASURED_FRESH_MS, async (): Promise<MeasuredView[]> => {
    const rows = await ask(statusesOfGenuine, { from: Math.floor(clock.now() / 1000) - MEASURED_DAYS * 86_400 });
    return rows.slice(0, MEASURED_AT_MOST).map(({ scope, platform, issuer, caller_hours, ...by }) => ({
      scope,
      platform,
      issuer,
      caller_hours,
      statuses: STATUSES.map((status) => {
        const share = caller_hours === 0 ? 0 : by[status] / caller_hours;
        return { status, caller_hours: by[status], share, ...wilson(by[status], caller_hours) };
      }),
    }));
  });
  const weights = remembered(clock, MEASURED_FRESH_MS, () =>
    ask(evidenceInForce, { at: Math.floor(clock.now() / 1000) }),
  );
  const paid = remembered(clock, MEASURED_FRESH_MS, async (): Promise<FalsePositiveView[]> => {
    const until = Math.floor(clock.now() / 3_600_000) * 3600;
    const lines = linesOf(policy());
    const range = { from: until - MEASURED_DAYS * 86_400, until };
    const rows = await ask(falsePositives, { ...range, challenge: lines.challenge_db, block: lines.block_db });
    return rows.flatMap((row) => falsePositivesOf(row, policy().budgets));
  });

  return async (minutes: number): Promise<AttestationAnswer> => {
    const now = clock.now();
    const bucket = bucketFor(minutes * 60, POINTS);
    const to = (Math.floor(now / 1000 / bucket) + 1) * bucket * 1000;
    const from = to - Math.ceil((minutes * 60) / bucket) * bucket * 1000;
    const points = (to - from) / 1000 / bucket;
    const [ofCohorts, ofGenuine, inForce, ofPaid, rows] = await Promise.all([
      cohorts(),
      measured(),
      weights(),
      paid(),
      ask(apiKeys, { from, to, bucket }),
    ]);
    return {
      time: iso(now),
      from: iso(from),
      to: iso(to),
      bucket_s: bucket,
      cohorts: ofCohorts,
      measured_days: MEASURED_DAYS,
      measured: ofGenuine,
      weights_from: inForce[0] === undefined ? null : iso(inForce[0].valid_from * 1000),
      weights: weightViews(inForce),
      false_positives: ofPaid,
      keys: rows.map((row): ApiKeyView => {
        const { by_bucket, last_seen, last_not_genuine, ...counts } = row;
        const series: (number | null)[] = new Array(points).fill(null);
        // Where genuine apps use the key, who shows no token is none of them; else nobody looked, and nothing is said.
        const told = row.genuine > 0;
        const shareOf = (genuine: number, bad: number, open: number) => {
          const other = bad + (told ? open : 0);
          return genuine + other === 0 ? null : other / (genuine + other);
        };
        for (const [nth, good, bad, open] of by_bucket) series[nth] = shareOf(good, bad, open);
        return {
          ...counts,
          not_genuine_share: shareOf(row.genuine, row.not_genuine, row.not_observed),
          last_seen: iso(last_seen),
          last_not_genuine: last_not_genuine === 0 ? null : iso(last_not_genuine),
          series,
        };
      }),
    };
  };
}

/** One row for each scope, platform and issuer; statuses in the order of {@link AGAINST}. */
function weightViews(rows: readonly z.output<(typeof evidenceInForce)['row']>[]): WeightView[] {
  const views = new Map<string, WeightView>();
  for (const { scope, platform, issuer, caller_hours, status, genuine, bad, decibels } of rows) {
    const key = `${scope}\0${platform}\0${issuer}`;
    const view = views.get(key) ?? { scope, platform, issuer, caller_hours, statuses: [] };
    view.statuses.push({ status, genuine, bad, decibels });
    views.set(key, view);
  }
  for (const { statuses } of views.values())
    statuses.sort((a, b) => AGAINST.indexOf(a.status) - AGAINST.indexOf(b.status));
  return [...views.values()];
}

function falsePositivesOf(row: FalsePositives, budgets: Policy['budgets']): FalsePositiveView[] {
  const { scope, caller_hours } = row;
  const realised = (k: number) => ({
    caller_hours: k,
    share: caller_hours === 0 ? 0 : k / caller_hours,
    ...wilson(k, caller_hours),
  });
  const view = (outcome: 'challenge' | 'block', joined: number, alone: number): FalsePositiveView => ({
    scope,
    outcome,
    budget: budgets[outcome],
    caller_hours,
    with_attestation: realised(joined),
    without_attestation: realised(alone),
  });
  return [view('challenge', row.challenged, row.challenged_without), view('block', row.blocked, row.blocked_without)];
}

const iso = (ms: number) => new Date(ms).toISOString();
