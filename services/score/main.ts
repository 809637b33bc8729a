import { LONGEST_WINDOW_S } from '../../schemas/event.ts';
import { type StatusShares, statusShares } from '../../schemas/policy.ts';
import { type ClickHouse, faultOf } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { evidenceStart, measureEvidence, publishEvidence } from './attestation-evidence.ts';
import { calibrationStart } from './calibrate.ts';
import { registerHealth } from './health.ts';
import { createHistoryLearner } from './history-learner.ts';
import { createInForce } from './in-force.ts';
import { isLearningAnew, renewMethod } from './method.ts';
import { engineNow, firstHour, horizon, type Recovered, recover, untilNextStep } from './progress.ts';
import { createRiskQuery } from './risk-query.ts';
import { publishCalibration, runStep, type StepRange, settle } from './step.ts';

export interface ScorerDeps {
  /** A lane of its own. */
  clickhouse: ClickHouse;
  /** Another one, to learn from imported history beside live steps; absent: they wait for it. */
  historyLane?: ClickHouse;
  clock: Clock;
  /** The challenge budget of the policy in force. */
  alpha(): number;
  /** P(status | bad) of the policy in force; absent: the default. */
  badStatuses?: () => StatusShares;
  /** Called after each published step, so that decisions of the same process need not wait for their next look. */
  onPublished?: () => void;
  health: Health;
  metrics: Metrics;
  log: Logger;
}

export interface Scorer {
  /** Runs a step each second until `stop`, or one after the other where they take longer. */
  start(): void;
  /** Waits for a running step. */
  stop(): Promise<void>;
  /** Computes and publishes the step of this moment, if it is a new one; answers the step, epoch seconds. */
  step(nowMs: number): Promise<number>;
  /** Learns from history that came in, for the next step to hold; `start` does once an import is over. Answers how many hours. */
  learnHistory(): Promise<number>;
}

/** Inserts take this long at most between their time stamp and being seen; the overlap costs only repeated maxima. */
const OVERLAP_MS = 5000;
/** After a pause longer than this many seconds a step asks for everything that may be risky. */
const PAUSE_S = 120;

/** The live scorer: one step of event time a second, from roll-ups to published risk. */
export function createScorer(deps: ScorerDeps): Scorer {
  const { clickhouse, clock, log } = deps;
  const badStatuses = () => deps.badStatuses?.() ?? statusShares.parse({});
  const history = createHistoryLearner({ lane: deps.historyLane ?? clickhouse, clock, badStatuses, log });
  const query = createRiskQuery();
  const inForce = createInForce(clickhouse, query);
  const duration = deps.metrics.histogram(
    'bonafide_score_step_duration_seconds',
    'Time of one scoring step',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  );
  const published = deps.metrics.counter('bonafide_score_risk_rows_total', 'Risk rows published');
  let state: Recovered | undefined;
  // The reference is a scratch table: learnt again by every process that scores.
  let learntFor: number | undefined;
  // Up to here (epoch ms of insertion) the periods before are settled.
  let settledAt = 0;
  let origin: number | undefined;
  let weighedFrom = 0;
  // How many times history had been learnt from when the last step began.
  let richer = 0;
  // An earlier version scored by another method, and what it learnt was not made anew yet when this scorer began.
  let learnsAnew = false;
  let finishedAt = clock.now();
  let fault = '';
  // A step began and has not ended.
  let unfinished = false;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  registerHealth(deps.health, clock, () => ({ finishedAt, fault, learnsAnew: learnsAnew && history.times() === 0 }));

  async function open(to: number): Promise<Recovered> {
    for (const statement of query.prepare) await clickhouse.run(statement);
    const recovered = await recover(clickhouse);
    await renewMethod(clickhouse, query, Math.max(to - (to % 3600), recovered.calibratedFrom), log);
    learnsAnew = await isLearningAnew(clickhouse);
    weighedFrom = recovered.weighedFrom;
    return recovered;
  }

  // History makes an install older than it was, but what holds from a moment on is not followed by what held before.
  const weighedIn = (period: number) => Math.max(evidenceStart(period, origin ?? period), weighedFrom);

  /** What is learnt from the seconds before a period holds for the whole of it. @param anew the same period, of which more is known. */
  async function learn(state: Recovered, period: number, step: StepRange, anew: boolean): Promise<void> {
    if (learntFor !== undefined && learntFor !== period) {
      await inForce.restore(learntFor);
      await settle(clickhouse, query, { ...step, period: learntFor, weighed: weighedFrom }, period);
    }
    await (anew ? measureEvidence : publishEvidence)(clickhouse, step.weighed, badStatuses());
    await inForce.learn(period);
    if (anew || period > state.calibratedFrom) {
      await publishCalibration(clickhouse, period, { alpha: deps.alpha() });
      state.calibratedFrom = period;
    }
    weighedFrom = step.weighed;
  }

  async function step(nowMs: number): Promise<number> {
    const to = await horizon(clickhouse, nowMs);
    state ??= await open(to);
    const before = state.step;
    if (to <= before) return before;
    const started = performance.now();
    // Read before the rows are: what is inserted meanwhile belongs to the next step as well.
    const mark = await engineNow(clickhouse);
    const times = history.times();
    const anew = times !== richer;
    if (anew) origin = undefined;
    origin ??= await firstHour(clickhouse);
    const period = Math.max(calibrationStart(to, origin ?? to), learntFor ?? state.calibratedFrom);
    const learns = anew || period !== learntFor;
    const range: StepRange = {
      from: before === 0 ? to : before + 1,
      to,
      // After days without a scorer only what the windows still reach is new, not the whole of the raw table.
      insertedAfter: Math.max(state.insertedUntil - OVERLAP_MS, mark - LONGEST_WINDOW_S * 1000),
      period,
      weighed: weighedIn(period),
      settledAt,
      // Another reference judges everybody anew.
      whole: to - before > PAUSE_S || learns,
      again: unfinished,
    };
    unfinished = true;
    if (learns) {
      await learn(state, period, range, anew);
      settledAt = mark;
      learntFor = period;
      richer = times;
    }
    const rows = await runStep(clickhouse, query, { ...range, settledAt });
    state.insertedUntil = mark;
    const elapsed = performance.now() - started;
    await clickhouse.insert(
      'snapshot_v1',
      ['step', 'published_at', 'scored_until', 'entities', 'elapsed_ms'],
      [[to, clock.now(), mark, rows, Math.round(elapsed)]],
    );
    state.step = to;
    unfinished = false;
    duration.observe(elapsed / 1000);
    published.add(rows);
    finishedAt = clock.now();
    fault = '';
    deps.onPublished?.();
    return to;
  }

  async function tick(): Promise<void> {
    try {
      await step(clock.now());
      await history.look((state?.insertedUntil ?? 0) - OVERLAP_MS);
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
        const begun = clock.now();
        running = tick();
        void running.then(() => {
          // A fault is not tried again in a hurry.
          timer = setTimeout(loop, untilNextStep(fault === '' ? begun : clock.now(), clock.now()));
        });
      };
      loop();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      await history.stop();
      clearTimeout(timer);
    },
    step,
    learnHistory: () => history.learn(),
  };
}
