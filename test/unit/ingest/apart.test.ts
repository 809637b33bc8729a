import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apart } from '../../../services/ingest/apart.ts';
import { createLogRecordSplitter } from '../../../services/ingest/log-record-splitter.ts';

const record = (text: string) => ({ source: 'kafka:t', partition: 1, offset: 7, bytes: Buffer.from(text) });
const parts = (text: string) => {
  const found = apart(record(text));
  return 'bytes' in found ? [found] : [...found].flatMap((group) => [...group.parts]);
};
const texts = (text: string) => parts(text).map(({ bytes }) => bytes.toString());

describe('a record that holds several events', () => {
  it('is taken apart: a batch of APISIX or Kong', () => {
    expect(parts(' [ {"a":1}, {"b":[2,{"c":"]"}]} ] ')).toEqual([
      { ...record('{"a":1}'), element: 0 },
      { ...record('{"b":[2,{"c":"]"}]}'), element: 1 },
    ]);
  });

  it('is taken apart: an export of OpenTelemetry', () => {
    const of = (...records: string[]) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join(',')}]}]}]}`;
    expect(texts(of('{"a":1}', '{"b":2}'))).toEqual([of('{"a":1}'), of('{"b":2}')]);
    expect(texts(of('{"a":1}'))).toEqual([of('{"a":1}')]);
  });

  it('is taken apart however many there are, and in pieces that leave the thread to others', () => {
    const text = `[${'{"a":"b"},'.repeat(300_000)}{}]`;
    expect(texts(text)).toHaveLength(300_001);
    const found = apart(record(text));
    if ('bytes' in found) throw new Error('one');
    const groups = [...found].map((group) => group.count);
    expect([Math.max(...groups) < 10_000, groups.filter((n) => n === 0).length > 10]).toEqual([true, true]);
  });

  it('gives back each element of any list, longer ones than are cut at once too', () => {
    const element = fc
      .tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.constantFrom(0, 1, 30_000, 70_000))
      .map(([object, size]) => ({ a: 1, ...object, long: '"\\,]['.repeat(size / 5) }));
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 6 }), fc.nat(2), (list, indent) => {
        const wanted = JSON.parse(JSON.stringify(list));
        expect(texts(JSON.stringify(list, null, indent)).map((text) => JSON.parse(text))).toEqual(wanted);
        const found = apart(record(JSON.stringify(list)), (bytes) => bytes < 100);
        if ('bytes' in found) throw new Error('one');
        const groups = [...found].map((group) => ({ count: group.count, parts: [...group.parts] }));
        expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
        const kept = groups.flatMap((group) => group.parts);
        expect(kept.map(({ bytes, element: n = -1 }) => [JSON.parse(bytes.toString()), n])).toEqual(
          wanted.flatMap((each: unknown, n: number) => (JSON.stringify(each).length < 100 ? [] : [[each, n]])),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('begins behind NUL bytes, which an emptied file has before its first line', () => {
    expect(texts('\0\0[{"a":1},{"b":2}]')).toEqual(['{"a":1}', '{"b":2}']);
    expect(texts('\0\0\0{"a":1}')).toEqual(['{"a":1}']);
    expect(texts('\0\0')).toEqual(['']);
  });

  it.each([
    '',
    '{"a":1}',
    '[]',
    '[1,2]',
    '[{"a":1}',
    '[{"a":1}]x',
    '[2026-11-24T12:00:00Z] "GET / HTTP/1.1" 200',
    '{"resourceLogs":[]}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{',
  ])('is left as it is when it is one or none: %s', (text) => {
    expect(texts(text)).toEqual([text]);
  });
});

describe('the splitter of log records', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const logRecord = fc
    .dictionary(fc.oneof(fc.string(), fc.constant('logRecords')), value)
    .map((object) => ({ a: 1, ...object }));
  const groups = fc.array(fc.array(logRecord, { maxLength: 4 }), { maxLength: 4 });

  it('gives back each record of any export, however the bytes arrive', () => {
    fc.assert(
      fc.property(
        groups,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.nat(2),
        (lists, sizes, indent) => {
          const text = JSON.stringify(
            {
              resourceLogs: lists.map((logRecords) => ({
                resource: { name: 'logRecords' },
                scopeLogs: [{ logRecords }],
              })),
            },
            null,
            indent,
          );
          const bytes = Buffer.from(text);
          const splitter = createLogRecordSplitter();
          const found: unknown[] = [];
          for (let at = 0, n = 0; at < bytes.length; n++) {
            const size = sizes[n % sizes.length] ?? 1;
            for (const each of splitter.push(bytes.subarray(at, at + size))) {
              found.push(JSON.parse(each.bytes.toString()).resourceLogs[0].scopeLogs[0].logRecords[0]);
            }
            at += size;
          }
          expect(splitter.end()).toBe(true);
          expect(found).toEqual(
            JSON.parse(text).resourceLogs.flatMap(
              (each: { scopeLogs: [{ logRecords: unknown[] }] }) => each.scopeLogs[0].logRecords,
            ),
          );
        },
      ),
    );
  });

  it('gives each record once where a comma is missing in front of it', () => {
    const splitter = createLogRecordSplitter();
    const text = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[1{"a":1,"b":2}"x"[3,4]null]}]}]}';
    const list = /"logRecords":\[(.*)\]\}\]\}\]\}$/;
    const found = splitter.push(Buffer.from(text)).map(({ bytes }) => list.exec(bytes.toString())?.[1]);
    expect(found).toEqual(['1', '{"a":1,"b":2}', '"x"', '[3,4]', 'null']);
  });

  it('is total on any bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ':', ',', ' ', 'a', '"logRecords":[') }),
        (text) => {
          const splitter = createLogRecordSplitter();
          splitter.push(Buffer.from(text));
          expect(splitter.end()).toBeTypeOf('boolean');
        },
      ),
    );
  });
});
