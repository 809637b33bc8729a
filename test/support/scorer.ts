import { createScorer, type Scorer } from '../../services/score/main.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { createHealth, type Health } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';

/** The live scorer with the default budget, in this process; nothing of it is logged, or watched unless by `health`. */
export function openScorer(clickhouse: ClickHouse, clock: Clock, health: Health = createHealth(['score'])): Scorer {
  return createScorer({
    clickhouse,
    clock,
    alpha: () => 0.001,
    health,
    metrics: createMetrics(),
    log: createLogger('silent'),
  });
}
