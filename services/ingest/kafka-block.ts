import type { EventRow } from '../../schemas/event-row.ts';
import type { Cut } from './cuts.ts';
import { refusedRow } from './dead-letter.ts';
import { Unsettled } from './duplicates.ts';
import { isOneBlock } from './insert.ts';
import type { HeldPartitionDeps } from './kafka-partition.ts';
import type { RecordResult } from './progress.ts';
import type { ReadBlock } from './read-block.ts';
import { encodeRow } from './row.ts';

/** What became of a block's records. */
export type Outcome = Partial<Record<RecordResult, number>>;

/** A block whose cut is written, on its way into the tables. */
export interface Blocks {
  /** @param block `again` when an earlier owner cut it; `checkedAt` is when the claim was looked at (performance.now). */
  insert(cut: Cut, block: { again: boolean; read: ReadBlock; checkedAt: number }): Promise<Outcome>;
  /** Rows that stand in the raw table go in again under the name of their block: what any roll-up lacks, it gets. */
  complete(standing: { cut: Cut; rows: readonly EventRow[] }): Promise<void>;
}

/** A claim check older than this is made again right before an insert. */
const CHECK_FRESH_MS = 1_000;

/** @param assertOurs looks at the claims; throws when the partition has a newer owner. */
export function createBlocks(
  deps: Pick<HeldPartitionDeps, 'cuts' | 'topic' | 'partition' | 'inserter' | 'duplicates' | 'deadLetters'>,
  assertOurs: () => Promise<void>,
): Blocks {
  const { cuts, topic, partition } = deps;

  /** Looks at the claims again before an attempt when that was last done a while ago. */
  function watchingClaims(firstCheck: number): () => Promise<void> {
    let checkedAt = firstCheck;
    return async () => {
      if (performance.now() - checkedAt < CHECK_FRESH_MS) return;
      await assertOurs();
      checkedAt = performance.now();
    };
  }

  async function complete({ cut, rows }: { cut: Cut; rows: readonly EventRow[] }): Promise<void> {
    const stillOurs = watchingClaims(performance.now());
    await deps.inserter.insertLines(rows.map(encodeRow), tokenOf(topic, partition, cut), { stillOurs });
  }

  async function insertRead(cut: Cut, read: ReadBlock, checkedAt: number): Promise<Outcome> {
    const checkClaims = watchingClaims(checkedAt);
    // 3. What was refused; before ids are decided about, so that nothing slow lies between that and the insert.
    await deps.deadLetters.store(read.deadLetters, cut.judgedAt);
    // 4. Duplicates by explicit id.
    const settled = await deps.duplicates.settle({ rows: read.rows, seen: 'elsewhere', judgedAt: cut.judgedAt });
    const twice = new Set(settled.twice);
    const rows = twice.size === 0 ? read.rows : read.rows.filter((_, i) => !twice.has(i));
    // 5. The block, under the name that its cut gives it.
    const refused = await deps.inserter.insertLines(rows.map(encodeRow), tokenOf(topic, partition, cut), {
      async stillOurs(isWhole) {
        if (isWhole) settled.assertFresh();
        await checkClaims();
      },
      refused: (indexes) => deps.deadLetters.store(lettersOf(rows, indexes), cut.judgedAt),
    });
    return {
      accepted: rows.length - refused.length,
      duplicate: read.rows.length - rows.length,
      dead_letter: read.deadLetters.length + refused.length,
      skipped: read.skipped,
    };
  }

  return {
    complete,
    async insert(cut, { again, read, checkedAt }) {
      for (let mayStand = again; ; mayStand = true) {
        // Its first owner may have been at it until a moment ago, and so may we.
        const rows = mayStand ? await cuts.rowsOf(partition, cut) : [];
        if (rows.length > 0 && isOneBlock(rows.map(({ time }) => time))) {
          await complete({ cut, rows });
          return { replayed: rows.length };
        }
        try {
          return await insertRead(cut, read, checkedAt);
        } catch (error) {
          // Decides anew about ids when the engine kept the block waiting for so long that others may have taken one.
          if (!(error instanceof Unsettled)) throw error;
        }
      }
    },
  };
}

/** The same block has the same name, whoever inserts it; the epoch keeps a recreated topic's blocks apart. */
const tokenOf = (topic: string, partition: number, { epoch, first, last }: Cut): string =>
  `kafka:${topic}:${partition}:${epoch}:${first}:${last}`;

const lettersOf = (rows: readonly EventRow[], refused: readonly number[]) =>
  refused.flatMap((index) => {
    const row = rows[index];
    return row === undefined ? [] : [refusedRow(row)];
  });
