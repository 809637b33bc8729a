import type { EntityRef } from '../../../schemas/event.ts';
import { ENTITY_KINDS } from '../../../schemas/event.ts';
import {
  type CohortState,
  HISTORY_S,
  isRelaxable,
  REMEMBERED_S,
  VERDICT_GOOD_MS,
} from '../../../shared/attestation-health.ts';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { CompiledPolicy } from '../../../shared/policy.ts';
import type { RequestFacts } from '../question.ts';
import { createRelief, type Relief, type UsualRate } from './relief.ts';

/** One cohort as it stands. */
export interface CohortHealth extends UsualRate {
  scope: string;
  platform: string;
  issuer: string;
  state: CohortState;
  detail: string;
  /** Epoch ms; 0: nobody is relaxed. */
  relaxedUntilMs: number;
}

/** Cohorts whose failing tokens are an outage, and who belongs to them; in memory. */
export interface Relaxation {
  /** Is what is wrong with this request's attestation the outage's fault? Takes one of the relaxed requests of caller and cohort. */
  relaxes(facts: RequestFacts, policy: CompiledPolicy, now: number): boolean;
  /** Reads the newest verdicts, and the callers of relaxed cohorts. */
  poll(): Promise<void>;
  cohorts(): readonly CohortHealth[];
  /** Requests that were relaxed, since the start. */
  relaxed(): number;
}

interface Relaxed {
  cohort: CohortHealth;
  /** By `kind:id`, callers with a genuine history: is the cohort's issuer the one whose token they showed last? */
  callers: ReadonlyMap<string, boolean>;
  loadedAt: number;
  relief: Relief;
}

/** About 100 bytes each. */
const MOST_CALLERS = 200_000;
const PAGE = 20_000;
/** In this order while there is room: most sessions of the week are over, and would leave none for devices. */
const KINDS = ['user', 'device', 'ip', 'session'] as const;
const UNITS = ['user', 'session', 'device', 'ip'] as const;
/** Who came into the population meanwhile. */
const RELOAD_MS = 300_000;

export function createRelaxation(deps: { clickhouse: ClickHouse; clock: Clock }): Relaxation {
  const { clickhouse, clock } = deps;
  let cohorts: CohortHealth[] = [];
  let byPlace = new Map<string, Relaxed[]>();
  let relaxed = 0;

  async function poll(): Promise<void> {
    const now = clock.now();
    const rows = await clickhouse.rows<{
      scope: string;
      platform: string;
      issuer: string;
      state: CohortState;
      detail: string;
      untilS: number;
      usualPerMinute: number;
      callers: number;
    }>(
      `SELECT toString(scope) AS scope, toString(platform) AS platform, toString(issuer) AS issuer,
         toString(state) AS state, detail, toUnixTimestamp(relaxed_until) AS untilS, usual_per_minute AS usualPerMinute,
         callers
       FROM {db}.attestation_health_v1
       WHERE at > fromUnixTimestamp(${Math.floor((now - VERDICT_GOOD_MS) / 1000)})
       ORDER BY at DESC LIMIT 1 BY scope, platform, issuer LIMIT 1000`,
    );
    cohorts = rows.map(({ untilS, ...cohort }) => ({ ...cohort, relaxedUntilMs: untilS * 1000 }));
    const next = new Map<string, Relaxed[]>();
    for (const cohort of cohorts) {
      if (cohort.state !== 'outage' || cohort.relaxedUntilMs <= now) continue;
      const place = placeOf(cohort.scope, cohort.platform);
      const before = byPlace.get(place)?.find((other) => other.cohort.issuer === cohort.issuer);
      const fresh = before !== undefined && now - before.loadedAt < RELOAD_MS;
      const callers = fresh ? before.callers : await readCallers(cohort, now);
      const relief = before?.relief ?? createRelief(now);
      const loadedAt = fresh ? before.loadedAt : now;
      next.set(place, [...(next.get(place) ?? []), { cohort, callers, loadedAt, relief }]);
    }
    byPlace = next;
  }

  async function readCallers({ scope, platform, issuer }: CohortHealth, now: number): Promise<Map<string, boolean>> {
    const callers = new Map<string, boolean>();
    const second = Math.floor(now / 1000);
    for (const kind of KINDS) {
      let after: string | undefined = '';
      while (after !== undefined && callers.size < MOST_CALLERS) {
        const rows: { id: string; newest: number }[] = await clickhouse.rows(
          `SELECT id, max((last_genuine, toString(attested.issuer))).2 = {issuer:String} AS newest FROM {db}.attested_v2 AS attested
           WHERE attested.scope = {scope:String} AND kind = {kind:UInt8} AND id > {after:String} AND attested.platform = {platform:String}
           GROUP BY id
           HAVING max(attested.issuer = {issuer:String})
             AND min(first_genuine) <= fromUnixTimestamp(${second - HISTORY_S})
             AND max(last_genuine) >= fromUnixTimestamp(${second - REMEMBERED_S})
           ORDER BY id LIMIT ${PAGE}`,
          { params: { scope, platform, issuer, kind: ENTITY_KINDS.indexOf(kind) + 1, after } },
        );
        for (const { id, newest } of rows) callers.set(`${kind}:${id}`, newest === 1);
        after = rows.length < PAGE ? undefined : rows.at(-1)?.id;
      }
    }
    return callers;
  }

  return {
    relaxes({ attestation, scope, platform, entities }, policy, now) {
      if (byPlace.size === 0 || attestation.status === null || attestation.status === 'genuine') return false;
      if (!isRelaxable(attestation.code)) return false;
      const section = policy.policy.attestation_outage;
      const at = byPlace.get(placeOf(scope, platform));
      if (at === undefined || !section.relax) return false;
      for (const { cohort, callers, relief } of at) {
        if (now >= cohort.relaxedUntilMs) continue;
        if (attestation.issuer !== null && attestation.issuer !== cohort.issuer) continue;
        const unit = unitOf(entities, callers);
        if (unit === undefined || (attestation.issuer === null && callers.get(unit) === false)) continue;
        if (!relief.take(unit, cohort, section.max_rate, now)) return false;
        relaxed++;
        return true;
      }
      return false;
    },
    poll,
    cohorts: () => cohorts,
    relaxed: () => relaxed,
  };
}

const placeOf = (scope: string, platform: string) => `${scope}\0${platform}`;

/**
 * The caller as the window counts it: user, session, device, address, the first that is there; a session without a history
 * of its own, as one of today, stands back. While a pseudonym key is being replaced a caller has two names, and its history
 * stands under the former.
 */
function unitOf(entities: readonly EntityRef[], callers: ReadonlyMap<string, boolean>): string | undefined {
  for (const kind of UNITS) {
    const named = entities.filter((entity) => entity.kind === kind).map(({ id }) => `${kind}:${id}`);
    const known = named.find((each) => callers.has(each));
    if (known !== undefined || (named.length > 0 && kind !== 'session')) return known;
  }
  return undefined;
}
