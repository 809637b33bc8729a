import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realised, replay } from '../../services/bonafide/backtest-replay.ts';
import type { SnapshotView } from '../../services/decide/question.ts';
import { createSnapshot } from '../../services/decide/snapshot.ts';
import { publishEvidence } from '../../services/score/attestation-evidence.ts';
import { periodsOf } from '../../services/score/calibrate.ts';
import { createScorer } from '../../services/score/main.ts';
import { createReplayTables, scoreAll } from '../../services/score/score-all.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { EVIDENCE_DB } from '../../shared/evidence.ts';
import type { FalsePositives } from '../../shared/false-positives.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { policyOf } from '../support/decision-app.ts';
import { canonicalPipeline, type EventInput, insertEvents } from '../support/engine.ts';
import { temporaryFolder } from '../support/process.ts';
import { stepHourly } from '../support/scorer.ts';
import { random } from '../support/traffic.ts';

// Nine hours of an app on two platforms. Live, hour after hour, in one database; as a backtest in another.
const HOUR = 3_600_000;
const START = Date.UTC(2026, 4, 4, 0);
const HOURS = 9;
const POLICY = {
  attestation_evidence: { missing: 0.6 },
  clients: [
    { match: { user_agent: 'Android/*' }, platform: 'android', issuer: 'app' },
    { match: { user_agent: 'Ios/*' }, platform: 'ios', issuer: 'app' },
  ],
};

/** Phones of iOS miss a token in a sixth of their hours, those of Android never; one farm's phones every second hour. */
function traffic(): EventInput[] {
  const next = random(3);
  const events: EventInput[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    for (let phone = 0; phone < 160; phone++) {
      const ios = phone >= 50;
      const farm = phone >= 120;
      const missing = ios && (farm ? hour % 2 === 1 : next() < 1 / 6);
      events.push({
        time: START + hour * HOUR + phone * 20_000 + 500,
        'client.address': farm ? `203.0.113.${phone}` : `10.${phone}.0.1`,
        'user.id': `user-${phone}`,
        'user_agent.original': ios ? 'Ios/1.0' : 'Android/1.0',
        'url.path': `/v1/items/${Math.floor(next() * 9)}`,
        'attestation.status': missing ? 'missing' : 'genuine',
        ...(missing ? {} : { 'attestation.issuer': 'app' }),
      });
    }
    for (let i = 0; i < 10; i++)
      events.push({
        time: START + hour * HOUR + 3_400_000 + i * 2000,
        'client.address': `192.0.2.${i}`,
        'user_agent.original': i % 2 === 0 ? 'Ios/1.0' : 'Android/1.0',
        'attestation.status': i < 5 ? 'failed' : 'missing',
      });
  }
  return events;
}

interface Weight {
  at: number;
  scope: string;
  platform: string;
  issuer: string;
  status: string;
  caller_hours: number;
  shown: number;
  decibels: number;
}
const weightsIn = (clickhouse: ClickHouse) =>
  clickhouse.rows<Weight>(
    `SELECT toUInt32(valid_from) AS at, scope, platform, issuer, status, caller_hours, shown, genuine, bad, decibels
     FROM {db}.attestation_evidence_v1 FINAL ORDER BY ALL`,
  );
const callerHoursIn = (clickhouse: ClickHouse) =>
  clickhouse.rows(
    `SELECT toUInt32(hour) AS at, caller, round(max(score), 9) AS score, round(max(bare), 9) AS bare FROM {db}.caller_hour_v1
     WHERE hour < fromUnixTimestamp(${START / 1000 + (HOURS - 1) * 3600}) GROUP BY ALL ORDER BY ALL`,
  );

describe('attestation as evidence', () => {
  const folder = temporaryFolder('evidence');
  const lane = (database: string) => openLane({ kind: 'embedded', path: folder.path }, database);
  const live = lane('live');
  const back = lane('back');
  const policy = policyOf(POLICY);
  let view: SnapshotView;
  let paid: FalsePositives[];
  const answers = new Map<string, { risk: number; evidence: number }>();

  beforeAll(async () => {
    const events = traffic().sort((a, b) => a.time - b.time);
    for (const each of [live, back]) await migrate(each, { ttl: false, retentionDays: 30 });
    const clock = manualClock(START);
    const parts = { clock, health: createHealth(['score', 'decide']), metrics: createMetrics() };
    const log = createLogger('silent');
    const badStatuses = () => policy.policy.attestation_evidence;
    const scorer = createScorer({ clickhouse: live, alpha: () => 0.001, badStatuses, ...parts, log });
    const pipeline = canonicalPipeline(clock, POLICY);
    await stepHourly({ clickhouse: live, scorer, clock, pipeline, events, start: START, hours: HOURS });
    const snapshot = createSnapshot({ clickhouse: live, ...parts, log });
    await snapshot.load();
    view = snapshot.current();

    await insertEvents(back, canonicalPipeline(clock, POLICY), events, 0);
    await createReplayTables(back);
    await scoreAll(back, events.length, () => {}, policy.policy.attestation_evidence);
    for await (const page of replay(back, policy))
      for (const { row, timeMs, decision } of page)
        answers.set(`${row.ip} ${timeMs}`, {
          risk: decision.context.risk,
          evidence: decision.context.reasons.find(({ code }) => code.startsWith('attestation.'))?.risk ?? 0,
        });
    paid = await realised(back, policy);
  }, 600_000);
  afterAll(async () => {
    await live.close();
    await back.close();
    folder.remove();
  });

  it('is measured alike live and in a backtest, for every period of learning', async () => {
    const weights = await weightsIn(live);
    const starts = periodsOf(START / 1000, START / 1000 + HOURS * 3600 - 1, START / 1000).map(([start]) => start);
    expect([...new Set(weights.map(({ at }) => at))].sort((a, b) => a - b)).toEqual(starts);
    expect(weights).toEqual(await weightsIn(back));
  });

  it('stands in the scores of caller-hours alike live and in a backtest', async () => {
    const ofLive = await callerHoursIn(live);
    expect(ofLive.length).toBeGreaterThan(1000);
    expect(ofLive).toEqual(await callerHoursIn(back));
  });

  it('is what is shipped while nothing was measured, but for what the policy says of bad callers', () => {
    const first = answers.get(`192.0.2.0 ${START + 3_400_000}`);
    expect(first?.evidence).toBeCloseTo(EVIDENCE_DB.failed, 9);
    expect(answers.get(`192.0.2.6 ${START + 3_400_000 + 12_000}`)?.evidence).toBeCloseTo(
      EVIDENCE_DB.missing + 10 * Math.log10(0.6 / 0.5),
      9,
    );
  });

  it('weighs a missing token by how often genuine callers of that platform miss it, and less where nobody does', () => {
    const hour = START + (HOURS - 1) * HOUR + 3_400_000;
    const ios = answers.get(`192.0.2.6 ${hour + 12_000}`)?.evidence ?? 0;
    const android = answers.get(`192.0.2.7 ${hour + 14_000}`)?.evidence ?? 0;
    expect(ios).toBeLessThan(10);
    expect(android).toBeGreaterThan(ios + 2);
    // The decision of a live process, whose snapshot was loaded in that hour, says the same.
    expect(view.evidence?.('missing', 'default', 'ios', null)).toBeCloseTo(ios, 9);
    expect(view.evidence?.('missing', 'default', 'android', 'app')).toBeCloseTo(android, 9);
    expect(view.evidence?.('genuine', 'default', 'android', 'app')).toBe(0);
    expect(view.evidence?.('missing', 'elsewhere', 'ios', null)).toBeCloseTo(
      EVIDENCE_DB.missing + 10 * Math.log10(0.6 / 0.5),
      9,
    );
  });

  it('does not let the phones behind one network make their failures usual', async () => {
    const ios = (await weightsIn(live)).findLast(
      ({ platform, issuer, status }) => platform === 'ios' && issuer === 'app' && status === 'missing',
    );
    // Of the farm's forty phones, missing in every second hour, 2 % of the hours count at most.
    const ofOthers = 70 * HOURS;
    expect(ios?.caller_hours).toBeLessThan(ofOthers);
    // All of them would make it more than a quarter.
    expect((ios?.shown ?? 0) / (ios?.caller_hours ?? 1)).toBeLessThan(0.23);
  });

  it('keeps the weights of a period when the scorer starts again', async () => {
    const at = START / 1000 + (HOURS - 1) * 3600;
    const before = await weightsIn(live);
    await publishEvidence(live, at, { failed: 1, expired: 1, missing: 1 });
    expect(await weightsIn(live)).toEqual(before);
  });

  it('shows what genuine callers pay with it and without it, over those kept for measuring', () => {
    const [row] = paid;
    expect(paid).toHaveLength(1);
    expect(row?.caller_hours).toBeGreaterThan(80);
    // Quiet callers: with so few units hardly any hour may reach the line, with attestation or without.
    expect((row?.challenged ?? 1) / (row?.caller_hours ?? 1)).toBeLessThan(0.02);
    expect((row?.challenged_without ?? 1) / (row?.caller_hours ?? 1)).toBeLessThan(0.02);
  });

  it('counts a genuine caller-hour over a line by the curve of its own time, with attestation and without', async () => {
    const rows = await back.rows<{ name: string; at: number }>(
      `SELECT toString(caller) AS name, toUInt32(hour) AS at FROM {db}.caller_hour_v1
       WHERE cityHash64(caller, 'split') % 6 = 5 AND platform != '' AND hour = fromUnixTimestamp(${START / 1000 + 5 * 3600})
         AND caller IN (SELECT caller FROM {db}.caller_attestation_1h_v1 WHERE genuine > 0) ORDER BY caller LIMIT 3`,
    );
    expect(rows).toHaveLength(3);
    const [row] = await realised(back, policy);
    // 200 is over any curve's block line; the third is loud by its attestation alone.
    for (const [i, { name, at }] of rows.entries())
      await back.run(`INSERT INTO {db}.caller_hour_v1 (scope, hour, caller, platform, net, score, bare)
        SELECT 'default', fromUnixTimestamp(${at}), toUInt64('${name}'), '', '', 200, ${i === 2 ? 0 : 200}`);
    const [loud] = await realised(back, policy);
    expect(loud).toEqual({
      ...row,
      challenged: (row?.challenged ?? 0) + 3,
      blocked: (row?.blocked ?? 0) + 3,
      challenged_without: (row?.challenged_without ?? 0) + 2,
      blocked_without: (row?.blocked_without ?? 0) + 2,
    });
  });
});
