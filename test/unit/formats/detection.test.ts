import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, detectFormat } from '../../../services/ingest/formats/registry.ts';
import { createRecogniser } from '../../../services/ingest/recognise.ts';
import { fastest } from '../../support/fastest.ts';
import { ORDINARY } from './ordinary.ts';

const FORMATS = ADAPTERS.map(({ name }) => name);
const linesOf = (format: string) => ORDINARY[format] ?? [];
const isUtf8 = () => true;

describe('detection', () => {
  it('has ordinary lines of every format', () => {
    expect(Object.keys(ORDINARY).sort()).toEqual([...FORMATS].sort());
  });

  it('has a confusion matrix without confusion: no adapter claims a line of another format', () => {
    const claims = FORMATS.flatMap((format) =>
      linesOf(format).flatMap((line) =>
        ADAPTERS.filter((adapter) => adapter.detect([line]) > 0).map((adapter) => `${format} read as ${adapter.name}`),
      ),
    );
    const right = FORMATS.flatMap((format) => linesOf(format).map(() => `${format} read as ${format}`));
    expect(claims).toEqual(right);
  });

  it('tells each format from a sample in which every second line is broken', () => {
    for (const format of FORMATS) {
      const sample = linesOf(format).flatMap((line) => [line, line.slice(0, 20), '']);
      expect(detectFormat(sample)?.name).toBe(format);
    }
  });

  it('follows a source that changes from any format to any other half-way, losing nothing', () => {
    for (const before of FORMATS) {
      for (const after of FORMATS) {
        const recognise = createRecogniser('auto');
        const read = (format: string) => linesOf(format).map((line) => recognise('file:a.log', line, isUtf8));
        const formats = [...read(before), ...read(after), ...read(before)].map((each) => each.format);
        const expected = [before, after, before].flatMap((format) => linesOf(format).map(() => format));
        expect(formats).toEqual(expected);
      }
    }
  });

  it('reads a source in which all formats take turns', () => {
    const recognise = createRecogniser('auto');
    for (let turn = 0; turn < 3; turn++) {
      for (const format of FORMATS) {
        for (const line of linesOf(format)) {
          expect(recognise('kafka:mixed', line, isUtf8)).toMatchObject({ ok: true, format });
        }
      }
    }
  });
});

/** Lines as an attacker or a broken disk would have them: cut, joined, stuffed with what breaks readers. */
const POISON = [
  '"',
  '\\',
  '\0',
  '\n',
  '[',
  ']',
  '{',
  '}',
  ' ',
  '"" ',
  '\ud800',
  '\ufeff',
  '-',
  '#22',
  '\\x22',
  '" 200 5 "',
  ',',
  '9'.repeat(400),
];
const hostile = fc
  .tuple(
    fc.constantFrom(...Object.values(ORDINARY).flat()),
    fc.array(fc.tuple(fc.nat(2_000), fc.nat(3), fc.constantFrom(...POISON)), { maxLength: 6 }),
  )
  .map(([line, edits]) => {
    let text = line;
    for (const [place, kind, poison] of edits) {
      const at = place % (text.length + 1);
      if (kind === 0) text = text.slice(0, at);
      else if (kind === 1) text = text.slice(at);
      else if (kind === 2) text = text.slice(0, at) + poison + text.slice(at);
      else text = text.slice(0, at) + poison + text.slice(at + poison.length);
    }
    return text;
  });

/** JSON whose values were exchanged: every adapter meets every type at every place. */
const JSON_LINES = Object.values(ORDINARY)
  .flat()
  .filter((line) => line.startsWith('{'));
const ODD = [
  null,
  '',
  '-',
  0,
  -1,
  1e308,
  true,
  [],
  {},
  [[]],
  [{}],
  ['a', 1],
  { a: { b: null } },
  '\ud800',
  'x'.repeat(5_000),
];
const exchanged = fc
  .tuple(
    fc.constantFrom(...JSON_LINES),
    fc.array(fc.tuple(fc.nat(200), fc.constantFrom<unknown>(...ODD)), { minLength: 1, maxLength: 4 }),
  )
  .map(([line, edits]) => {
    const object = JSON.parse(line);
    for (const [n, odd] of edits) exchange(object, n, odd);
    return JSON.stringify(object);
  });
function exchange(root: Record<string, unknown>, n: number, odd: unknown): void {
  const places: [Record<string, unknown>, string][] = [];
  const visit = (object: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(object)) {
      places.push([object, key]);
      if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>);
    }
  };
  visit(root);
  const place = places[n % places.length];
  if (place !== undefined) place[0][place[1]] = structuredClone(odd);
}

describe('every adapter', () => {
  it('is total: hostile lines are values, never exceptions', { timeout: 60_000 }, () => {
    const recognisers = ['auto', 'combined', 'otlp'].map(createRecogniser);
    fc.assert(
      fc.property(fc.oneof(hostile, exchanged, fc.string({ unit: 'binary' })), (line) => {
        for (const adapter of ADAPTERS) {
          adapter.parse(line);
          adapter.detect([line]);
        }
        for (const recognise of recognisers) recognise('s', line, isUtf8);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes linear time on long hostile lines', { timeout: 60_000 }, () => {
    const seeds = [
      ...POISON,
      ...Object.values(ORDINARY).map(([line = '']) => line),
      '" "1.1.1.1',
      ' "a" ',
      '\\"',
      ' [24/Nov/2026:',
      '{"a":',
      '/1',
    ];
    for (const seed of seeds) {
      const tail = seed.repeat(Math.ceil(30_000 / seed.length));
      for (const [line = ''] of Object.values(ORDINARY)) {
        const half = line.slice(0, line.length / 2);
        const text = half + tail + line.slice(line.length / 2);
        expect(
          fastest(() => createRecogniser('auto')('s', text, isUtf8)),
          seed.slice(0, 20),
        ).toBeLessThan(500);
      }
    }
  });
});
