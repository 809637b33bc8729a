import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { LearnedRoute, RouteLearner } from './route.ts';

/** A route's use is said once a day by each process; its end of life in `routes_v1` leaves room for two. */
const PERIOD_MS = 86_400_000;
/** Uses are said together. */
const EVERY_MS = 60_000;
/** Names travel as parameters of a statement, and addresses have an end. */
const MOST_AT_ONCE = 500;
const MOST_CHARACTERS = 32_768;

/** Learned routes as they were stored, for the learner's `seed`. */
export function loadRoutes(clickhouse: ClickHouse): Promise<LearnedRoute[]> {
  return clickhouse.rows<LearnedRoute>(
    'SELECT host, template FROM {db}.routes_v1 FINAL ORDER BY learned_at, host, template',
  );
}

/** Stores what the learner learned and met since the last call; what fails is stored with the next. */
export function createRouteStore(
  clickhouse: ClickHouse,
  learner: RouteLearner,
  clock: Clock,
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
        const part = firstOf(used);
        await renew(clickhouse, part, seconds());
        used = used.slice(part.length);
      }
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

function firstOf(routes: readonly LearnedRoute[]): LearnedRoute[] {
  let characters = 0;
  const end = routes.findIndex(({ host, template }, i) => {
    characters += host.length + template.length;
    return i > 0 && (i >= MOST_AT_ONCE || characters > MOST_CHARACTERS);
  });
  return routes.slice(0, end < 0 ? routes.length : end);
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
