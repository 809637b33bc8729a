import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { ReplayMemory } from './replay.ts';

/** Carries uses of single-use tokens between this process's memory and the table that all processes share. */
export interface ReplayShare {
  /** Everything that has not expired; the process is not ready before this resolves. */
  load(): Promise<void>;
  /** Tells what this process saw used. */
  tell(): Promise<void>;
  /** Learns what others saw. */
  learn(): Promise<void>;
}

/** An insert takes this long at most between its time stamp and being seen. */
const OVERLAP_MS = 10_000;
const PAGE = 50_000;

export function createReplayShare(deps: {
  clickhouse: ClickHouse;
  clock: Clock;
  memory: ReplayMemory;
  /** Name of this process: its own rows are not news to it. */
  writer: string;
}): ReplayShare {
  const { clickhouse, clock, memory, writer } = deps;
  /** When the last whole read began, on this process's own clock that never jumps; null: never. */
  let readAt: number | null = null;

  async function read(): Promise<void> {
    const began = performance.now();
    // How long ago is asked, not since when: the server's clock is not this machine's.
    const since = readAt === null ? null : Math.ceil(began - readAt) + OVERLAP_MS;
    const newer =
      since === null ? '1' : `written_at > now64(6) - toIntervalMillisecond(${since}) AND writer != {writer:String}`;
    let after = '';
    for (;;) {
      const rows = await clickhouse.rows<{ use: string; untilS: number }>(
        `SELECT use, toUnixTimestamp(max(until)) AS untilS FROM {db}.token_uses_v1
         WHERE ${newer} AND until > {now:UInt32} AND use > {after:String}
         GROUP BY use ORDER BY use LIMIT ${PAGE}`,
        { params: { after, now: Math.floor(clock.now() / 1000), writer } },
      );
      for (const { use, untilS } of rows) memory.learn(use, untilS * 1000);
      after = rows.at(-1)?.use ?? '';
      if (rows.length < PAGE) break;
    }
    readAt = began;
  }

  async function tell(): Promise<void> {
    const uses = memory.takeUntold();
    if (uses.length === 0) return;
    try {
      await clickhouse.insert(
        'token_uses_v1',
        ['writer', 'use', 'until'],
        uses.map(({ use, untilMs }) => [writer, use, Math.ceil(untilMs / 1000)]),
      );
    } catch (error) {
      memory.putBack(uses);
      throw error;
    }
  }

  return {
    load: read,
    tell,
    learn: read,
  };
}
