import { appendFileSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../logger.ts';
import type { ClickHouse } from './client.ts';
import { type Gate, GateBusy } from './gate.ts';
import { believeWhileRoom, DiskFull, FULL_DISK_BYTES, isDiskFull } from './room.ts';

/** Below this nothing is merged: a merge that meets a full disk puts an empty part in the place of full ones. */
const MERGE_BYTES = 256 * 1_048_576;
const LOOK_EVERY_MS = 1_000;
/** The engine says to the second when it made a part, and a look may come late. */
const SLACK_S = 10;

export interface MenderDeps {
  /** A lane of its own, outside the gate. */
  clickhouse: ClickHouse;
  /** Shut while tables are taken out and put back. */
  gate: Gate;
  log: Logger;
  /** Bytes that are left on the disk of the data. */
  left(): number;
}

/** Undoes what a full disk did to embedded data, before the next change of it. */
export interface Mender {
  /** The same lane: a change that met a full disk fails, and none begins before what such a one left is mended. */
  guard(lane: ClickHouse): ClickHouse;
  close(): Promise<void>;
}

/**
 * What the embedded engine writes while the disk is full is empty, and it does not know: an insert leaves a part without
 * data and a deduplication token that says it is in; a merge replaces parts by an empty one. It does see such a part when
 * it opens a table, puts it aside, and takes back what it was merged from. So once there is room again, the tables that
 * were written meanwhile are opened anew, and the tokens of parts that were put aside are forgotten: who inserted them
 * was told that it failed, and comes again. The first change after a start looks for such parts as well.
 */
export function createMender({ clickhouse, gate, log, left }: MenderDeps): Mender {
  /** Epoch seconds from which on parts are in doubt; null: none is. */
  let doubtSince: number | null = null;
  /** How often the disk was found full; a change in which it grew is in doubt as well. */
  let doubts = 0;
  let isChecked = false;
  let lastRoom = Date.now();
  let merges = true;
  let mending: Promise<void> | undefined;

  function look(): void {
    if (left() >= FULL_DISK_BYTES) lastRoom = Date.now();
    else doubt();
  }

  function doubt(): void {
    doubts++;
    doubtSince ??= Math.floor(lastRoom / 1000) - SLACK_S;
  }

  /** Reads want whole parts as well, so this waits for no change. */
  async function steer(): Promise<void> {
    const enough = left() >= MERGE_BYTES;
    if (enough !== merges) await clickhouse.run(`SYSTEM ${enough ? 'START' : 'STOP'} MERGES`);
    merges = enough;
    if (doubtSince !== null && left() >= FULL_DISK_BYTES) await mended();
  }

  async function mend(): Promise<void> {
    const since = doubtSince;
    await gate.whileShut(async () => {
      if (since !== null) for (const table of await tablesSince(clickhouse, since)) await openAnew(clickhouse, table);
      const broken = await brokenParts(clickhouse);
      for (const { table, path, parts } of broken) {
        await openAnew(clickhouse, table, () => setAside(path, parts));
        log.error(
          { event: 'parts_mended', table, parts },
          'parts that a full disk or a crash left unreadable are put aside',
        );
      }
    });
    isChecked = true;
    doubtSince = null;
  }

  /** @throws DiskFull as long as it cannot be mended. */
  async function mended(): Promise<void> {
    look();
    if (isChecked && doubtSince === null) return;
    if (left() < FULL_DISK_BYTES) throw new DiskFull();
    // Statements that change data are short; where one is not, whoever waits here comes again.
    mending ??= mend().finally(() => {
      mending = undefined;
    });
    await mending.catch((error: unknown) => {
      if (error instanceof GateBusy) throw new DiskFull();
      throw error;
    });
  }

  async function change(statement: () => Promise<void>): Promise<void> {
    const before = doubts;
    await mended();
    try {
      await statement();
    } catch (error) {
      if (isDiskFull(error) || left() < FULL_DISK_BYTES) doubt();
      throw error;
    }
    if (doubts !== before) throw new DiskFull();
  }

  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    look();
    looking = steer().catch((error: unknown) => {
      log.warn({ event: 'disk_not_mended', err: error }, 'what a full disk left could not be mended');
    });
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    guard(lane) {
      const inner = believeWhileRoom(lane, left);
      return {
        ...lane,
        run: (...args) => change(() => inner.run(...args)),
        insert: (...args) => change(() => inner.insert(...args)),
        insertEncoded: (...args) => change(() => inner.insertEncoded(...args)),
      };
    },
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function tablesSince(clickhouse: ClickHouse, since: number): Promise<string[]> {
  const rows = await clickhouse.rows<{ table: string }>(
    `SELECT DISTINCT table FROM system.parts WHERE database = '{db}' AND active AND modification_time >= fromUnixTimestamp(${since})`,
  );
  return rows.map(({ table }) => table);
}

async function openAnew(clickhouse: ClickHouse, table: string, between: () => void = () => undefined): Promise<void> {
  await clickhouse.run(`DETACH TABLE {db}.${table}`);
  try {
    between();
  } finally {
    await clickhouse.run(`ATTACH TABLE {db}.${table}`);
  }
}

const BROKEN = 'broken-on-start';

interface BrokenParts {
  table: string;
  /** Folder of the table's data. */
  path: string;
  /** Names of folders in `detached`. */
  parts: string[];
}

function brokenParts(clickhouse: ClickHouse): Promise<BrokenParts[]> {
  return clickhouse.rows<BrokenParts>(
    `SELECT table, any(folder) AS path, groupArray(name) AS parts
     FROM (SELECT table, name FROM system.detached_parts WHERE database = '{db}' AND reason = '${BROKEN}') AS detached
     INNER JOIN (SELECT name AS table, data_paths[1] AS folder FROM system.tables WHERE database = '{db}') AS tables USING (table)
     GROUP BY table`,
  );
}

/**
 * Of a table that is closed: the tokens of its unreadable parts are forgotten, and they get a name by which they are
 * not found again. The log of tokens is a line for each: 1 for kept or 2 for forgotten, part, token.
 */
function setAside(path: string, parts: readonly string[]): void {
  const names = new Set(parts.map((part) => part.replace(`${BROKEN}_`, '').replace(/_try\d+$/, '')));
  const logs = join(path, 'deduplication_logs');
  const files = readdirSync(path).includes('deduplication_logs') ? readdirSync(logs).sort(byNumber) : [];
  const lines = files.flatMap((file) => readFileSync(join(logs, file), 'utf8').split('\n'));
  const forgotten = lines.flatMap((line) => {
    const [kept, part = '', token] = line.split('\t');
    return kept === '1' && names.has(part) && token !== undefined ? [`2\t${part}\t${token}\n`] : [];
  });
  const last = files.at(-1);
  if (last !== undefined && forgotten.length > 0) appendFileSync(join(logs, last), forgotten.join(''));
  for (const part of parts)
    renameSync(join(path, 'detached', part), join(path, 'detached', part.replace(BROKEN, 'set-aside')));
}

const byNumber = (a: string, b: string) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]);
