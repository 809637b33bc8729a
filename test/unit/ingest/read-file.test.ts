import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../../schemas/event.ts';
import { fingerprintOf, IDENTITY_BYTES } from '../../../services/ingest/file-identity.ts';
import { readRecords } from '../../../services/ingest/read-file.ts';
import { createSplitter } from '../../../services/ingest/split-lines.ts';
import zstds from '../../support/vectors/zstd.json' with { type: 'json' };

const folder = mkdtempSync(join(tmpdir(), 'bonafide-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(bytes: Buffer, batch?: number): Promise<{ offset: number; text: string }[]> {
  const path = join(folder, 'a.log');
  writeFileSync(path, bytes);
  const lines: { offset: number; text: string }[] = [];
  for await (const records of readRecords(path, batch === undefined ? {} : { batch })) {
    if (batch !== undefined) expect(records.length).toBeLessThanOrEqual(batch);
    for (const { offset, bytes, source } of records) {
      expect(source).toBe('file:a.log');
      lines.push({ offset, text: bytes.toString('latin1') });
    }
  }
  return lines;
}

const expected = [
  { offset: 0, text: 'one' },
  { offset: 4, text: '' },
  { offset: 5, text: 'three\r' },
  { offset: 12, text: 'last' },
];

describe('reading files', () => {
  it('gives each line with the offset of its first byte, the last one without a line feed too', async () => {
    expect(await read(Buffer.from('one\n\nthree\r\nlast'))).toEqual(expected);
  });

  it('gives batches no larger than asked for', async () => {
    expect(await read(Buffer.from('one\n\nthree\r\nlast'), 2)).toEqual(expected);
  });

  it('reads gzip by its first bytes, several members too', async () => {
    const packed = Buffer.concat([gzipSync('one\n\nth'), gzipSync('ree\r\nlast')]);
    expect(await read(packed)).toEqual(expected);
  });

  it('reads nothing from an empty file', async () => {
    expect(await read(Buffer.alloc(0))).toEqual([]);
  });

  it('fails on a broken gzip or zstd instead of ending early, and names the file', async () => {
    const packed = gzipSync('one\n'.repeat(1_000));
    await expect(read(packed.subarray(0, packed.length - 20))).rejects.toThrow(
      `${join(folder, 'a.log')}: its gzip is broken or cut off (unexpected end of file).`,
    );
    const zstd = Buffer.from('28b52ffd0458', 'hex');
    await expect(read(zstd)).rejects.toThrow(/a\.log: its zstd is broken or cut off/);
    const flipped = Buffer.from(zstds['with a checksum'], 'base64');
    flipped[250] = (flipped[250] ?? 0) ^ 1;
    await expect(read(flipped)).rejects.toThrow(
      `${join(folder, 'a.log')}: its zstd is broken or cut off (its checksum does not match).`,
    );
  });

  it('reads zstd that begins with a frame to skip, as that of pzstd does', async () => {
    expect(await read(Buffer.from(zstds['of pzstd'], 'base64'))).toHaveLength(6_000);
  });

  it('says which file is not there or is a folder', async () => {
    const all = async (path: string) => {
      for await (const _ of readRecords(path));
    };
    await expect(all(join(folder, 'none'))).rejects.toThrow(`${join(folder, 'none')}: there is no such file.`);
    await expect(all(folder)).rejects.toThrow(`${folder}: it is a folder; name the files in it.`);
  });

  it('reads a pipe, plain or packed, which cannot be looked at twice', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    for (const bytes of [Buffer.from('one\ntwo\n'), gzipSync('one\ntwo\n'), Buffer.from('o'), Buffer.alloc(0)]) {
      const written = writeFile(path, bytes);
      const lines: string[] = [];
      for await (const records of readRecords(path)) lines.push(...records.map((record) => record.bytes.toString()));
      await written;
      expect(lines).toEqual(bytes.length > 1 ? ['one', 'two'] : bytes.length === 1 ? ['o'] : []);
    }
  });

  it('cuts a record that is too large to one byte over the limit, and goes on behind it', async () => {
    const lines = await read(Buffer.from(`${'x'.repeat(MAX_RECORD_BYTES * 3)}\nnext\n`));
    expect(lines.map(({ text }) => text.length)).toEqual([MAX_RECORD_BYTES + 1, 4]);
    expect(lines[1]?.offset).toBe(MAX_RECORD_BYTES * 3 + 1);
  });

  it('reads the line behind a hole, however large, by the place at which the hole begins', async () => {
    for (const size of [1, 4_095, 4_096, 4_097, MAX_RECORD_BYTES, 3 * MAX_RECORD_BYTES + 1]) {
      const hole = Buffer.alloc(size);
      const lines = await read(Buffer.concat([Buffer.from('zero\n'), hole, Buffer.from('one\ntw\0o\n'), hole]));
      expect(lines.map(({ offset, text }) => [offset, text])).toEqual([
        [0, 'zero'],
        [5, 'one'],
        [size + 9, 'tw\0o'],
        [size + 14, ''],
      ]);
    }
  });

  it('tells the beginning of the file as it stands there, before the first record', async () => {
    const path = join(folder, 'start.log');
    const part = '2026-11-24T12:00:00Z stdout P a\n';
    for (const text of [`${part}2026-11-24T12:00:01Z stdout F b\n`, 'one', '', `\n${part}`, 'x'.repeat(9_000)]) {
      writeFileSync(path, text);
      const seen: string[] = [];
      const onStart = (start: Buffer) => seen.push(start.toString().split('\n')[0] ?? '');
      for await (const records of readRecords(path, { onStart })) seen.push(`${records.length}`);
      expect(seen).toEqual([
        text.slice(0, 4_096).split('\n')[0],
        ...(text === '' ? [] : [text.startsWith('\n') ? '2' : '1']),
      ]);
    }
  });

  it('keeps of a hole what tells the file from others, for whoever takes lines as they stand', () => {
    const whole = Buffer.concat([Buffer.alloc(10_000), Buffer.from('one\n')]);
    for (const cut of [0, 1, 4_096, 5_000, 10_000, 10_002]) {
      const splitter = createSplitter('s');
      const [line] = [...splitter.push(whole.subarray(0, cut)), ...splitter.push(whole.subarray(cut))];
      expect(fingerprintOf(Buffer.concat([line?.bytes.subarray(0, IDENTITY_BYTES) ?? whole, whole.subarray(-1)]))).toBe(
        fingerprintOf(whole.subarray(0, IDENTITY_BYTES)),
      );
      expect(line?.bytes.subarray(IDENTITY_BYTES).toString()).toBe('one');
    }
  });

  it('cuts the same lines however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'bc', '\n', '\n\n', 'é', '\0'), { maxLength: 40 }),
        fc.array(fc.nat(5)),
        (parts, cuts) => {
          const whole = Buffer.from(parts.join(''));
          const once = createSplitter('s');
          const at = once.push(whole).concat(once.end());
          const pieces = createSplitter('s');
          const records = [];
          let from = 0;
          for (const cut of [...cuts, whole.length]) {
            records.push(...pieces.push(whole.subarray(from, from + cut)));
            from = Math.min(whole.length, from + cut);
          }
          records.push(...pieces.end());
          expect(records.map(({ offset, bytes }) => [offset, bytes.toString()])).toEqual(
            at.map(({ offset, bytes }) => [offset, bytes.toString()]),
          );
        },
      ),
    );
  });
});
