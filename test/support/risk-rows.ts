import { ENTITY_KINDS, type EntityKind } from '../../schemas/event.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';

export interface RiskRowInput {
  scope?: string;
  kind: EntityKind;
  id: string;
  score: number;
  held?: 0 | 1 | 2;
  reasons?: readonly (readonly [feature: string, value: number, usual: number, part: number])[];
}

/** Risk rows of one step, as the scorer writes them. @param step epoch seconds. */
export async function insertRisk(clickhouse: ClickHouse, step: number, rows: readonly RiskRowInput[]): Promise<void> {
  const lines = rows.map(({ scope = 'default', kind, id, score, held = 0, reasons }) =>
    JSON.stringify([
      step,
      entityNumber(`${scope}\0${kind}\0${id}`),
      scope,
      ENTITY_KINDS.indexOf(kind) + 1,
      id,
      score,
      held,
      (reasons ?? [['requests:1m', 500, 20, score] as const]).map(([feature, value, usual, part]) => ({
        feature,
        value,
        usual,
        part,
      })),
    ]),
  );
  await clickhouse.insertEncoded(
    'risk_step_v1',
    ['step', 'entity', 'scope', 'kind', 'id', 'score', 'held', 'reasons'],
    lines.join('\n'),
  );
}

/** Any 64-bit number that is the same for the same entity. */
function entityNumber(name: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString();
}

/** Says that a step is whole, published at its own time. */
export function publishStep(clickhouse: ClickHouse, step: number, publishedMs = step * 1000): Promise<void> {
  return clickhouse.insert(
    'snapshot_v1',
    ['step', 'published_at', 'scored_until', 'entities', 'elapsed_ms'],
    [[step, publishedMs, publishedMs, 0, 1]],
  );
}
