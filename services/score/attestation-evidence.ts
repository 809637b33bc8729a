import type { StatusShares } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import {
  AGAINST,
  type AgainstStatus,
  type EvidenceWeight,
  evidenceDecibels,
  PRIOR_GENUINE,
} from '../../shared/evidence.ts';
import { genuineStatusesSql, MEASURED_DAYS } from '../../shared/genuine-statuses.ts';
import { byStart } from './batches.ts';

/** What genuine callers showed, in caller-hours; `issuer` `''` where no token named one. */
export interface GenuineStatuses extends Readonly<Record<AgainstStatus, number>> {
  scope: string;
  platform: string;
  issuer: string;
  caller_hours: number;
}

/** A weight and what it rests on. */
export interface MeasuredWeight extends EvidenceWeight {
  callerHours: number;
  shown: number;
  /** P(status | genuine caller) and P(status | bad). */
  genuine: number;
  bad: number;
}

/** What is known of more callers stands in a share as this many caller-hours, until their own displace it. */
const PRIOR_UNITS = 500;

/**
 * The weight of each status for every scope, platform and issuer that was measured. A share is drawn towards that of the
 * platform's other issuers, theirs towards that of the scope's other platforms, and that towards the shipped one (each the
 * posterior mean of a beta prior): few hours say little, none say what is shipped, and no hour is counted twice. Whose phone
 * never verifies is no genuine caller that could be measured, however honest: of a failed token the share stays at least at what is shipped.
 * @param bad P(status | bad), by the policy.
 */
export function weigh(measured: readonly GenuineStatuses[], bad: StatusShares): MeasuredWeight[] {
  const weights: MeasuredWeight[] = [];
  const add = (
    scope: string,
    platform: string,
    issuer: string,
    rows: readonly GenuineStatuses[],
    prior: StatusShares,
  ) => {
    const shares = sharesOf(rows, prior);
    const callerHours = total(rows, 'caller_hours');
    for (const status of AGAINST) {
      const genuine = status === 'failed' ? Math.max(shares.failed, PRIOR_GENUINE.failed) : shares[status];
      const decibels = evidenceDecibels(bad[status], genuine);
      const shown = total(rows, status);
      weights.push({ scope, platform, issuer, status, callerHours, shown, genuine, bad: bad[status], decibels });
    }
  };
  add('', '', '', [], PRIOR_GENUINE);
  for (const [scope, ofScope] of grouped(measured, (row) => row.scope)) {
    add(scope, '', '', ofScope, PRIOR_GENUINE);
    for (const [platform, ofPlatform] of grouped(ofScope, (row) => row.platform)) {
      const elsewhere = ofScope.filter((row) => row.platform !== platform);
      const ofOthers = sharesOf(elsewhere, PRIOR_GENUINE);
      // Clients without a platform have no row of their own between scope and issuer.
      if (platform !== '') add(scope, platform, '', ofPlatform, ofOthers);
      for (const row of ofPlatform) {
        if (row.issuer === '') continue;
        const byOthers = ofPlatform.filter((other) => other !== row);
        add(scope, platform, row.issuer, [row], sharesOf(byOthers, ofOthers));
      }
    }
  }
  return weights;
}

/** Shares of caller-hours in which a status was seen, above 0 where the prior is. */
function sharesOf(rows: readonly GenuineStatuses[], prior: StatusShares): StatusShares {
  const units = total(rows, 'caller_hours') + PRIOR_UNITS;
  const share = (status: AgainstStatus) => (total(rows, status) + PRIOR_UNITS * prior[status]) / units;
  return { failed: share('failed'), expired: share('expired'), missing: share('missing') };
}

function total(rows: readonly GenuineStatuses[], key: AgainstStatus | 'caller_hours'): number {
  return rows.reduce((sum, row) => sum + row[key], 0);
}

function grouped(rows: readonly GenuineStatuses[], key: (row: GenuineStatuses) => string) {
  const groups = new Map<string, GenuineStatuses[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

const DAY_S = 86_400;

/**
 * From when on the weights hold that are in force in a period of learning: they are measured with each period of a first
 * day and once a UTC day later, since what genuine callers show changes slowly; an outage is told apart elsewhere.
 * @param period start of the period. @param origin when the first event was; epoch seconds both.
 */
export function evidenceStart(period: number, origin: number): number {
  const first = origin - (origin % 3600);
  return period - first < DAY_S ? period : Math.max(first + DAY_S, period - (period % DAY_S));
}

const COLUMNS = [
  'valid_from',
  'scope',
  'platform',
  'issuer',
  'status',
  'caller_hours',
  'shown',
  'genuine',
  'bad',
  'decibels',
];

/**
 * Measures the weights that hold from `start` (epoch seconds, a full hour) on caller-hours before it, and stores them; what
 * is stored for this start already stays, so that a scorer that starts again goes on as it was.
 */
export async function publishEvidence(
  clickhouse: ClickHouse,
  start: number,
  bad: StatusShares,
): Promise<EvidenceWeight[]> {
  const stored = await clickhouse.rows<EvidenceWeight>(
    `SELECT toString(scope) AS scope, toString(platform) AS platform, toString(issuer) AS issuer, toString(status) AS status, decibels
     FROM {db}.attestation_evidence_v1 FINAL WHERE valid_from = fromUnixTimestamp(${start})`,
  );
  return stored.length > 0 ? stored : measureEvidence(clickhouse, start, bad);
}

/** The same where nothing is stored for this start yet. */
export async function measureEvidence(
  clickhouse: ClickHouse,
  start: number,
  bad: StatusShares,
): Promise<EvidenceWeight[]> {
  return (await measureEvidences(clickhouse, [start], bad)).get(start) ?? [];
}

/** The same for many starts in one statement. */
export async function measureEvidences(
  clickhouse: ClickHouse,
  starts: readonly number[],
  bad: StatusShares,
): Promise<Map<number, MeasuredWeight[]>> {
  const measuredS = MEASURED_DAYS * 86_400;
  const range = `hour >= fromUnixTimestamp(${Math.max(0, Math.min(...starts) - measuredS)}) AND hour < fromUnixTimestamp(${Math.max(...starts)})
                    AND toUInt32(hour) + ${measuredS} >= start AND toUInt32(hour) < start`;
  const measured = byStart(
    await clickhouse.rows<GenuineStatuses & { start: number }>(genuineStatusesSql(range, starts)),
  );
  const weights = new Map(starts.map((start) => [start, weigh(measured.get(start) ?? [], bad)]));
  await clickhouse.insert(
    'attestation_evidence_v1',
    COLUMNS,
    [...weights].flatMap(([start, ofStart]) =>
      ofStart.map((w) => [
        start,
        w.scope,
        w.platform,
        w.issuer,
        w.status,
        w.callerHours,
        w.shown,
        w.genuine,
        w.bad,
        w.decibels,
      ]),
    ),
  );
  return weights;
}

/** All weights that are stored, by the start from which they hold. */
export async function storedEvidence(clickhouse: ClickHouse): Promise<Map<number, EvidenceWeight[]>> {
  return byStart(
    await clickhouse.rows<EvidenceWeight & { start: number }>(
      `SELECT toUInt32(valid_from) AS start, toString(scope) AS scope, toString(platform) AS platform, toString(issuer) AS issuer,
         toString(status) AS status, decibels
       FROM {db}.attestation_evidence_v1 FINAL`,
    ),
  );
}
