import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { LearnedRoute, RouteLearner } from './route.ts';

/** Learned routes as they were stored, for the learner's `seed`. */
export function loadRoutes(clickhouse: ClickHouse): Promise<LearnedRoute[]> {
  return clickhouse.rows<LearnedRoute>(
    'SELECT host, template FROM {db}.routes_v1 FINAL ORDER BY learned_at, host, template',
  );
}

/** Stores what the learner learned since the last call; what fails is stored with the next. */
export function createRouteStore(clickhouse: ClickHouse, learner: RouteLearner): { store(): Promise<void> } {
  let waiting: LearnedRoute[] = [];
  return {
    async store() {
      waiting = waiting.concat(learner.changes());
      if (waiting.length === 0) return;
      const storing = waiting;
      waiting = [];
      try {
        await clickhouse.insert(
          'routes_v1',
          ['host', 'template'],
          storing.map(({ host, template }) => [host, template]),
        );
      } catch (error) {
        waiting = storing.concat(waiting);
        throw error;
      }
    },
  };
}
