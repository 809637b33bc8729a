import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeadLetterSink } from '../../services/ingest/dead-letter.ts';
import { createDuplicates } from '../../services/ingest/duplicates.ts';
import { createInserter, type InsertFaults } from '../../services/ingest/insert.ts';
import { createJournal } from '../../services/ingest/journal.ts';
import { createProgress } from '../../services/ingest/progress.ts';
import { encodeRow } from '../../services/ingest/row.ts';
import { createWriter, type WriteJob, type Writer } from '../../services/ingest/writer.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { systemClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { canonicalPipeline, openEngine, type TestEngine } from '../support/engine.ts';
import { temporaryFolder } from '../support/process.ts';

// Two processes over one engine: writers with journals, lanes and look-ups of their own.
const log = createLogger('silent');
const folder = temporaryFolder('event-claims');
let engine: TestEngine;
const lanes: ClickHouse[] = [];
beforeAll(async () => {
  engine = await openEngine('claims');
});
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  await engine.close();
  folder.remove();
});

function lane(): ClickHouse {
  const opened = openLane({ kind: 'embedded', path: engine.path }, engine.clickhouse.database);
  lanes.push(opened);
  return opened;
}

/** One process; on the same name again it is the next one after a crash. */
function open(name: string, more: { faults?: InsertFaults; patienceMs?: number } = {}): Writer {
  const lookUps = lane();
  return createWriter({
    clickhouse: lookUps,
    inserter: createInserter({ clickhouse: lane(), log, faults: more.faults ?? {} }),
    duplicates: createDuplicates(lookUps, more.patienceMs),
    deadLetters: createDeadLetterSink(lookUps, null),
    journal: createJournal(join(folder.path, name), log),
    progress: createProgress(createMetrics(), systemClock),
    log,
  });
}

let places = 0;
/** A body of events with these ids, at a place of its own as each request is. */
function body(ids: readonly string[]): WriteJob {
  const pipeline = canonicalPipeline(systemClock);
  const partition = ++places;
  const rows = ids.map((id, n) => {
    const line = JSON.stringify({
      time: Date.now(),
      'http.request.method': 'GET',
      'url.path': '/v1/items',
      'http.response.status_code': 200,
      'client.address': '192.0.2.1',
      event_id: id,
    });
    const read = pipeline.ingest({ source: 'http:shop', partition, offset: n + 1, bytes: Buffer.from(line) });
    if (read.kind !== 'event') throw new Error(read.kind);
    return read.row;
  });
  const block = { rows, rowRecords: rows.map((_, n) => n), deadLetters: [], deadRecords: [], skipped: 0 };
  return { kind: 'http', block, bytes: 1_000, judgedAt: Date.now(), recognise: 'ids' };
}

async function stored(prefix: string): Promise<{ rows: number; ids: number }> {
  const [row] = await engine.clickhouse.rows<{ rows: number; ids: number }>(
    `SELECT count() AS rows, uniqExact(event_id) AS ids FROM {db}.events_raw_v1 WHERE startsWith(event_id, {prefix:String})`,
    { params: { prefix } },
  );
  return row ?? { rows: -1, ids: -1 };
}
/** A promise that is resolved from outside. */
function gate(): { promise: Promise<void>; resolve(): void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
const ids = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${prefix}-${from + n}`);

describe('one event id in two processes at the same instant', () => {
  it('is stored once, and each caller is told what became of its own copy, however bodies overlap', async () => {
    const [a, b] = [open('race-a'), open('race-b')];
    let accepted = 0;
    let duplicates = 0;
    for (let round = 0; round < 25; round++) {
      // Bodies share some of their ids, in another order.
      const outcomes = await Promise.all([
        a.write(body(ids('race', round * 30, round * 30 + 40))),
        b.write(body(ids('race', round * 30 + 10, round * 30 + 50).reverse())),
      ]);
      for (const outcome of outcomes) {
        accepted += outcome.accepted;
        duplicates += outcome.duplicates;
      }
    }
    const distinct = 24 * 30 + 50;
    expect(await stored('race-')).toEqual({ rows: distinct, ids: distinct });
    expect({ accepted, duplicates }).toEqual({ accepted: distinct, duplicates: 25 * 80 - distinct });
    const [rolled] = await engine.clickhouse.rows<{ n: number }>(
      'SELECT sum(requests) AS n FROM {db}.entity_1s_v1 WHERE kind = 4',
    );
    expect(rolled?.n).toBe(distinct);
  });

  it('waits for the one that claimed it first, and knows its copy once that is stored', async () => {
    const opening = gate();
    const claimed = gate();
    const slow = open('slow', {
      faults: {
        async beforeInsert() {
          claimed.resolve();
          await opening.promise;
        },
      },
    });
    const first = slow.write(body(['slow-1']));
    await claimed.promise;
    let told = false;
    const second = open('quick')
      .write(body(['slow-1', 'slow-2']))
      .then((outcome) => {
        told = true;
        return outcome;
      });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(told).toBe(false);
    opening.resolve();
    expect(await first).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await second).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await stored('slow-')).toEqual({ rows: 2, ids: 2 });
  });

  it('is not lost when the process that claimed it dies, nor stored again when that one comes back', async () => {
    const never = new Promise<never>(() => undefined);
    const claimed = gate();
    const dies = open('dies', {
      faults: {
        beforeInsert() {
          claimed.resolve();
          return never;
        },
      },
    });
    void dies.write(body(['dies-1', 'dies-2']));
    await claimed.promise;
    // Its caller was told nothing and asks another process.
    const outcome = await open('heir', { patienceMs: 300 }).write(body(['dies-1']));
    expect(outcome).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await stored('dies-')).toEqual({ rows: 1, ids: 1 });
    // The journal of the dead one has both: the one that nobody else took is completed.
    expect(await open('dies').recover()).toBe(1);
    expect(await stored('dies-')).toEqual({ rows: 2, ids: 2 });
    expect(await open('dies').recover()).toBe(0);
  });

  it('is not stored again from a journal that the deduplication window has forgotten, though its first row was another one’s', async () => {
    const job = body(['gone-1', 'gone-2']);
    await open('gone-rival').write(body(['gone-1']));
    const lines = job.block.rows.map(encodeRow);
    const inserter = createInserter({ clickhouse: lane(), log });
    await inserter.insertLines(lines.slice(1), 'journal:gone');
    await engine.clickhouse.run(
      `INSERT INTO {db}.events_raw_v1 (event_id, time, source, inserted_at)
       SELECT concat('others-', toString(number)), now64(3), 'test', now64(3) + toIntervalMillisecond(number) FROM numbers(700)`,
    );
    const entry = { judgedAt: job.judgedAt, letters: [], position: null, recognise: 'ids' as const, lines };
    await createJournal(join(folder.path, 'gone'), log).write({ ...entry, token: 'journal:forgotten' });
    expect(await open('gone').recover()).toBe(1);
    expect(await stored('gone-')).toEqual({ rows: 2, ids: 2 });
  });

  it('is decided anew by a process that was kept waiting, before it inserts', async () => {
    let refusals = 1;
    const waits = open('waits', {
      patienceMs: 600,
      faults: {
        async beforeInsert() {
          if (refusals-- <= 0) return;
          // The engine is away for this process only, for longer than others are patient.
          await open('waits-heir', { patienceMs: 100 }).write(body(['waits-1']));
          await new Promise((resolve) => setTimeout(resolve, 300));
          throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });
        },
      },
    });
    expect(await waits.write(body(['waits-1', 'waits-2']))).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await stored('waits-')).toEqual({ rows: 2, ids: 2 });
  });

  it('is stored twice only when one insert takes longer than the others are patient: the window of doubt', async () => {
    const frozen = gate();
    const claimed = gate();
    const late = open('frozen', {
      faults: {
        async beforeInsert() {
          claimed.resolve();
          await frozen.promise;
        },
      },
    });
    const first = late.write(body(['frozen-1']));
    await claimed.promise;
    await open('frozen-heir', { patienceMs: 300 }).write(body(['frozen-1']));
    frozen.resolve();
    await first;
    expect(await stored('frozen-')).toEqual({ rows: 2, ids: 1 });
  });
});
