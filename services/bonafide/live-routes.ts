import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { RouteOf } from '../decide/facts.ts';
import { createRouteLearner } from '../ingest/route.ts';
import { loadRoutes } from '../ingest/route-store.ts';

/** How often what ingest has learned is read again. */
const EVERY_MS = 10_000;
/** A status that teaches nothing. */
const ANY_FAILURE = 404;

export interface LiveRoutes {
  routeOf: RouteOf;
  load(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Route templates for decisions: what the ingest workers have learned, read from their table, off the path. */
export function createLiveRoutes(clickhouse: ClickHouse, openapi: unknown): LiveRoutes {
  let learner = createRouteLearner(openapi === undefined ? {} : { openapi });
  let known = '';
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function load(): Promise<void> {
    const seed = await loadRoutes(clickhouse);
    // One may have gone since, and another one come.
    const last = seed.at(-1);
    const now = `${seed.length} ${last?.host} ${last?.template}`;
    if (now === known) return;
    learner = createRouteLearner({ openapi, seed });
    known = now;
  }

  return {
    routeOf: (method, host, path) => learner.learn(method, host, path, ANY_FAILURE).route,
    load,
    start() {
      const turn = () => {
        // While the engine is away the last templates stay in force; the snapshot tells of it.
        running = load()
          .catch(() => {})
          .then(schedule);
      };
      const schedule = () => {
        timer = setTimeout(turn, EVERY_MS);
        timer.unref();
      };
      schedule();
    },
    async stop() {
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
