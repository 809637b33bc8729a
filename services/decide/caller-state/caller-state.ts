import { randomBytes } from 'node:crypto';
import { COHORT_STATES, type CohortState } from '../../../shared/attestation-health.ts';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Health, OK, type PartHealth } from '../../../shared/health.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import { sharedGraces } from './grace-share.ts';
import { createGraceMemory, type GraceMemory } from './graces.ts';
import { createRelaxation, type Relaxation } from './relaxation.ts';
import { repeat } from './repeat.ts';
import { createReplayMemory, type ReplayMemory } from './replay.ts';
import { sharedReplays } from './replay-share.ts';
import type { RevocationStore } from './revocation-store.ts';
import { createTableShare } from './table-share.ts';

/** What is known of callers between requests: which single-use tokens were used, who met a challenge, what was revoked, whose tokens fail. */
export interface CallerState {
  replay: ReplayMemory;
  graces: GraceMemory;
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

/** With the time of an insert and a query, and the second that an answer may be reused, below the two that are promised. */
const HEAR_EVERY_MS = 250;
const EVERY_MS = 400;
const OUTAGES_EVERY_MS = 3000;
const TROUBLE: ReadonlySet<CohortState> = new Set(['outage', 'attack', 'exhausted']);

export function createCallerState(deps: CallerStateDeps): CallerState {
  const { clickhouse, revocations, clock, log, metrics } = deps;
  const replay = createReplayMemory();
  const writer = randomBytes(9).toString('base64url');
  const share = createTableShare(clickhouse, writer, sharedReplays(replay, clock));
  const graces = createGraceMemory();
  const graceShare = createTableShare(clickhouse, writer, sharedGraces(graces, clock));
  const revoked = metrics.gauge('bonafide_revocations', 'Revocations in force');
  const used = metrics.gauge('bonafide_token_uses', 'Single-use tokens that are remembered');
  const forgotten = metrics.gauge('bonafide_token_uses_forgotten', 'Uses forgotten for lack of room, since the start');
  const graced = metrics.gauge('bonafide_challenge_graces', 'Callers who met a challenge within a day');
  const relaxation = createRelaxation({ clickhouse, clock });
  const relaxed = metrics.gauge('bonafide_attestation_relaxed', 'Requests relaxed in an outage, since the start');
  const troubled = metrics.gauge('bonafide_attestation_cohorts', 'Cohorts of issuer and platform by state');
  let heardAt = performance.now();
  let learntAt = heardAt;

  const stuck = (error: unknown) =>
    log.error(
      { event: 'caller_state_stuck', err: error },
      'revocations, token uses and met challenges cannot be shared',
    );
  // Each on its own: a use that cannot be told, as on a full disk, must not keep a revocation out.
  const hearing = repeat(
    HEAR_EVERY_MS,
    async () => {
      revocations.memory.sweep(clock.now());
      if (!deps.alone) await revocations.poll();
      revoked.set(revocations.memory.size());
      heardAt = performance.now();
    },
    stuck,
  );
  const telling = repeat(EVERY_MS, share.tell, stuck);
  const learning = repeat(
    EVERY_MS,
    async () => {
      replay.sweep(clock.now());
      if (!deps.alone) await share.learn();
      used.set(replay.size());
      forgotten.set(replay.forgotten());
      learntAt = performance.now();
    },
    stuck,
  );
  const sharing = repeat(
    EVERY_MS,
    async () => {
      graces.sweep(clock.now());
      // First, so that what cannot be told does not keep out what others tell.
      if (!deps.alone) await graceShare.learn();
      graced.set(graces.size());
      await graceShare.tell();
    },
    stuck,
  );
  const work = [hearing, telling, learning, sharing];

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
    const since = (at: number) => `for ${Math.round((performance.now() - at) / 1000)} s`;
    const told: string[] = [];
    if (hearing.fault() !== '') told.push(`Revocations are unknown ${since(heardAt)}: ${hearing.fault()}`);
    if (learning.fault() !== '') {
      told.push(`Single-use tokens of other processes are unknown ${since(learntAt)}: ${learning.fault()}`);
    }
    if (telling.fault() !== '') told.push(`Uses of tokens cannot be told to other processes: ${telling.fault()}`);
    if (sharing.fault() !== '') told.push(`Met challenges cannot be shared with other processes: ${sharing.fault()}`);
    if (replay.forgotten() > 0) told.push(`${replay.forgotten()} uses of tokens were forgotten for lack of room.`);
    return told.length === 0 ? OK : { state: 'degraded', detail: told.join(' ') };
  });

  return {
    replay,
    graces,
    relaxation,
    async load() {
      await Promise.all([revocations.load(), share.load(), graceShare.load(), relaxation.poll()]);
    },
    start() {
      for (const part of work) part.start();
      outages.start();
    },
    async stop() {
      await Promise.all([...work, outages].map((part) => part.stop()));
      const told = await Promise.allSettled([share.tell(), graceShare.tell()]);
      for (const one of told) {
        if (one.status === 'fulfilled') continue;
        log.warn(
          { event: 'caller_state_untold', err: one.reason },
          'the last uses of tokens or met challenges are untold',
        );
      }
    },
  };
}
