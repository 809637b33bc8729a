import { appendFileSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInserter } from '../../services/ingest/insert.ts';
import { EVENT_COLUMNS, encodeRow } from '../../services/ingest/row.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { createGate, type Gate } from '../../shared/clickhouse/gate.ts';
import { createMender, type Mender } from '../../shared/clickhouse/mend.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { createLogger } from '../../shared/logger.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { canonicalBlockReader, openEngine, type TestEngine } from '../support/engine.ts';
import { contentOf } from '../support/tables.ts';
import { until } from '../support/until.ts';

const ROOM = 2 ** 40;
const NOW = Date.now() - 60_000;
const log = createLogger('silent');
const read = canonicalBlockReader();
let engine: TestEngine;
let lane: ClickHouse;
let gate: Gate;
let mender: Mender;
let room = ROOM;

async function block(from: number, count = 40) {
  const records = Array.from({ length: count }, (_, i) => ({
    source: 'kafka:test',
    partition: 0,
    offset: from + i,
    bytes: Buffer.from(JSON.stringify(madeUpEvent(from + i, NOW + (from + i) * 100))),
  }));
  return (await read(records, NOW)).rows;
}

function open(): void {
  lane = openLane({ kind: 'embedded', path: engine.path }, 'full_disk');
  gate = createGate();
  mender = createMender({ clickhouse: lane, gate, log, left: () => room });
}

/** One attempt, as the inserter makes it. */
const attempt = async (into: ClickHouse, from: number) =>
  into.insertEncoded('events_raw_v1', EVENT_COLUMNS, (await block(from)).map(encodeRow).join('\n'), `block:${from}`);

const insert = async (into: ClickHouse, from: number) =>
  createInserter({ clickhouse: into, log }).insertBlock(await block(from), `block:${from}`);

const activeParts = (table: string) =>
  lane.rows<{ path: string }>(
    `SELECT path FROM system.parts WHERE database = '{db}' AND active AND table = '${table}' ORDER BY min_block_number`,
  );

/** Leaves of the newest part what the embedded engine leaves of one when the disk is full: every file, and nothing in it. */
async function emptyNewest(tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const path = (await activeParts(table)).at(-1)?.path ?? '';
    for (const file of readdirSync(path)) truncateSync(join(path, file));
  }
}

/** The lane on a disk that is full from its next change on: the engine says that it is done. */
function onFullDisk(tables: readonly string[]): ClickHouse {
  let isFirst = true;
  const meets = async (statement: Promise<void>) => {
    await statement;
    if (!isFirst) return;
    isFirst = false;
    room = 0;
    await emptyNewest(tables);
  };
  return {
    ...lane,
    run: (...args) => meets(lane.run(...args)),
    insertEncoded: (...args) => meets(lane.insertEncoded(...args)),
  };
}

/** What the tables hold when nothing was ever full. */
async function undisturbed(blocks: readonly number[]) {
  const other = openLane({ kind: 'embedded', path: engine.path }, 'undisturbed');
  try {
    await other.run('DROP DATABASE IF EXISTS {db}');
    await migrate(other, { retentionDays: 30, ttl: false });
    for (const from of blocks) await insert(other, from);
    return await contentOf(other);
  } finally {
    await other.close();
  }
}

const BROKEN = ['events_raw_v1', 'entity_1s_v1'];
const OPTIMIZE = 'OPTIMIZE TABLE {db}.events_raw_v1 FINAL';
/** Without the setting, the engine calls a merge done that it did not begin. */
const MERGE_NOW = `${OPTIMIZE} SETTINGS optimize_throw_if_noop = 1`;
const areMergesStopped = () =>
  lane.run(MERGE_NOW).then(
    () => false,
    (error: unknown) => error instanceof Error && /cancel/i.test(error.message),
  );
const diskFull = expect.objectContaining({ code: '243' });
const LOGS = `SELECT data_paths[1] AS path FROM system.tables WHERE database = '{db}' AND name IN ('${BROKEN.join("', '")}')`;
const rawRows = () => lane.rows<{ n: number }>('SELECT count() AS n FROM {db}.events_raw_v1 WHERE inserted_at > 0');

describe('a disk that was full', () => {
  beforeEach(async () => {
    engine = await openEngine('full_disk');
    room = ROOM;
    open();
  });
  afterEach(async () => {
    await mender.close();
    await lane.close();
    await engine.close();
  });

  it('leaves nothing of an insert that the engine calls done, and the block goes in when it comes again', async () => {
    await insert(mender.guard(lane), 0);
    const inserting = insert(mender.guard(onFullDisk(BROKEN)), 100);
    await until('the disk is full', () => room === 0);
    await expect(mender.guard(lane).run('SELECT 1')).rejects.toEqual(diskFull);
    await expect(rawRows()).rejects.toThrow(/Empty marks/);
    room = ROOM;
    await inserting;
    await insert(mender.guard(lane), 100);
    await insert(mender.guard(lane), 200);
    expect(await contentOf(lane)).toEqual(await undisturbed([0, 100, 200]));
  });

  it('is mended for readers too, when nothing more is written', async () => {
    await insert(mender.guard(lane), 0);
    await expect(attempt(mender.guard(onFullDisk(BROKEN)), 100)).rejects.toEqual(diskFull);
    await expect(rawRows()).rejects.toThrow(/Empty marks/);
    room = ROOM;
    expect(await until('raw can be read', rawRows)).toEqual([{ n: 40 }]);
  });

  it('gives back what a merge put an empty part in the place of, and again when it fails again', async () => {
    await insert(mender.guard(lane), 0);
    await insert(mender.guard(lane), 100);
    for (let time = 0; time < 2; time++) {
      const merging = mender.guard(onFullDisk(['events_raw_v1'])).run(OPTIMIZE);
      await expect(merging).rejects.toEqual(diskFull);
      room = ROOM;
      await insert(mender.guard(lane), 0);
    }
    await insert(mender.guard(lane), 200);
    expect(await contentOf(lane)).toEqual(await undisturbed([0, 100, 200]));
  });

  it('gives back what an erasure put an empty part in the place of, and erases after all', async () => {
    await insert(mender.guard(lane), 0);
    const erasing = mender
      .guard(onFullDisk(['events_raw_v1']))
      .run("ALTER TABLE {db}.events_raw_v1 DELETE WHERE user_id = 'user-3' SETTINGS mutations_sync = 2");
    await expect(erasing).rejects.toEqual(diskFull);
    room = ROOM;
    await insert(mender.guard(lane), 100);
    await until('it is erased', async () => (await rawRows())[0]?.n === 79);
  });

  it('lets an erasure end that was under way when the disk filled', async () => {
    await insert(mender.guard(lane), 0);
    room = 0;
    await until('merges are stopped', areMergesStopped);
    const other = openLane({ kind: 'embedded', path: engine.path }, 'full_disk');
    const erasing = gate
      .guard(other)
      .run("ALTER TABLE {db}.events_raw_v1 DELETE WHERE user_id = 'user-3' SETTINGS mutations_sync = 2");
    await until(
      'it waits',
      async () => (await lane.rows('SELECT 1 FROM system.mutations WHERE NOT is_done')).length > 0,
    );
    room = ROOM;
    await erasing;
    await other.close();
    await insert(mender.guard(lane), 100);
    expect(await rawRows()).toEqual([{ n: 79 }]);
  });

  it('merges nothing while it is full, so that what a merge was made from stays', async () => {
    await insert(mender.guard(lane), 0);
    await insert(mender.guard(lane), 100);
    await expect(mender.guard(onFullDisk(['events_raw_v1'])).run(OPTIMIZE)).rejects.toEqual(diskFull);
    await until('merges are stopped', areMergesStopped);
    room = ROOM;
    await until('they go on', () =>
      mender
        .guard(lane)
        .run(MERGE_NOW)
        .then(() => true),
    );
    expect(await rawRows()).toEqual([{ n: 80 }]);
  });

  it('waits for who reads, and lets reads that fail meanwhile be tried again', async () => {
    await insert(mender.guard(lane), 0);
    await insert(mender.guard(lane), 100);
    const reader = openLane({ kind: 'embedded', path: engine.path }, 'full_disk');
    const reading = reader.rows('SELECT sleepEachRow(0.02) FROM {db}.events_raw_v1 SETTINGS max_block_size = 10');
    await expect(mender.guard(onFullDisk(['events_raw_v1'])).run(OPTIMIZE)).rejects.toEqual(diskFull);
    await expect(mender.guard(lane).rows('SELECT * FROM {db}.events_raw_v1')).rejects.toEqual(diskFull);
    room = ROOM;
    await insert(mender.guard(lane), 200);
    expect(await reading).toHaveLength(80);
    await reader.close();
    expect(await rawRows()).toEqual([{ n: 120 }]);
  });

  it('doubts a change in which it was full only for a while', async () => {
    await insert(mender.guard(lane), 0);
    let isOver = false;
    let hasBegun = false;
    const slow = {
      ...lane,
      run: async () => {
        hasBegun = true;
        await until('the disk was full and is no more', () => isOver);
      },
    };
    const change = mender.guard(slow).run('');
    const refused = expect(change).rejects.toEqual(diskFull);
    await until('it has begun', () => hasBegun);
    room = 0;
    await expect(mender.guard(lane).run('SELECT 1')).rejects.toEqual(diskFull);
    room = ROOM;
    isOver = true;
    await refused;
  });

  it('is mended after a restart too, by the first change', async () => {
    await insert(mender.guard(lane), 0);
    await expect(attempt(mender.guard(onFullDisk(BROKEN)), 100)).rejects.toEqual(diskFull);
    await mender.close();
    const logs = (await lane.rows<{ path: string }>(LOGS)).map(({ path }) => join(path, 'deduplication_logs'));
    for (const each of [lane, engine.clickhouse]) await each.close();
    // A full disk cuts off what is written behind, too.
    for (const log of logs) for (const file of readdirSync(log)) appendFileSync(join(log, file), '1\t2026');
    room = ROOM;
    open();
    await insert(mender.guard(lane), 100);
    await insert(mender.guard(lane), 0);
    expect(await contentOf(lane)).toEqual(await undisturbed([0, 100]));
    expect(
      await lane.rows("SELECT DISTINCT reason FROM system.detached_parts WHERE database = '{db}'"),
    ).not.toContainEqual({
      reason: 'broken-on-start',
    });
  });
});
