import { describe, expect, it } from 'vitest';
import { createBlockReader } from '../../../services/ingest/read-block.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { giveBack } from '../../../services/ingest/slices.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const reader = () =>
  createBlockReader({
    format: 'auto',
    live: true,
    scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
    pseudonymKey: null,
    routes: createRouteLearner(),
  });
const message = (offset: number, text: string) => ({
  source: 'kafka:t',
  partition: 3,
  offset,
  bytes: Buffer.from(text),
});
const read = (...texts: string[]) =>
  reader()(
    texts.map((text, n) => message(n, text)),
    NOW,
  );
const good = (n: number) =>
  `{"time":${NOW},"http.request.method":"GET","url.path":"/${n}","http.response.status_code":200,"client.address":"192.0.2.1"}`;
const many = (n: number, of: (n: number) => string) => Array.from({ length: n }, (_, i) => of(i));
const exportOf = (records: readonly string[]) =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join(',')}]}]}]}`;

describe('a message that brings many', () => {
  it('counts every good event, however many there are', async () => {
    const { rows, deadLetters } = await read(`[${many(30_000, good).join(',')}]`);
    expect([rows.length, deadLetters.length]).toEqual([30_000, 0]);
    expect(new Set(rows.map(({ event_id }) => event_id)).size).toBe(30_000);
  });

  it('counts the good ones among a million that are none, and these in a thousand letters and one', async () => {
    const texts = many(500, (n) => `${good(n)},${'{},'.repeat(2_000)}{"a":"${'x'.repeat(30)}"}`);
    const { rows, deadLetters } = await read(`[${texts.join(',')}]`);
    expect(rows.map(({ path }) => path)).toEqual(many(500, (n) => `/${n}`));
    expect(deadLetters).toHaveLength(1_001);
    expect(deadLetters.slice(0, 3).map(({ element }) => element)).toEqual([1, 2, 3]);
    expect(deadLetters.at(-1)).toMatchObject({ source: 'kafka:t', partition: 3, offset: 0, element: 1_001 });
    expect(deadLetters.at(-1)?.detail).toMatch(
      /It stands for all further bad parts of its record: 998999 missing_field, 501 unknown_format\.$/,
    );
    const told = [...(deadLetters.at(-1)?.detail ?? '').matchAll(/(\d+) [a-z]+_[a-z]+/g)].map(([, n]) => Number(n));
    expect(told.reduce((sum, n) => sum + n, 1_000)).toBe(500 * 2_001);
  });

  it.each([
    ['a list', `[${'{},'.repeat(1_000_000)}{}]`],
    ['an export', exportOf(many(1_000_000, () => '{}'))],
  ])('holds neither the thread nor memory: %s', async (_, text) => {
    let [done, turns] = [false, 0];
    const reading = read(text).finally(() => {
      done = true;
    });
    while (!done) {
      await giveBack();
      turns++;
    }
    expect((await reading).deadLetters).toHaveLength(1_001);
    expect(turns).toBeGreaterThan(20);
  });

  it('is bounded in a block of many such messages too, and each of them has its letters', async () => {
    const texts = many(3_000, () => `[${'{},'.repeat(279)}{}]`);
    const { deadLetters } = await read(...texts);
    expect(deadLetters.length).toBeLessThan(30_000);
    expect(new Set(deadLetters.map(({ offset }) => offset)).size).toBe(3_000);
    const known = new Set(deadLetters.map(({ offset, element }) => `${offset}:${element}`));
    expect(known.size).toBe(deadLetters.length);
  });

  it('has a letter for each ordinary bad event', async () => {
    const bad = good(1).replace('192.0.2.1', 'nowhere');
    const { deadLetters } = await read(`[${many(900, () => bad).join(',')}]`);
    expect(deadLetters.map(({ element }) => element)).toEqual(many(900, String).map(Number));
    expect(new Set(deadLetters.map(({ reason }) => reason))).toEqual(new Set(['invalid_address']));
  });

  it('loses no good event to a broken one beside it', async () => {
    const { rows, deadLetters } = await read(`[${good(1)},{"a":oops},${good(2)}]`);
    expect(rows.map(({ path }) => path)).toEqual(['/1', '/2']);
    expect(deadLetters).toMatchObject([{ element: 1, reason: 'malformed' }]);
  });

  it('reads the same when it comes again', async () => {
    const text = `[${many(5_000, (n) => (n % 3 === 0 ? good(n) : '{"status":"odd"}')).join(',')}]`;
    expect(await read(text)).toEqual(await read(text));
  });

  it('is one letter when it brings more events than a process may hold', async () => {
    const { rows, deadLetters } = await read(good(7), `[${many(100_001, good).join(',')}]`, good(8));
    expect(rows.map(({ path }) => path)).toEqual(['/7', '/8']);
    expect(deadLetters).toMatchObject([
      { offset: 1, reason: 'too_large', detail: 'The record brings more than 100000 events; send them in parts.' },
    ]);
  });
});
