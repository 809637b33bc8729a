import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../../schemas/event.ts';
import { createWholeLines, LONGEST_WAIT } from '../../../services/ingest/whole-lines.ts';

const TIME = '2026-11-24T12:00:00.123456789Z';
const cri = (stream: string, tag: string, text: string) => `${TIME} ${stream} ${tag} ${text}\n`;
const docker = (log: string, stream = 'stdout') => `${JSON.stringify({ log, stream, time: TIME })}\n`;
const PART = 16_384;

interface Given {
  offset: number;
  text: string;
}
/** What comes of a text from an offset on, in chunks; `settled` as of each chunk. */
function readFrom(
  text: Buffer,
  from: number,
  chunk: number,
  longestWait = LONGEST_WAIT,
): { given: Given[][]; settled: number[]; rest: Given[] } {
  const lines = createWholeLines('file:a', from, longestWait);
  const shown = (records: { offset: number; bytes: Buffer }[]) =>
    records.map(({ offset, bytes }) => ({ offset, text: bytes.toString() }));
  const given: Given[][] = [];
  const settled: number[] = [];
  for (let at = from; at < text.length; at += chunk) {
    given.push(shown(lines.push(text.subarray(at, at + chunk))));
    settled.push(lines.settled());
  }
  return { given, settled, rest: shown(lines.end()) };
}
const read = (text: string): Given[] => {
  const bytes = Buffer.from(text);
  const { given, rest } = readFrom(bytes, 0, 1 << 20);
  return [...given.flat(), ...rest];
};
const starts = (...lines: string[]) => lines.map((_, n) => Buffer.byteLength(lines.slice(0, n).join('')));

describe('lines that a container runtime cut', () => {
  it('of CRI are one line again, at the place of the first part', () => {
    const lines = [cri('stdout', 'P', '{"a":'), cri('stdout', 'P', '"b c'), cri('stdout', 'F', ' d"}'), 'plain\n'];
    expect(read(lines.join(''))).toEqual([
      { offset: 0, text: cri('stdout', 'F', '{"a":"b c d"}').trimEnd() },
      { offset: starts(...lines)[3], text: 'plain' },
    ]);
    // The line feed came in a message of its own.
    expect(read(cri('stdout', 'P', 'all') + cri('stdout', 'F', ''))).toEqual([
      { offset: 0, text: cri('stdout', 'F', 'all').trimEnd() },
    ]);
  });

  it('are told apart by their stream', () => {
    const lines = [
      ...[cri('stdout', 'P', 'a'), cri('stderr', 'P', 'x'), cri('stderr', 'F', 'y')],
      ...[cri('stderr', 'F', 'z'), cri('stdout', 'F', 'b')],
    ];
    const at = starts(...lines);
    expect(read(lines.join(''))).toEqual([
      { offset: at[1], text: cri('stderr', 'F', 'xy').trimEnd() },
      { offset: at[3], text: cri('stderr', 'F', 'z').trimEnd() },
      { offset: 0, text: cri('stdout', 'F', 'ab').trimEnd() },
    ]);
  });

  it("of Docker's json-file are one line again, whatever they hold", () => {
    const text = `{"agent":"\\"${'é"\\'.repeat(9_000)}","x":"${'\u0001'.repeat(20)}"}`;
    const bytes = Buffer.from(text);
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; at += PART) parts.push(bytes.toString('latin1', at, at + PART));
    const lines = parts.map((part, n) => docker(n === parts.length - 1 ? `${part}\n` : part));
    // Of latin1 each byte is a character, so that none is cut in two.
    const asDocker = lines.map((line) => line.replace(/[\x80-\xff]/g, '\uFFFD'));
    const joined = read(asDocker.join('') + docker('next\n'));
    expect(joined.map(({ offset }) => offset)).toEqual([0, Buffer.byteLength(asDocker.join(''))]);
    expect(JSON.parse(joined[0]?.text ?? '')).toEqual({
      log: `${bytes.toString('latin1').replace(/[\x80-\xff]/g, '\uFFFD')}\n`,
      stream: 'stdout',
      time: TIME,
    });
  });

  it('of a shipper that leaves line feeds out stay as they are', () => {
    const lines = ['a', 'b'.repeat(PART - 1), 'c'.repeat(PART + 1), 'd'].map((log) => docker(log));
    expect(read(lines.join('')).map(({ text }) => `${text}\n`)).toEqual(lines);
  });

  it('stay parts when the end does not come, or comes too late', () => {
    const part = cri('stdout', 'P', 'a');
    expect(read(part + part)).toEqual([
      { offset: 0, text: part.trimEnd() },
      { offset: part.length, text: part.trimEnd() },
    ]);
    const other = cri('stderr', 'F', 'x'.repeat(1_000));
    const between = Math.ceil(LONGEST_WAIT / other.length);
    const late = read(part + other.repeat(between) + other + cri('stdout', 'F', 'b'));
    expect(late).toHaveLength(between + 3);
    expect(late.filter(({ text }) => text.includes('stdout')).map(({ text }) => text)).toEqual([
      part.trimEnd(),
      cri('stdout', 'F', 'b').trimEnd(),
    ]);
    expect(late.filter(({ offset }) => offset === 0)).toHaveLength(1);
  });

  it('are cut to one byte over the limit when they are too long together', () => {
    const part = cri('stdout', 'P', 'x'.repeat(PART));
    const parts = part.repeat(MAX_RECORD_BYTES / PART + 5);
    for (const tail of [cri('stdout', 'F', 'x'), '']) {
      const [first, ...rest] = read(`${parts}${tail}`);
      expect([first?.offset, first?.text.length, rest]).toEqual([0, MAX_RECORD_BYTES + 1, []]);
    }
  });

  it('are each given once, from wherever reading begins again', () => {
    const line = fc.record({
      stream: fc.constantFrom('stdout', 'stderr'),
      tag: fc.constantFrom('P', 'P', 'F', 'F', 'F'),
      text: fc.stringMatching(/^[a-z]{0,12}$/),
    });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 25 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(50, 200, 500, LONGEST_WAIT),
        (lines, chunk, chunkAfter, longestWait) => {
          const text = Buffer.from(lines.map(({ stream, tag, text }) => cri(stream, tag, text)).join(''));
          const whole = readFrom(text, 0, text.length + 1, longestWait);
          const all = [...whole.given.flat(), ...whole.rest];
          expect(new Set(all.map(({ offset }) => offset)).size).toBe(all.length);
          const before = readFrom(text, 0, chunk, longestWait);
          for (const [n, from] of before.settled.entries()) {
            const given = before.given.slice(0, n + 1).flat();
            const after = readFrom(text, from, chunkAfter, longestWait);
            const again = [...after.given.flat(), ...after.rest];
            // The same text at the same place: what was stored before is known by it.
            const byPlace = new Map([...given, ...again].map((each) => [each.offset, each.text]));
            expect(byPlace).toEqual(new Map(all.map((each) => [each.offset, each.text])));
            // What was given comes again before anything new does.
            const known = new Set(given.map(({ offset }) => offset));
            const isNew = again.map(({ offset }) => !known.has(offset));
            expect(isNew).toEqual([...isNew].sort());
            expect(from).toBeGreaterThanOrEqual(before.settled[n - 1] ?? 0);
          }
        },
      ),
    );
  });
});
