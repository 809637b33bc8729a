import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { faultOf } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Health, OK, type PartHealth } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { calibrationStart } from './calibrate.ts';
import { learnReference } from './reference.ts';
import { createRiskQuery } from './risk-query.ts';
import { publishCalibration, runStep } from './step.ts';

export interface ScorerDeps {
  /** A lane of its own. */
  clickhouse: ClickHouse;
  clock: Clock;
  /** The challenge budget of the policy in force. */
  alpha(): number;
  health: Health;
  metrics: Metrics;
  log: Logger;
}

export interface Scorer {
  /** Runs a step each second until `stop`. */
  start(): void;
  /** Waits for a running step. */
  stop(): Promise<void>;
  /** Computes and publishes the step of this moment, if it is a new one; answers the step, epoch seconds. */
  step(nowMs: number): Promise<number>;
}

/** Inserts take this long at most between their time stamp and being seen; the overlap costs only repeated maxima. */
const OVERLAP_MS = 5000;
/** After a pause longer than this many seconds a step asks for everything that may be risky. */
const PAUSE_S = 120;

/** The live scorer: one step of event time a second, from roll-ups to published risk. */
export function createScorer(deps: ScorerDeps): Scorer {
  const { clickhouse, clock, log } = deps;
  const query = createRiskQuery();
  const duration = deps.metrics.histogram(
    'bonafide_score_step_duration_seconds',
    'Time of one scoring step',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  const published = deps.metrics.counter('bonafide_score_risk_rows_total', 'Risk rows published');
  let lastStep: number | undefined;
  let lastInserted = 0;
  let calibratedFrom = 0;
  // The reference is a scratch table: learnt again by every process that scores.
  let referenceOf = -1;
  let origin: number | undefined;
  let finishedAt = clock.now();
  let fault = '';
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  deps.health.register('score', 'score', (): PartHealth => {
    const age = Math.round((clock.now() - finishedAt) / 1000);
    if (age < 15 && fault === '') return OK;
    return {
      state: age < 30 ? 'degraded' : 'stopped',
      detail: `the last scoring step ended ${age} s ago${fault === '' ? '' : `: ${fault}`}`,
    };
  });

  /** Event time up to which everything has been read: the clock, or the newest event of the partition that lags most. */
  async function horizon(nowMs: number): Promise<number> {
    const [row] = await clickhouse.rows<{ lagging: number; newest: number }>(
      `SELECT countIf(behind > 0) AS lagging, minIf(newest, behind > 0) AS newest FROM (
         SELECT argMax(behind, written_at) AS behind, argMax(newest_ms, written_at) AS newest
         FROM {db}.ingest_cuts_v1 WHERE last >= first AND written_at > now64(6) - INTERVAL 1 MINUTE
         GROUP BY topic, partition)`,
    );
    const lagging = row !== undefined && row.lagging > 0 && row.newest > 0;
    return Math.floor((lagging ? Math.min(row.newest, nowMs) : nowMs) / 1000);
  }

  async function recover(): Promise<void> {
    for (const statement of query.prepare) await clickhouse.run(statement);
    const [row] = await clickhouse.rows<{ step: number; until: string }>(
      `SELECT toUInt32(max(step)) AS step, toString(toUnixTimestamp64Milli(max(scored_until))) AS until FROM {db}.snapshot_v1`,
    );
    lastStep = row !== undefined && row.step > 0 ? row.step : 0;
    lastInserted = row === undefined ? 0 : Number(row.until);
    const [curve] = await clickhouse.rows<{ start: number }>(
      'SELECT toUInt32(max(valid_from)) AS start FROM {db}.calibration_v1',
    );
    calibratedFrom = curve?.start ?? 0;
  }

  /** When the first event was, epoch seconds; asked until there is one, then kept. */
  async function originOf(to: number): Promise<number> {
    if (origin !== undefined) return origin;
    const [row] = await clickhouse.rows<{ first: number }>(
      'SELECT toUInt32(min(hour)) AS first FROM {db}.caller_hour_v1',
    );
    if (row === undefined || row.first === 0) return to;
    origin = row.first;
    return origin;
  }

  async function step(nowMs: number): Promise<number> {
    if (lastStep === undefined) await recover();
    const before = lastStep ?? 0;
    const to = await horizon(nowMs);
    if (to <= before) return before;
    const started = performance.now();
    // Read before the rows are: what is inserted meanwhile belongs to the next step as well.
    const [mark] = await clickhouse.rows<{ now: string }>('SELECT toString(toUnixTimestamp64Milli(now64(3))) AS now');
    const start = calibrationStart(to, await originOf(to));
    if (start !== referenceOf) {
      await learnReference(clickhouse, start, query.termCount);
      referenceOf = start;
    }
    if (start > calibratedFrom) {
      await publishCalibration(clickhouse, start, { alpha: deps.alpha() });
      calibratedFrom = start;
    }
    const rows = await runStep(clickhouse, query, {
      from: before === 0 ? to : before + 1,
      to,
      insertedAfter: lastInserted - OVERLAP_MS,
      whole: to - before > PAUSE_S,
    });
    lastInserted = Number(mark?.now ?? 0);
    const elapsed = performance.now() - started;
    await clickhouse.insert(
      'snapshot_v1',
      ['step', 'published_at', 'scored_until', 'entities', 'elapsed_ms'],
      [[to, clock.now(), lastInserted, rows, Math.round(elapsed)]],
    );
    lastStep = to;
    duration.observe(elapsed / 1000);
    published.add(rows);
    finishedAt = clock.now();
    fault = '';
    return to;
  }

  async function tick(): Promise<void> {
    try {
      await step(clock.now());
    } catch (error) {
      fault = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      log.error(
        { event: 'score_step_failed', fault: faultOf(error), err: error },
        'a scoring step failed; it is tried again',
      );
    }
  }

  return {
    start() {
      const loop = () => {
        if (stopped) return;
        running = tick();
        void running.then(() => {
          // The next full second: steps are seconds of event time.
          timer = setTimeout(loop, 1000 - (clock.now() % 1000));
        });
      };
      loop();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
    step,
  };
}
