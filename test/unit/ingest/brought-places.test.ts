import { expect, it } from 'vitest';
import type { DeadLetterSink } from '../../../services/ingest/dead-letter.ts';
import type { Duplicates } from '../../../services/ingest/duplicates.ts';
import type { Inserter } from '../../../services/ingest/insert.ts';
import type { Journal } from '../../../services/ingest/journal.ts';
import { createProgress } from '../../../services/ingest/progress.ts';
import { createWriter, type WriteJob } from '../../../services/ingest/writer.ts';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import { systemClock } from '../../../shared/clock.ts';
import { createLogger } from '../../../shared/logger.ts';
import { createMetrics } from '../../../shared/metrics.ts';
import { QUIET } from '../../support/quiet-row.ts';

const row = (offset: number) => ({
  ...QUIET,
  source: 'file:x.log',
  partition: 7,
  offset,
  event_id: `file:7:${offset}`,
});
const jobOf = (offsets: number[], more: Partial<WriteJob>): WriteJob => ({
  kind: 'file',
  block: { rows: offsets.map(row), rowRecords: offsets, deadLetters: [], deadRecords: [], skipped: 0 },
  bytes: 100,
  judgedAt: 0,
  recognise: 'places',
  ...more,
});
const followed = (offset: number) =>
  jobOf([offset], {
    recognise: 'ids',
    position: { path: '/x.log', fingerprint: 7, generation: 0, offset: offset + 1 },
  });

/** A writer over a table in which these lines of the file stand. */
function writerOver(stored: number[]) {
  const clickhouse = { rows: async () => stored.map((offset) => ({ ...row(offset), at: 0 })) };
  const duplicates: Duplicates = {
    alone: (_rows, store) => store(),
    find: async () => [],
    settle: async () => ({ twice: [], assertFresh: () => undefined }),
  };
  return createWriter({
    clickhouse: clickhouse as unknown as ClickHouse,
    inserter: { insertLines: async () => [] } as unknown as Inserter,
    duplicates,
    deadLetters: { store: async () => undefined } as unknown as DeadLetterSink,
    journal: { write: async () => 'entry', remove: async () => undefined } as unknown as Journal,
    progress: createProgress(createMetrics(), systemClock),
    log: createLogger('silent'),
  });
}

it('a follower knows lines that an import met again, which another process had stored', async () => {
  const writer = writerOver([100, 200]);
  expect(await writer.write(followed(50))).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(await writer.write(jobOf([100, 200], {}))).toMatchObject({ accepted: 0, duplicates: 2 });
  expect(await writer.write(followed(200))).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(await writer.write(followed(300))).toMatchObject({ accepted: 1, duplicates: 0 });
});
