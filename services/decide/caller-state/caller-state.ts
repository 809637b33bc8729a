import { randomBytes } from 'node:crypto';
import { COHORT_STATES, type CohortState } from '../../../shared/attestation-health.ts';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Health, OK, type PartHealth } from '../../../shared/health.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import { createRelaxation, type Relaxation } from './relaxation.ts';
import { repeat } from './repeat.ts';
import { createReplayMemory, type ReplayMemory } from './replay.ts';
import { createReplayShare } from './replay-share.ts';
import type { RevocationStore } from './revocation-store.ts';

/** What is known of callers between requests: which single-use tokens were used, what was revoked, whose tokens fail. */
export interface CallerState {
  replay: ReplayMemory;
  relaxation: Relaxation;
  /** Reads all whole; the process is not ready before this resolves. */
  load(): Promise<void>;
  start(): void;
  /** Tells the others what is still untold. */
  stop(): Promise<void>;
}

export interface CallerStateDeps {
  /** A lane of its own: neither a snapshot nor a page may hold up a revocation. */
  clickhouse: ClickHouse;
  revocations: RevocationStore;
  /** No other process writes these tables, as on an embedded engine: there is nothing to look for. */
  alone: boolean;
  clock: Clock;
  health: Health;
  metrics: Metrics;
  log: Logger;
}

/** With the time of an insert and a query well below the two seconds that are promised for a revocation. */
const EVERY_MS = 400;
const OUTAGES_EVERY_MS = 3000;
const TROUBLE: ReadonlySet<CohortState> = new Set(['outage', 'attack', 'exhausted']);

export function createCallerState(deps: CallerStateDeps): CallerState {
  const { clickhouse, revocations, clock, log, metrics } = deps;
  const replay = createReplayMemory();
  const share = createReplayShare({ clickhouse, clock, memory: replay, writer: randomBytes(9).toString('base64url') });
  const revoked = metrics.gauge('bonafide_revocations', 'Revocations in force');
  const used = metrics.gauge('bonafide_token_uses', 'Single-use tokens that are remembered');
  const forgotten = metrics.gauge('bonafide_token_uses_forgotten', 'Uses forgotten for lack of room, since the start');
  const relaxation = createRelaxation({ clickhouse, clock });
  const relaxed = metrics.gauge('bonafide_attestation_relaxed', 'Requests relaxed in an outage, since the start');
  const troubled = metrics.gauge('bonafide_attestation_cohorts', 'Cohorts of issuer and platform by state');
  let wellAt = performance.now();

  const work = repeat(
    EVERY_MS,
    async () => {
      const now = clock.now();
      replay.sweep(now);
      revocations.memory.sweep(now);
      await share.tell();
      if (!deps.alone) {
        await revocations.poll();
        await share.learn();
      }
      wellAt = performance.now();
      revoked.set(revocations.memory.size());
      used.set(replay.size());
      forgotten.set(replay.forgotten());
    },
    (error) => log.error({ event: 'caller_state_stuck', err: error }, 'revocations and token uses cannot be shared'),
  );

  const outages = repeat(
    OUTAGES_EVERY_MS,
    async () => {
      await relaxation.poll();
      relaxed.set(relaxation.relaxed());
      for (const state of COHORT_STATES) {
        troubled.set(relaxation.cohorts().filter((cohort) => cohort.state === state).length, { state });
      }
    },
    (error) => log.error({ event: 'attestation_health_unread', err: error }, 'the verdicts on attestation are unknown'),
  );

  deps.health.register('attestation', 'decide', (): PartHealth => {
    const bad = relaxation.cohorts().filter(({ state }) => TROUBLE.has(state));
    if (bad.length === 0) return OK;
    const told = bad.map(({ scope, platform, issuer, detail }) =>
      [[scope, platform, issuer].filter((part) => part !== '').join(' '), detail].join(': '),
    );
    return { state: 'degraded', detail: told.join(' ').slice(0, 1000) };
  });

  deps.health.register('caller_state', 'decide', (): PartHealth => {
    const fault = work.fault();
    if (fault !== '') {
      const seconds = Math.round((performance.now() - wellAt) / 1000);
      const detail = `Revocations and single-use tokens of other processes are unknown for ${seconds} s: ${fault}`;
      return { state: 'degraded', detail };
    }
    if (replay.forgotten() === 0) return OK;
    return { state: 'degraded', detail: `${replay.forgotten()} uses of tokens were forgotten for lack of room.` };
  });

  return {
    replay,
    relaxation,
    async load() {
      await Promise.all([revocations.load(), share.load(), relaxation.poll()]);
    },
    start() {
      work.start();
      outages.start();
    },
    async stop() {
      await Promise.all([work.stop(), outages.stop()]);
      await share.tell().catch((error: unknown) => {
        log.warn({ event: 'token_uses_untold', err: error }, 'the last uses of tokens could not be shared');
      });
    },
  };
}
