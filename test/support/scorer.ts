import type { Pipeline } from '../../services/ingest/pipeline.ts';
import { createScorer, type Scorer } from '../../services/score/main.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock, manualClock } from '../../shared/clock.ts';
import { createHealth, type Health } from '../../shared/health.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { type EventInput, insertEvents } from './engine.ts';

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

/** What is stepped through hour by hour, and with what. */
export interface Hourly {
  clickhouse: ClickHouse;
  scorer: Scorer;
  clock: ReturnType<typeof manualClock>;
  pipeline: Pipeline;
  /** In the order of time. */
  events: readonly EventInput[];
  /** Epoch ms, a full hour. */
  start: number;
  hours: number;
}

/** A live install that is looked at once an hour, a minute before it ends: what came by then is inserted, and scored in one step. */
export async function stepHourly({ clickhouse, scorer, clock, pipeline, events, start, hours }: Hourly): Promise<void> {
  let sent = 0;
  for (let hour = 1; hour <= hours; hour++) {
    const now = start + hour * 3_600_000 - 60_000;
    const due = events.filter((event) => event.time < now).slice(sent);
    await insertEvents(clickhouse, pipeline, due, sent);
    sent += due.length;
    clock.set(now);
    await scorer.step(now);
  }
}
