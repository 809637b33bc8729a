import { createScorer, type Scorer } from '../../services/score/main.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';

/** The live scorer with the default budget, in this process; nothing of it is logged or watched. */
export function openScorer(clickhouse: ClickHouse, clock: Clock): Scorer {
  return createScorer({
    clickhouse,
    clock,
    alpha: () => 0.001,
    health: createHealth(['score']),
    metrics: createMetrics(),
    log: createLogger('silent'),
  });
}
