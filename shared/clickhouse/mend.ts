import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../logger.ts';
import { withChanges } from './changes.ts';
import type { ClickHouse } from './client.ts';
import { type Gate, GateBusy } from './gate.ts';
import { believeWhileRoom, DiskFull, FULL_DISK_BYTES, isDiskFull } from './room.ts';

const LOOK_EVERY_MS = 1_000;
/** The engine says to the second when it made a part, and a look may come late. */
const SLACK_S = 10;
/** After a try that failed, for as long nobody waits for the next. */
const TRY_AGAIN_MS = 5_000;

export interface MenderDeps {
  /** A lane of its own, outside the gate. */
  clickhouse: ClickHouse;
  /** Shut while parts are looked through. */
  gate: Gate;
  log: Logger;
  /** Bytes that are left on the disk of the data. */
  left(): number;
}

/** Undoes what a full disk did to embedded data, before the next change of it. */
export interface Mender {
  /**
   * The same lane: a change that met a full disk fails, none begins before what such a one left is mended, and a read
   * that fails meanwhile says why.
   * @throws DiskFull where the same may be tried again.
   */
  guard(lane: ClickHouse): ClickHouse;
  close(): Promise<void>;
}

/**
 * What the embedded engine writes while the disk is full is empty, and it does not know: an insert leaves a part without
 * data and a deduplication token that says it is in; a merge replaces parts by an empty one. So once there is room again,
 * the parts that were made meanwhile are checked. One that an insert left is dropped, and its token with it: who inserted it
 * was told that it failed, and comes again. One that a merge or an erasure left is put aside by opening its table anew, which
 * brings back what it was made from; until then nothing is merged, so that the engine does not remove that. The first change after a
 * start looks for what a crash left: parts that the engine put aside itself, whose tokens still stand.
 */
export function createMender({ clickhouse, gate, log, left }: MenderDeps): Mender {
  /** Epoch seconds from which on parts are in doubt; null: none is. */
  let doubtSince: number | null = null;
  /** How often the disk was found full; a change in which it grew is in doubt as well. */
  let doubts = 0;
  let isChecked = false;
  let lastRoom = Date.now();
  let tryAt = 0;
  let merges = true;
  let mending: Promise<void> | undefined;
  /** Tables that were taken out and could not be put back yet. */
  const closed = new Set<string>();

  function look(): void {
    if (left() >= FULL_DISK_BYTES) lastRoom = Date.now();
    else doubt();
  }

  function doubt(): void {
    doubts++;
    doubtSince ??= Math.floor(lastRoom / 1000) - SLACK_S;
  }

  /** Stops them each time that it is asked: a table that was opened anew since does not know. */
  async function steerMerges(on: boolean): Promise<void> {
    if (!on || !merges) await clickhouse.run(`SYSTEM ${on ? 'START' : 'STOP'} MERGES`);
    merges = on;
  }

  async function mend(): Promise<void> {
    const seen = doubts;
    await gate.whileShut(async () => {
      for (const table of closed) await open(table);
      if (doubtSince !== null) await mendSince(doubtSince);
      for (const { table, path, parts } of await partsAside(clickhouse)) {
        await openAnew(table, () => forget(path, parts));
        log.error({ event: 'parts_mended', table, parts }, 'parts that could not be read are put aside');
      }
    });
    await steerMerges(true);
    isChecked = true;
    if (seen === doubts) doubtSince = null;
  }

  async function mendSince(since: number): Promise<void> {
    await steerMerges(false);
    await mergesAreOver(clickhouse);
    const anew = new Set<string>();
    for (const { table, name, inserted } of await partsSince(clickhouse, since)) {
      if (await isWhole(clickhouse, table, name)) continue;
      if (inserted === 0) anew.add(table);
      else {
        await clickhouse.run(`ALTER TABLE {db}.${table} DROP PART '${name}'`);
        log.error({ event: 'parts_mended', table, parts: [name] }, 'a part that a full disk left empty is dropped');
      }
    }
    for (const table of anew) await openAnew(table);
  }

  async function openAnew(table: string, between: () => void = () => undefined): Promise<void> {
    closed.add(table);
    await clickhouse.run(`DETACH TABLE {db}.${table} SYNC`);
    try {
      between();
    } finally {
      await open(table);
    }
  }

  async function open(table: string): Promise<void> {
    await clickhouse.run(`ATTACH TABLE IF NOT EXISTS {db}.${table}`);
    closed.delete(table);
  }

  /** @throws DiskFull as long as it cannot be mended. */
  async function mended(): Promise<void> {
    look();
    if (isChecked && doubtSince === null) return;
    if (left() < FULL_DISK_BYTES || Date.now() < tryAt) throw new DiskFull();
    mending ??= mend()
      .catch(async (error: unknown) => {
        tryAt = Date.now() + TRY_AGAIN_MS;
        // What holds the gate may be an erasure, which waits for merges to go on.
        if (error instanceof GateBusy) await steerMerges(true);
        log.warn({ event: 'disk_not_mended', err: error }, 'what a full disk left is not mended yet');
        throw new DiskFull();
      })
      .finally(() => {
        mending = undefined;
      });
    await mending;
  }

  async function change(statement: () => Promise<void>): Promise<void> {
    await mended();
    const before = doubts;
    try {
      await statement();
    } catch (error) {
      const full = left() < FULL_DISK_BYTES;
      if (full || isDiskFull(error)) doubt();
      throw full ? new DiskFull() : error;
    }
    if (doubts !== before) throw new DiskFull();
  }

  /** A table that is taken out and a part without data make reads fail that are right. */
  async function read<T>(statement: () => Promise<T>): Promise<T> {
    try {
      return await statement();
    } catch (error) {
      if (doubtSince !== null || mending !== undefined) throw new DiskFull();
      throw error;
    }
  }

  /** Reads want whole parts as well, so this waits for no change. */
  async function tick(): Promise<void> {
    look();
    if (doubtSince === null) return;
    // While there is no room nothing may be merged, nor what was merged be removed.
    if (left() < FULL_DISK_BYTES) await steerMerges(false);
    else await mended();
  }

  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = tick().catch((error: unknown) => {
      if (!(error instanceof DiskFull)) log.warn({ event: 'disk_not_watched', err: error }, 'the disk is not watched');
    });
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    guard(lane) {
      return {
        ...withChanges(believeWhileRoom(lane, left), change),
        rows: <T>(...args: Parameters<ClickHouse['rows']>) => read(() => lane.rows<T>(...args)),
        checked: (...args) => read(() => lane.checked(...args)),
      };
    },
    async close() {
      clearInterval(timer);
      await looking;
      // Whoever began it is told how it ended; here it must only be over.
      await Promise.allSettled([mending]);
    },
  };
}

interface Part {
  table: string;
  name: string;
  /** 1: an insert made it; 0: it was made from others, by a merge or an erasure. */
  inserted: number;
}

function partsSince(clickhouse: ClickHouse, since: number): Promise<Part[]> {
  return clickhouse.rows<Part>(
    `SELECT table, name, level = 0 AND data_version = min_block_number AS inserted FROM system.parts
     WHERE database = '{db}' AND active AND modification_time >= fromUnixTimestamp(${since})`,
  );
}

/** By its checksums. */
async function isWhole(clickhouse: ClickHouse, table: string, part: string): Promise<boolean> {
  const rows = await clickhouse.rows<{ is_passed: number }>(
    `CHECK TABLE {db}.${table} PART '${part}' SETTINGS check_query_single_value_result = 0`,
  );
  return rows.every(({ is_passed }) => is_passed === 1);
}

async function mergesAreOver(clickhouse: ClickHouse): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const rows = await clickhouse.rows("SELECT 1 FROM system.merges WHERE database = '{db}' LIMIT 1");
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('merges that were stopped still run');
}

const ASIDE = 'broken-on-start';

interface Aside {
  table: string;
  /** Folder of the table's data. */
  path: string;
  /** Names of folders in `detached`. */
  parts: string[];
}

/** What the engine could not read when it opened a table, and put aside. */
function partsAside(clickhouse: ClickHouse): Promise<Aside[]> {
  return clickhouse.rows<Aside>(
    `SELECT table, any(folder) AS path, groupArray(name) AS parts
     FROM (SELECT table, name FROM system.detached_parts WHERE database = '{db}' AND reason = '${ASIDE}') AS detached
     INNER JOIN (SELECT name AS table, data_paths[1] AS folder FROM system.tables WHERE database = '{db}') AS tables USING (table)
     GROUP BY table`,
  );
}

/**
 * Of a table that is closed: the tokens of parts that were put aside are forgotten, and those get a name by which they
 * are not found again. A log of tokens is a line for each: 1 for kept or 2 for forgotten, part, token; what follows a line
 * that was cut off would not be read, so none is left.
 */
function forget(path: string, parts: readonly string[]): void {
  const names = new Set(parts.map((part) => part.replace(`${ASIDE}_`, '').replace(/_try\d+$/, '')));
  const logs = join(path, 'deduplication_logs');
  for (const file of existsSync(logs) ? readdirSync(logs) : []) {
    const lines = readFileSync(join(logs, file), 'utf8').split('\n');
    const kept = lines.filter((line) => TOKEN_LINE.test(line) && !names.has(line.split('\t')[1] ?? ''));
    // Not beside the logs: the engine takes every file there for one.
    const draft = join(path, `${file}.draft`);
    writeFileSync(draft, kept.map((line) => `${line}\n`).join(''), { flush: true });
    renameSync(draft, join(logs, file));
  }
  // The same merge may have failed before, and left a part of the same name.
  const aside = join(path, 'detached');
  for (const part of parts) renameSync(join(aside, part), join(aside, part.replace(ASIDE, `set-aside-${Date.now()}`)));
}

const TOKEN_LINE = /^[12]\t[^\t]+\t[^\t]+$/;
