import { describe, expect, it } from 'vitest';
import { createJournal, type JournalEntry } from '../../../services/ingest/journal.ts';
import { createBlockReader } from '../../../services/ingest/read-block.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { giveBack, mapInSlices } from '../../../services/ingest/slices.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createLogger } from '../../../shared/logger.ts';
import { temporaryFolder } from '../../support/process.ts';

/** How often somebody else had the thread while `work` ran. */
async function turnsBeside(work: Promise<unknown>): Promise<number> {
  let done = false;
  let turns = 0;
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) {
    await giveBack();
    turns++;
  }
  await ended;
  return turns;
}

describe('long work beside decisions', () => {
  it('maps like map, in order, and lets others have the thread in between', async () => {
    const items = Array.from({ length: 640 }, (_, i) => i);
    const slow = (item: number, index: number) => {
      const until = performance.now() + 0.2;
      while (performance.now() < until);
      return item * 2 + index;
    };
    let made: number[] = [];
    const turns = await turnsBeside(
      mapInSlices(items, slow).then((all) => {
        made = all;
      }),
    );
    expect(made).toEqual(items.map((item) => item * 3));
    expect(turns).toBeGreaterThan(10);
  });

  it('writes a block of many letters and lines as it is read again', async () => {
    const folder = temporaryFolder('slices');
    const letter = (offset: number) => ({
      kind: 'dead-letter' as const,
      ...{ source: 'http:a', partition: 7, offset, format: '' },
      ...{ reason: 'malformed' as const, detail: 'a "detail"\n', sample: 'x,]}\n' },
    });
    const journal = createJournal(folder.path, createLogger('silent'));
    for (const [letters, lines] of [
      [0, 0],
      [1, 1],
      [2_001, 1_000],
      [0, 2_500],
    ] as const) {
      const entry: JournalEntry = {
        token: 'journal:x',
        judgedAt: 1_764_400_000_000,
        letters: Array.from({ length: letters }, (_, i) => letter(i)),
        position: null,
        recognise: 'ids',
        lines: Array.from({ length: lines }, (_, i) => `["${i}",1]`),
      };
      const file = await journal.write(entry);
      expect((await journal.left()).map((each) => each.entry)).toEqual([entry]);
      await journal.remove(file);
    }
    folder.remove();
  });

  it('stops reading at more events than its caller allows, also where one record brings thousands', async () => {
    const view = () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) });
    const routes = createRouteLearner({ seed: [] });
    const read = createBlockReader({ format: 'auto', live: true, scopes: view, pseudonymKey: null, routes });
    const bytes = Buffer.from(`[${Array(50).fill('{}').join(',')}]`);
    const records = [0, 1].map((offset) => ({ source: 'http:a', partition: 0, offset, bytes }));
    const now = manualClock(0).now();
    const upTo = (most: number) => (events: number) => {
      if (events > most) throw new Error(`${events} events`);
    };
    expect((await read(records, now, upTo(100))).deadLetters).toHaveLength(100);
    await expect(read(records, now, upTo(99))).rejects.toThrow('100 events');
    // What one record of several shows is known before the others are read.
    await expect(read(records, now, upTo(50))).rejects.toThrow('51 events');
  });
});
