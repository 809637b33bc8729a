import type { ApiKeyView, AttestationAnswer, CohortView, MeasuredView } from '../../schemas/api-attestation.ts';
import { VERDICT_GOOD_MS } from '../../shared/attestation-health.ts';
import type { Clock } from '../../shared/clock.ts';
import { wilson } from '../../shared/wilson.ts';
import { remembered } from './curves.ts';
import { bucketFor } from './overview.ts';
import { apiKeys, MEASURED_DAYS, newestCohorts, statusesOfGenuine } from './queries/attestation.ts';
import type { Ask } from './query.ts';

const STATUSES = ['genuine', 'failed', 'expired', 'missing'] as const;
const POINTS = 30;
const COHORTS_FRESH_MS = 2000;
const MEASURED_FRESH_MS = 60_000;

/** `GET /api/v1/attestation`: does attestation work, what do genuine callers show, which API keys have leaked. */
export function createAttestation({ ask, clock }: { ask: Ask; clock: Clock }) {
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
    return rows.map(({ scope, platform, issuer, caller_hours, ...by }) => ({
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

  return async (minutes: number): Promise<AttestationAnswer> => {
    const now = clock.now();
    const bucket = bucketFor(minutes * 60, POINTS);
    const to = (Math.floor(now / 1000 / bucket) + 1) * bucket * 1000;
    const from = to - Math.ceil((minutes * 60) / bucket) * bucket * 1000;
    const points = (to - from) / 1000 / bucket;
    const [ofCohorts, ofGenuine, rows] = await Promise.all([cohorts(), measured(), ask(apiKeys, { from, to, bucket })]);
    return {
      time: iso(now),
      from: iso(from),
      to: iso(to),
      bucket_s: bucket,
      cohorts: ofCohorts,
      measured_days: MEASURED_DAYS,
      measured: ofGenuine,
      keys: rows.map((row): ApiKeyView => {
        const { by_bucket, last_seen, last_not_genuine, ...counts } = row;
        const series: (number | null)[] = new Array(points).fill(null);
        for (const [nth, looked, bad] of by_bucket) if (looked > 0) series[nth] = bad / looked;
        const looked = row.genuine + row.not_genuine;
        return {
          ...counts,
          not_genuine_share: looked === 0 ? null : row.not_genuine / looked,
          last_seen: iso(last_seen),
          last_not_genuine: last_not_genuine === 0 ? null : iso(last_not_genuine),
          series,
        };
      }),
    };
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
