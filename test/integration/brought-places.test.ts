import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDeadLetterSink } from '../../services/ingest/dead-letter.ts';
import { createDuplicates } from '../../services/ingest/duplicates.ts';
import { createInserter } from '../../services/ingest/insert.ts';
import { createJournal } from '../../services/ingest/journal.ts';
import { placeText } from '../../services/ingest/place.ts';
import { createProgress } from '../../services/ingest/progress.ts';
import { createWriter, type WriteJob } from '../../services/ingest/writer.ts';
import { systemClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { openEngine, type TestEngine } from '../support/engine.ts';
import { QUIET } from '../support/quiet-row.ts';

const NOW = Date.now();
const log = createLogger('silent');
let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine('brought_places');
});
afterAll(() => engine.close());

const row = (offset: number) => ({
  ...QUIET,
  time: NOW - 60_000,
  source: 'file:x.log',
  partition: 7,
  offset,
  // As of a line without an id of its own.
  event_id: placeText({ source: 'file:x.log', partition: 7, offset }),
});
const jobOf = (offsets: number[], more: Partial<WriteJob> = {}): WriteJob => ({
  kind: 'file',
  block: { rows: offsets.map(row), rowRecords: offsets, deadLetters: [], deadRecords: [], skipped: 0 },
  bytes: 100,
  judgedAt: NOW,
  recognise: 'places',
  ...more,
});
const followed = (offset: number) =>
  jobOf([offset], {
    recognise: 'ids',
    position: { path: '/x.log', fingerprint: 7, generation: 0, offset: offset + 1 },
  });

/** The writer of a process; the next one knows what is stored, and nothing of what the one before met. */
function openWriter(name = 'journal', clickhouse = engine.clickhouse) {
  return createWriter({
    clickhouse,
    inserter: createInserter({ clickhouse, log }),
    duplicates: createDuplicates(clickhouse),
    deadLetters: createDeadLetterSink(clickhouse, null),
    journal: createJournal(join(engine.path, name), log),
    progress: createProgress(createMetrics(), systemClock),
    log,
  });
}

it('a follower knows lines that an import met again, which another process had stored', async () => {
  expect(await openWriter().write(jobOf([100, 200]))).toMatchObject({ accepted: 2, duplicates: 0 });
  const writer = openWriter();
  expect(await writer.write(followed(50))).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(await writer.write(jobOf([100, 200]))).toMatchObject({ accepted: 0, duplicates: 2 });
  expect(await writer.write(followed(200))).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(await writer.write(followed(300))).toMatchObject({ accepted: 1, duplicates: 0 });
  const [stored] = await engine.clickhouse.rows<{ n: number }>('SELECT count() AS n FROM {db}.events_raw_v1');
  expect(stored?.n).toBe(4);
});

it('a follower knows lines that an import brought by way of another process, whichever is ahead, and after a restart', async () => {
  const count = async () => {
    const [stored] = await engine.clickhouse.rows<{ n: number }>(
      'SELECT count() AS n, uniqExact(offset) AS places FROM {db}.events_raw_v1 WHERE offset >= 1000',
    );
    return stored;
  };
  const [follower, importer] = [openWriter('follower'), openWriter('importer')];
  expect(await follower.write(followed(1_000))).toMatchObject({ accepted: 1, duplicates: 0 });
  // The import overtakes.
  expect(await importer.write(jobOf([1_000, 1_100, 1_200]))).toMatchObject({ accepted: 2, duplicates: 1 });
  expect(await follower.write(followed(1_100))).toMatchObject({ accepted: 0, duplicates: 1 });
  const next = openWriter('follower');
  expect(await next.write(followed(1_200))).toMatchObject({ accepted: 0, duplicates: 1 });
  // The follower is ahead again.
  expect(await next.write(followed(1_300))).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(await importer.write(jobOf([1_300, 1_400]))).toMatchObject({ accepted: 1, duplicates: 1 });
  expect(await next.write(followed(1_400))).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(await count()).toEqual({ n: 5, places: 5 });
});

it('a follower in another process knows lines of an import that could not tell of them at its first try', async () => {
  let isAway = true;
  const importer = openWriter('importer', {
    ...engine.clickhouse,
    async insert(...args) {
      if (isAway && args[0] === 'event_claims_v1') throw new Error('away');
      return engine.clickhouse.insert(...args);
    },
  });
  const follower = openWriter('follower');
  expect(await follower.write(followed(2_000))).toMatchObject({ accepted: 1 });
  await expect(importer.write(jobOf([2_000, 2_100]))).rejects.toThrow('away');
  isAway = false;
  expect(await importer.write(jobOf([2_000, 2_100]))).toMatchObject({ accepted: 1, duplicates: 1 });
  expect(await follower.write(followed(2_100))).toMatchObject({ accepted: 0, duplicates: 1 });
});
