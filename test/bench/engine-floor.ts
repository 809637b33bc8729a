import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBlockReader } from '../../services/ingest/read-block.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../../services/ingest/row.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';

/** Messages of a full block. */
const BLOCK = 10_000;

/** µs of CPU an event. */
export interface EngineFloor {
  /** From bytes to encoded rows, as a worker does it. */
  reading: number;
  /** The engine, of the same rows: their text taken in and kept nowhere, in the raw table alone, and with every roll-up. */
  taking: number;
  raw: number;
  whole: number;
  /** What each view adds to the raw table, by name. */
  views: { name: string; cost: number }[];
}

/** What of the cost of ingest is the engine's: the same rows, in the same blocks, by fewer and fewer of its tables. */
export async function engineFloor(messages: readonly Buffer[], each: boolean): Promise<EngineFloor> {
  // Once before, so that what is compiled meanwhile is not counted.
  await readBlocks(messages);
  const cpu = process.cpuUsage();
  const blocks = await readBlocks(messages);
  const reading = used(cpu, messages.length);
  const { names } = await insertAll(blocks, () => false, 'Null');
  const taking = (await insertAll(blocks, () => false, 'Null')).micros;
  const raw = (await insertAll(blocks, () => false)).micros;
  const whole = (await insertAll(blocks, () => true)).micros;
  const views: EngineFloor['views'] = [];
  if (each)
    for (const name of names) {
      const { micros } = await insertAll(blocks, (view) => view === name);
      views.push({ name: name.replace(/_view$/, ''), cost: micros - raw });
    }
  return { reading, taking, raw, whole, views };
}

function used(since: NodeJS.CpuUsage, events: number): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / events;
}

async function readBlocks(messages: readonly Buffer[]): Promise<string[][]> {
  const read = createBlockReader({
    format: 'auto',
    live: true,
    scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
    pseudonymKey: null,
    secretNames: () => [],
    trustedHops: 0,
    logZone: 'UTC',
    routes: createRouteLearner(),
  });
  const blocks: string[][] = [];
  for (let from = 0; from < messages.length; from += BLOCK) {
    const records = messages
      .slice(from, from + BLOCK)
      .map((bytes, i) => ({ source: 'kafka:bench', partition: 0, offset: from + i, bytes }));
    blocks.push((await read(records, Date.now())).rows.map(encodeRow));
  }
  return blocks;
}

/** @param keeps which views stay. @param engine of the raw table; default as it is. */
async function insertAll(
  blocks: readonly string[][],
  keeps: (view: string) => boolean,
  engine?: 'Null',
): Promise<{ micros: number; names: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
  const lane = openLane({ kind: 'embedded', path: folder }, 'bonafide');
  await migrate(lane, { retentionDays: 30, ttl: true });
  const names = (
    await lane.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'bonafide' AND engine = 'MaterializedView' AND position(create_table_query, 'events_raw_v1') > 0",
    )
  ).map(({ name }) => name);
  for (const name of names) if (!keeps(name)) await lane.run(`DROP TABLE {db}.${name}`);
  const table = engine === 'Null' ? 'events_check_v1' : 'events_raw_v1';
  const cpu = process.cpuUsage();
  let events = 0;
  for (const [n, lines] of blocks.entries()) {
    await lane.insertEncoded(table, EVENT_COLUMNS, lines.join('\n'), `bench:${n}`);
    events += lines.length;
  }
  const micros = used(cpu, events);
  await lane.close();
  rmSync(folder, { recursive: true, force: true });
  return { micros, names };
}
