import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createArraySplitter } from '../../../services/ingest/array-splitter.ts';
import { fingerprintOf } from '../../../services/ingest/file-identity.ts';

/** Feeds a text in chunks of the given sizes, over and over. */
function split(text: string, sizes: readonly number[]): string[] {
  const splitter = createArraySplitter();
  const bytes = Buffer.from(text);
  const pieces: { bytes: Buffer; offset: number }[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    pieces.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  pieces.push(...splitter.end());
  expect(pieces.map(({ offset }) => offset)).toEqual(pieces.map((_, i) => i + 1));
  return pieces.map((piece) => piece.bytes.toString());
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe('the splitter of JSON arrays', () => {
  it('gives back each element of any array, however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 20 }),
        sizes,
        fc.integer({ min: 0, max: 2 }),
        (values, chunks, indent) => {
          const elements = split(JSON.stringify(values, null, indent), chunks);
          expect(elements.map((element) => JSON.parse(element))).toEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
    );
  });

  it('either splits or refuses any bytes, and never hangs on them', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{},:"\\ 1a') }), sizes, (text, chunks) => {
        try {
          split(text, chunks);
        } catch (error) {
          expect((error as { code: string }).code).toBe('bad_request');
        }
      }),
    );
  });

  it('keeps one byte more than allowed of an element that is too large', () => {
    const [huge, next] = split(`["${'x'.repeat(3_000_000)}",1]`, [65_536]);
    expect([huge?.length, next]).toEqual([1_048_577, '1']);
  });
});

describe('the identity of a file', () => {
  it('stays while the file grows and is unknown before its first line is whole', () => {
    expect(fingerprintOf(Buffer.from('GET /'))).toBeNull();
    expect(fingerprintOf(Buffer.from('GET /a\n'))).toBe(fingerprintOf(Buffer.from('GET /a\nGET /b\n')));
    expect(fingerprintOf(Buffer.from('GET /a\n'))).not.toBe(fingerprintOf(Buffer.from('GET /b\n')));
    expect(fingerprintOf(Buffer.alloc(4096, 'x'))).toBe(fingerprintOf(Buffer.alloc(9000, 'x').subarray(0, 4096)));
  });
});
