import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { firstBatch } from './first-batch.ts';
import type { LearnedRoute, RouteLearner } from './route.ts';

/** A route's use is said once a day by each process; its end of life in `routes_v1` leaves room for two. */
const PERIOD_MS = 86_400_000;
/** Uses are said together. */
const EVERY_MS = 60_000;
/** Names travel as parameters of a statement, and addresses have an end: so many of them, and of their characters. */
const AT_ONCE = { items: 500, size: 32_768 };

/** Learned routes as they were stored, for the learner's `seed`. */
export function loadRoutes(clickhouse: ClickHouse): Promise<LearnedRoute[]> {
  return clickhouse.rows<LearnedRoute>(
    'SELECT host, template FROM {db}.routes_v1 FINAL ORDER BY learned_at, host, template',
  );
}

/** Stores what the learner learned and met since the last call; what fails is stored with a later one. */
export function createRouteStore(
  clickhouse: ClickHouse,
  learner: RouteLearner,
  clock: Clock,
  log: Logger,
): { store(): Promise<void> } {
  let waiting: LearnedRoute[] = [];
  let used: LearnedRoute[] = [];
  let usedAt = Number.NEGATIVE_INFINITY;
  let isRenewing = false;
  let periodEnds = clock.now() + PERIOD_MS;
  const seconds = () => Math.floor(clock.now() / 1000);

  async function storeLearned(): Promise<void> {
    waiting = waiting.concat(learner.changes());
    if (waiting.length === 0) return;
    const storing = waiting;
    waiting = [];
    try {
      await clickhouse.insert(
        'routes_v1',
        ['host', 'template', 'used_at'],
        storing.map(({ host, template }) => [host, template, seconds()]),
      );
    } catch (error) {
      waiting = storing.concat(waiting);
      throw error;
    }
  }

  async function storeUsed(): Promise<void> {
    if (clock.now() >= periodEnds) {
      learner.nextPeriod();
      periodEnds = clock.now() + PERIOD_MS;
    }
    // Blocks of several partitions are stored at a time.
    if (isRenewing || clock.now() - usedAt < EVERY_MS) return;
    usedAt = clock.now();
    isRenewing = true;
    try {
      used = used.concat(learner.used());
      while (used.length > 0) {
        const part = firstBatch(used, AT_ONCE, ({ host, template }) => host.length + template.length);
        await renew(clickhouse, part, seconds());
        used = used.slice(part.length);
      }
    } catch (error) {
      // There are two days for it, and it must not fail the block that was stored before it.
      log.warn({ event: 'routes_not_renewed', err: error }, 'the use of routes was not said; it is tried again');
    } finally {
      isRenewing = false;
    }
  }

  return {
    async store() {
      await storeLearned();
      await storeUsed();
    },
  };
}

/**
 * Says of rows that stand that they are used; what was erased meanwhile, though the learner knows it still, is not made
 * anew. When it was learned stays as it is: of several collapses of a position the last one is in force.
 */
async function renew(clickhouse: ClickHouse, routes: readonly LearnedRoute[], atSeconds: number): Promise<void> {
  await clickhouse.run(
    `INSERT INTO {db}.routes_v1 (host, template, learned_at, used_at)
     SELECT host, argMax(template, (learned_at, template)), max(learned_at), fromUnixTimestamp({at:UInt32})
     FROM (SELECT host, template, learned_at, replaceRegexpOne(template, '/[{][^/]*[}]$', '/{}') AS place FROM {db}.routes_v1 FINAL)
     WHERE (host, place) IN (SELECT arrayJoin(arrayZip({hosts:Array(String)}, {places:Array(String)})))
     GROUP BY host, place`,
    {
      params: {
        hosts: routes.map(({ host }) => host),
        places: routes.map(({ template }) => template),
        at: atSeconds,
      },
    },
  );
}
