import { ENTITY_KINDS } from '../../schemas/event.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { FLOODED_KINDS, type FloodGate } from './flood.ts';

/** Known is who was met within so many hours, in two different minutes. */
const HOURS = 12;
/** Of one kind; which ones is by lot. */
const AT_MOST = 300_000;
const PAGE = 50_000;

/** Tells a gate who was known before this process began: a restart in a flood must not make strangers of users. */
export async function seedFloodGate(clickhouse: ClickHouse, gate: FloodGate): Promise<void> {
  for (const kind of FLOODED_KINDS) {
    let after = '0';
    for (let told = 0; told < AT_MOST; told += PAGE) {
      const rows = await clickhouse.rows<{ number: string; name: string }>(
        `SELECT toString(entity) AS number, any(id) AS name FROM {db}.entity_v1
         WHERE entity > ${after} AND kind = ${ENTITY_KINDS.indexOf(kind) + 1}
         GROUP BY entity HAVING max(last_seen) > now() - INTERVAL ${HOURS} HOUR AND max(last_seen) >= min(first_seen) + INTERVAL 1 MINUTE
         ORDER BY entity LIMIT ${PAGE} SETTINGS optimize_aggregation_in_order = 1`,
      );
      gate.know(
        kind,
        rows.map(({ name }) => name),
      );
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.number;
    }
  }
}
