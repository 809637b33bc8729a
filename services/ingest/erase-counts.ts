import { ENTITY_KINDS } from '../../schemas/event.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';

const ADDRESS = ENTITY_KINDS.indexOf('ip') + 1;
/** Rows of the raw table that count in the roll-up of their address, and may still stand in it. */
const COUNTED =
  "late = 0 AND ip != '' AND risk_outcome NOT IN ('challenge', 'block') AND time > now() - INTERVAL 25 HOUR";

/**
 * Notes which requests are about to go from the raw table that stay in the roll-ups of addresses, which are not only
 * theirs: `GET /api/v1/counts` compares the two. To note one again changes nothing.
 * @param own condition on the raw table: rows that are to go.
 */
export async function noteErasedRequests(clickhouse: ClickHouse, own: string): Promise<void> {
  await clickhouse.run(
    `INSERT INTO {db}.erased_requests_v1 (entity, second, request)
     SELECT sipHash64(toString(scope), toUInt8(${ADDRESS}), ip), toDateTime(time), sipHash64(toString(source), partition, offset, event_id)
     FROM {db}.events_raw_v1 WHERE (${own}) AND ${COUNTED}`,
  );
}
