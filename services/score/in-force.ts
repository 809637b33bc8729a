import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { countHours } from './hour-counts.ts';
import { openingsSql } from './opening.ts';
import { loadProfile } from './profile-in-force.ts';
import { learnReference, publishReference } from './reference.ts';
import type { RiskQuery } from './risk-query.ts';

/** The profile and the scales of one period, in scratch tables: what seconds are judged by. */
export interface InForce {
  /** Learns what holds from a period on. @param period its start, epoch seconds. */
  learn(period: number): Promise<void>;
  /** Puts that of a period back, where learning the next failed half-way; else does nothing. */
  restore(period: number): Promise<void>;
}

export function createInForce(clickhouse: ClickHouse, query: RiskQuery): InForce {
  // Undefined while the tables are made.
  let held: number | undefined;
  return {
    async learn(period) {
      await countHours(clickhouse, period);
      held = undefined;
      await loadProfile(clickhouse, period);
      await clickhouse.run(openingsSql([period]));
      await publishReference(clickhouse, period, query);
      held = period;
    },
    async restore(period) {
      if (held === period) return;
      await loadProfile(clickhouse, period);
      await learnReference(clickhouse, period, query.termCount);
      held = period;
    },
  };
}
