import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import type { Clock } from '../../../shared/clock.ts';
import { DAY_MS, type GraceMemory } from './graces.ts';

/** Carries met challenges between this process's memory and the table that all processes share. */
export interface GraceShare {
  /** Everything of the last day; the process is not ready before this resolves. */
  load(): Promise<void>;
  /** Tells what was met here. */
  tell(): Promise<void>;
  /** Learns what was met elsewhere. */
  learn(): Promise<void>;
}

/** An insert takes this long at most between its time stamp and being seen. */
const OVERLAP_MS = 10_000;
const PAGE = 50_000;

export function createGraceShare(deps: {
  clickhouse: ClickHouse;
  clock: Clock;
  memory: GraceMemory;
  /** Name of this process: its own rows are not news to it. */
  writer: string;
}): GraceShare {
  const { clickhouse, clock, memory, writer } = deps;
  /** When the last whole read began, on this process's own clock that never jumps; null: never. */
  let readAt: number | null = null;

  async function read(): Promise<void> {
    const began = performance.now();
    // How long ago is asked, not since when: the server's clock is not this machine's.
    const since = readAt === null ? null : Math.ceil(began - readAt) + OVERLAP_MS;
    const newer =
      since === null ? '1' : `written_at > now64(6) - toIntervalMillisecond(${since}) AND writer != {writer:String}`;
    let after = { metMs: clock.now() - DAY_MS, caller: '' };
    for (;;) {
      const rows = await clickhouse.rows<{ caller: string; metMs: number }>(
        `SELECT DISTINCT caller, toUnixTimestamp64Milli(met_at) AS metMs FROM {db}.challenge_graces_v1
         WHERE ${newer} AND (met_at, caller) > (fromUnixTimestamp64Milli({metMs:Int64}, 'UTC'), {caller:String})
         ORDER BY met_at, caller LIMIT ${PAGE}`,
        { params: { ...after, writer } },
      );
      rows.forEach(memory.learn);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last;
    }
    readAt = began;
  }

  async function tell(): Promise<void> {
    const met = memory.takeUntold();
    if (met.length === 0) return;
    try {
      await clickhouse.insert(
        'challenge_graces_v1',
        ['writer', 'caller', 'met_at'],
        met.map(({ caller, metMs }) => [writer, caller, metMs]),
      );
    } catch (error) {
      memory.putBack(met);
      throw error;
    }
  }

  return { load: read, tell, learn: read };
}
