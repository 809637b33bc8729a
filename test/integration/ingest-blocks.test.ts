import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInserter, type Inserter } from '../../services/ingest/insert.ts';
import { encodeRow } from '../../services/ingest/row.ts';
import { type ClickHouse, faultOf, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { canonicalPipeline } from '../support/engine.ts';
import { temporaryFolder } from '../support/process.ts';
import { contentOf } from '../support/tables.ts';

const folder = temporaryFolder('blocks');
const log = createLogger('silent');
let lane: ClickHouse;
let inserter: Inserter;
beforeAll(async () => {
  lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
  await migrate(lane, { retentionDays: 30, ttl: false });
  inserter = createInserter({ clickhouse: lane, log });
});
afterAll(async () => {
  await lane.close();
  folder.remove();
});

const MONTH_MS = 30.44 * 86_400_000;
const pipeline = canonicalPipeline(manualClock(Date.UTC(2026, 0, 1)));
/** Encoded rows of one topic, at times of the caller's choice. */
function linesOf(topic: string, times: readonly number[], net = '192.0.2'): string[] {
  return times.map((time, offset) => {
    const result = pipeline.ingest({
      source: `kafka:${topic}`,
      partition: 0,
      offset,
      bytes: Buffer.from(
        JSON.stringify({
          time: Math.floor(time),
          'http.request.method': 'GET',
          'url.path': `/v1/items/${offset % 7}`,
          'http.response.status_code': 200,
          'client.address': `${net}.${offset % 250}`,
        }),
      ),
    });
    if (result.kind !== 'event') throw new Error('not an event');
    return encodeRow(result.row);
  });
}
const offsetsOf = async (topic: string) =>
  (
    await lane.rows<{ offset: number }>(
      `SELECT offset FROM {db}.events_raw_v1 WHERE source = 'kafka:${topic}' ORDER BY offset`,
    )
  ).map(({ offset }) => offset);
const recent = (n: number) => Array.from({ length: n }, (_, i) => Date.UTC(2026, 0, 1) + i);

describe('a block that the engine refuses', () => {
  it('is halved down to the rows that it refuses; all others are stored, and once when it comes again', async () => {
    const lines = linesOf('poison', recent(200));
    const bad = [0, 77, 78, 199];
    // What no check of ours lets through: a number that is none, and half a pair of surrogates.
    for (const [n, index] of bad.entries())
      lines[index] = (lines[index] ?? '').replace(/"GET"/, n % 2 === 0 ? '"\\ud800x"' : '"GET').replace(/^\[/, '[');
    expect(await inserter.insertLines(lines, 'poison:1')).toEqual(bad);
    const stored = Array.from({ length: 200 }, (_, i) => i).filter((i) => !bad.includes(i));
    expect(await offsetsOf('poison')).toEqual(stored);
    const before = await contentOf(lane);
    expect(await inserter.insertLines(lines, 'poison:1')).toEqual(bad);
    expect(await contentOf(lane)).toEqual(before);
  });

  it('of more months than the engine takes at once is stored all the same, and once', async () => {
    const times = Array.from({ length: 104 }, (_, i) => Date.UTC(2010, 0, 10) + i * MONTH_MS);
    const lines = linesOf('months', times);
    expect(await inserter.insertLines(lines, 'months:1')).toEqual([]);
    const before = await contentOf(lane);
    expect(await inserter.insertLines(lines, 'months:1')).toEqual([]);
    expect(await contentOf(lane)).toEqual(before);
    expect(await offsetsOf('months')).toEqual(times.map((_, i) => i));
  });
});

describe('an engine that fails half-way', () => {
  it('between the raw table and a roll-up: the same block completes what is missing and doubles nothing', async () => {
    const lines = linesOf('half', recent(50), '198.51.100');
    await lane.run('ALTER TABLE {db}.entity_v1 ADD CONSTRAINT broken CHECK entity = 0');
    const error = await inserter.insertLines(lines, 'half:1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(faultOf(error)).toBe('unknown');
    expect(await offsetsOf('half')).toHaveLength(50);
    await lane.run('ALTER TABLE {db}.entity_v1 DROP CONSTRAINT broken');
    await inserter.insertLines(lines, 'half:1');
    const [row] = await lane.rows<{ raw: number; entities: number }>(
      `SELECT (SELECT count() FROM {db}.events_raw_v1 WHERE source = 'kafka:half') AS raw,
              (SELECT count() FROM {db}.entity_v1 FINAL WHERE kind = 4 AND id LIKE '198.51.100.%') AS entities`,
    );
    expect(row).toEqual({ raw: 50, entities: 50 });
    const before = await contentOf(lane);
    await inserter.insertLines(lines, 'half:1');
    expect(await contentOf(lane)).toEqual(before);
  });
});
