import type { EventRow } from '../../schemas/event-row.ts';
import { type PolicyInput, policySchema } from '../../schemas/policy.ts';
import { createPipeline, type Pipeline } from '../../services/ingest/pipeline.ts';
import { type BlockReader, createBlockReader } from '../../services/ingest/read-block.ts';
import { createRouteLearner, type RouteLearner } from '../../services/ingest/route.ts';
import { EVENT_COLUMNS } from '../../services/ingest/row.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import type { Clock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { temporaryFolder } from './process.ts';

/** An embedded engine with the schema, in a folder of its own. */
export interface TestEngine {
  clickhouse: ClickHouse;
  /** Its folder, for further lanes. */
  path: string;
  close(): Promise<void>;
}

export async function openEngine(database: string, options: { ttl?: boolean } = {}): Promise<TestEngine> {
  const folder = temporaryFolder(database);
  const clickhouse = openLane({ kind: 'embedded', path: folder.path }, database);
  await migrate(clickhouse, { ttl: options.ttl ?? false, retentionDays: 30 });
  return {
    clickhouse,
    path: folder.path,
    async close() {
      await clickhouse.close();
      folder.remove();
    },
  };
}

/** One canonical event; what is not named takes a plain value. */
export type EventInput = { time: number; 'client.address': string } & Record<string, unknown>;

/** A pipeline over canonical events, as a backtest has it. */
export function canonicalPipeline(clock: Clock, policy: PolicyInput = {}): Pipeline {
  const compiled = compilePolicy(policySchema.parse(policy));
  return createPipeline({
    format: 'canonical',
    scopes: () => compiled,
    routes: createRouteLearner(),
    clock,
    pseudonymKey: null,
    live: false,
  });
}

/** A reader of blocks of canonical events, as a live install without pseudonyms has it; without a policy unless told. */
export function canonicalBlockReader(more: { policy?: PolicyInput; routes?: RouteLearner } = {}): BlockReader {
  const { policy, routes = createRouteLearner() } = more;
  const none = { scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) };
  const view = policy === undefined ? none : compilePolicy(policySchema.parse(policy));
  return createBlockReader({ format: 'canonical', live: true, scopes: () => view, pseudonymKey: null, routes });
}

/** Inserts events in the order given; their offsets go on from `first`. @param columns those that the table has. */
export async function insertEvents(
  clickhouse: ClickHouse,
  pipeline: Pipeline,
  events: readonly EventInput[],
  first: number,
  columns: readonly (keyof EventRow)[] = EVENT_COLUMNS,
): Promise<void> {
  const lines = events.map((event, i) => {
    const full = { 'http.request.method': 'GET', 'url.path': '/v1/items', 'http.response.status_code': 200, ...event };
    const result = pipeline.ingest({
      source: 'test',
      partition: 0,
      offset: first + i,
      bytes: Buffer.from(JSON.stringify(full)),
    });
    if (result.kind !== 'event') throw new Error(`not an event: ${JSON.stringify(result)}`);
    return JSON.stringify(columns.map((column) => result.row[column]));
  });
  await clickhouse.insertEncoded('events_raw_v1', columns, lines.join('\n'));
}
