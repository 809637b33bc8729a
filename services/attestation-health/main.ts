import { type Policy, seconds } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { type Baseline, type CohortWindow, judgeCohort, type OutageLimits } from './verdict.ts';
import { type CohortName, cohortKey, readPast, readWindows } from './window-query.ts';

export interface AttestationHealthDeps {
  /** A lane of its own. */
  clickhouse: ClickHouse;
  clock: Clock;
  policy(): Policy;
  log: Logger;
}

/** Tells an outage of attestation from an attack, every few seconds; decision processes read what it publishes. */
export interface AttestationHealth {
  start(): void;
  /** Waits for a running look. */
  stop(): Promise<void>;
  /** One look at the window that ends at `now`, epoch seconds. */
  look(now: number): Promise<void>;
}

const EVERY_MS = 10_000;
/** A look that is dear is taken less often: never more than a tenth of a core. */
const PAUSES = 10;
const LONGEST_PAUSE_MS = 60_000;

const NOBODY = { requests: 0, new_net: 0, signin_failed: 0, probing: 0, loud: 0 };
const SILENCE: CohortWindow = { callers: 0, failing: 0, nets: 0, all: NOBODY, ofFailing: NOBODY };
const UNKNOWN: Baseline = { callers: 0, failing: 0, all: NOBODY, usual_per_minute: 0 };

const COLUMNS = [
  'at',
  'scope',
  'platform',
  'issuer',
  'state',
  'since',
  'detail',
  'callers',
  'failing',
  'nets',
  'requests',
  'new_net',
  'signin_failed',
  'probing',
  'loud',
  'failing_requests',
  'failing_new_net',
  'failing_signin_failed',
  'failing_probing',
  'failing_loud',
  'relaxed_until',
  'usual_per_minute',
];

export function createAttestationHealth(deps: AttestationHealthDeps): AttestationHealth {
  const { clickhouse, clock, log } = deps;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = true;
  let faulty = false;

  async function look(now: number): Promise<void> {
    const windows = await readWindows(clickhouse, now);
    const past = await readPast(clickhouse, now);
    const limits = limitsOf(deps.policy());
    // A cohort that fell silent still has a state, and that state an end.
    const cohorts = new Map<string, CohortName>([...past, ...windows]);
    const rows = [...cohorts.values()].map((cohort) => {
      const window = windows.get(cohortKey(cohort))?.window ?? SILENCE;
      const before = past.get(cohortKey(cohort));
      const baseline = before?.baseline ?? UNKNOWN;
      const verdict = judgeCohort(window, baseline, limits, before?.standing ?? null, now);
      if (verdict.state !== before?.standing.state && verdict.detail !== '') {
        const { scope, platform, issuer } = cohort;
        log.warn({ event: 'attestation_cohort', scope, platform, issuer, state: verdict.state }, verdict.detail);
      }
      return rowOf(now, cohort, window, verdict, baseline);
    });
    if (rows.length > 0) await clickhouse.insert('attestation_health_v1', COLUMNS, rows);
  }

  function turn(): void {
    const began = performance.now();
    running = look(Math.floor(clock.now() / 1000))
      .then(() => {
        faulty = false;
      })
      .catch((error: unknown) => {
        // Without a verdict nobody is relaxed; decision processes see that it grows old.
        if (!faulty) log.error({ event: 'attestation_health_stuck', err: error }, 'attestation cannot be watched');
        faulty = true;
      })
      .then(() => {
        running = undefined;
        if (stopped) return;
        const pause = Math.min(LONGEST_PAUSE_MS, Math.max(EVERY_MS, PAUSES * (performance.now() - began)));
        timer = setTimeout(turn, pause);
        timer.unref();
      });
  }

  return {
    start() {
      stopped = false;
      turn();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
    look,
  };
}

function limitsOf({ attestation_outage: section }: Policy): OutageLimits {
  return {
    enabled: section.relax,
    min_callers: section.min_callers,
    min_share: section.min_share,
    max_duration_s: seconds(section.max_duration),
  };
}

function rowOf(
  now: number,
  { scope, platform, issuer }: CohortName,
  { callers, failing, nets, all, ofFailing }: CohortWindow,
  { state, since, detail, relaxed_until }: ReturnType<typeof judgeCohort>,
  { usual_per_minute }: Baseline,
): unknown[] {
  return [
    now,
    scope,
    platform,
    issuer,
    state,
    since,
    detail,
    callers,
    failing,
    nets,
    all.requests,
    all.new_net,
    all.signin_failed,
    all.probing,
    all.loud,
    ofFailing.requests,
    ofFailing.new_net,
    ofFailing.signin_failed,
    ofFailing.probing,
    ofFailing.loud,
    relaxed_until,
    usual_per_minute,
  ];
}
