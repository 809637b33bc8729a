import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createDeadLetterSink } from '../../services/ingest/dead-letter.ts';
import { createDuplicates } from '../../services/ingest/duplicates.ts';
import { createInserter } from '../../services/ingest/insert.ts';
import { createJournal, type FilePosition } from '../../services/ingest/journal.ts';
import { createProgress } from '../../services/ingest/progress.ts';
import { encodeRow } from '../../services/ingest/row.ts';
import { createWriter, type WriteJob } from '../../services/ingest/writer.ts';
import { systemClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { QUIET } from '../support/quiet-row.ts';

const folder = temporaryFolder('journal');
let under: IngestUnderTest | undefined;

async function open(): Promise<IngestUnderTest> {
  under = await openIngest(folder.path);
  return under;
}
afterEach(async () => {
  await under?.close();
  under = undefined;
});
afterAll(() => folder.remove());

describe('the writer', () => {
  it('keeps the position of a stretch that waited behind the body of a request', async () => {
    const { lane } = await open();
    const positions: FilePosition[] = [];
    const log = createLogger('silent');
    const at = join(folder.path, 'group-journal');
    const writer = createWriter({
      clickhouse: lane,
      inserter: createInserter({ clickhouse: lane, log }),
      duplicates: createDuplicates(lane),
      deadLetters: createDeadLetterSink(lane, null),
      journal: createJournal(at, log),
      progress: createProgress(createMetrics(), systemClock),
      log,
      onPosition: async (position) => void positions.push(position),
    });
    const job = (source: string, offset: number): WriteJob => ({
      kind: 'http',
      block: {
        rows: [{ ...QUIET, source, offset, event_id: `${source}:0:${offset}`, time: Date.now() }],
        rowRecords: [0],
        deadLetters: [],
        deadRecords: [],
        skipped: 0,
      },
      bytes: 100,
      judgedAt: Date.now(),
      recognise: 'ids',
    });
    const position = (offset: number) => ({ path: '/var/log/x.log', fingerprint: 1, generation: 0, offset });
    const done = [
      writer.write(job('http:w', 1)),
      writer.write(job('http:w', 2)),
      writer.write({ ...job('file:w', 3), kind: 'file', position: position(10) }),
      writer.write({ ...job('file:w', 4), kind: 'file', position: position(20) }),
      writer.write(job('http:w', 5)),
    ];
    for (const { accepted } of await Promise.all(done)) expect(accepted).toBe(1);
    expect(positions.map(({ offset }) => offset)).toEqual([10, 20]);
    expect(readdirSync(at)).toEqual([]);
  });
});

describe('a journal that a killed process left', () => {
  const at = join(folder.path, 'journal');
  const entry = (source: string, n: number) => ({
    token: `journal:${source}`,
    judgedAt: Date.now(),
    letters: [],
    position: null,
    recognise: 'ids' as const,
    lines: Array.from({ length: n }, (_, offset) =>
      encodeRow({ ...QUIET, source, offset, event_id: `${source}:0:${offset}`, time: Date.now() }),
    ),
  });

  it('has a dead letter for each row that the engine refuses', async () => {
    const left = entry('http:refused', 6);
    // What no check of ours lets through: half a pair of surrogates.
    left.lines[4] = (left.lines[4] ?? '').replace('"GET"', '"\\ud800x"');
    expect(left.lines[4]).toContain('ud800');
    await createJournal(at, createLogger('silent')).write(left);
    const { lane } = await open();
    const [row] = await lane.rows(
      `SELECT (SELECT count() FROM {db}.events_raw_v1 WHERE source = 'http:refused') AS stored,
              (SELECT groupArray(offset) FROM {db}.dead_letters_v1 FINAL WHERE source = 'http:refused') AS refused`,
    );
    expect(row).toEqual({ stored: 5, refused: [4] });
  });

  it('is told about in /readyz while a file of it cannot be read, and the others are stored', async () => {
    const broken = join(at, '000000000000001-broken.block');
    writeFileSync(broken, '{"token":"journal:torn"');
    const torn = await createJournal(at, createLogger('silent')).write(entry('http:torn', 3));
    appendFileSync(torn, '\n["half a li');
    await createJournal(at, createLogger('silent')).write(entry('http:whole', 3));
    const { lane, health } = await open();
    const detail = () => health.report('ingest').parts.ingest?.detail ?? '';
    expect(detail()).toContain(`The journal file ${broken} cannot be read, nor can 1 others`);
    expect(await lane.rows("SELECT count() AS n FROM {db}.events_raw_v1 WHERE source = 'http:whole'")).toEqual([
      { n: 3 },
    ]);
    rmSync(broken);
    rmSync(torn);
    expect(detail()).toBe('');
  });
});
