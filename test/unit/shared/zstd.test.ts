import { describe, expect, it } from 'vitest';
import { createZstdReader, isZstd } from '../../../shared/zstd.ts';
// Packed by the commands zstd and pzstd 1.5.
import packed from '../../support/vectors/zstd.json' with { type: 'json' };

const content = Array.from({ length: 6_000 }, (_, n) => `GET /v1/orders/${n % 13} 200 ${n % 17}\n`).join('');
const vectors = Object.entries(packed).map(([name, text]) => ({ name, bytes: Buffer.from(text, 'base64') }));
const frame = Buffer.from(packed['with a checksum'], 'base64');
const skippable = Buffer.from('5f2a4d1803000000aabbcc', 'hex');

async function unpack(bytes: Buffer, chunk = bytes.length): Promise<string> {
  const parts: Buffer[] = [];
  const reader = await createZstdReader((part) => parts.push(Buffer.from(part)));
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return Buffer.concat(parts).toString();
}

/** A frame that holds a text as it is, or one byte repeated; its checksum is the caller's. */
function plainFrame(text: string, tail: Buffer, descriptor = 0x24, block = (text.length << 3) | 1): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, text.length, 0, 0, 0]);
  head.writeUIntLE(block, 6, 3);
  return Buffer.concat([head, Buffer.from(text), tail]);
}
// XXH64 of "abc" is 44bc2cf5ad770999.
const CHECKSUM_OF_ABC = Buffer.from('990977ad', 'hex');

describe('unpacking zstd', () => {
  it.each(vectors)('reads a file $name, however its bytes arrive', async ({ bytes }) => {
    expect(isZstd(bytes)).toBe(true);
    for (const chunk of [1, 7, 64, bytes.length]) expect(await unpack(bytes, chunk)).toBe(content);
  });

  it('reads frames one after another, and passes over those to skip', async () => {
    const short = plainFrame('abc', CHECKSUM_OF_ABC);
    const whole = Buffer.concat([skippable, frame, skippable, short, short, frame, skippable]);
    expect(isZstd(whole)).toBe(true);
    for (const chunk of [1, 5, whole.length]) expect(await unpack(whole, chunk)).toBe(`${content}abcabc${content}`);
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => short));
    expect(await unpack(many)).toBe('abc'.repeat(20_000));
  });

  it('finds every flipped bit of a frame with a checksum', async () => {
    for (let at = 0; at < frame.length; at += 3) {
      const bad = Buffer.from(frame);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      const unpacked = await unpack(bad).catch((error: unknown) => error);
      if (!(unpacked instanceof Error)) expect(unpacked).toBe(content);
    }
    await expect(unpack(plainFrame('abd', CHECKSUM_OF_ABC))).rejects.toThrow('its checksum does not match');
  });

  it('finds a frame that is not as long as it says', async () => {
    const none = Buffer.alloc(0);
    for (const length of [2, 4]) {
      const wrong = plainFrame('abc', none, 0x20);
      wrong[5] = length;
      await expect(unpack(wrong)).rejects.toThrow('it is not as long as it says');
    }
  });

  it('finds what is cut off, and what is no zstd behind a frame', async () => {
    for (let to = 1; to < frame.length; to += 11) await expect(unpack(frame.subarray(0, to))).rejects.toThrow();
    await expect(unpack(frame.subarray(0, -1))).rejects.toThrow('unexpected end of file');
    await expect(unpack(skippable.subarray(0, -1))).rejects.toThrow('unexpected end of file');
    await expect(unpack(Buffer.concat([frame, Buffer.from('plain text')]))).rejects.toThrow('what follows is no zstd');
  });

  it('refuses what cannot be unpacked rightly: a dictionary, a block that is too large', async () => {
    const named = Buffer.from('28b52ffd210703190000616263', 'hex');
    await expect(unpack(named)).rejects.toThrow('it needs a dictionary');
    const large = plainFrame('abc', CHECKSUM_OF_ABC, 0x24, (((1 << 17) + 1) << 3) | 1);
    await expect(unpack(large)).rejects.toThrow('invalid zstd data');
  });

  it('hands on block by block what a few bytes become, so that a bomb never stands in memory', async () => {
    const blocks = 4_000;
    const repeated = (isLast: boolean) => {
      const block = Buffer.from([0, 0, 0, 0x0a]);
      block.writeUIntLE(((1 << 17) << 3) | (1 << 1) | Number(isLast), 0, 3);
      return block;
    };
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
    const bomb = Buffer.concat([head, ...Array.from({ length: blocks }, (_, n) => repeated(n === blocks - 1))]);
    let [held, most, total] = [0, 0, 0];
    const reader = await createZstdReader((part) => {
      held += part.length;
      total += part.length;
    });
    for (const _ of reader.steps(bomb)) {
      most = Math.max(most, held);
      held = 0;
    }
    reader.end();
    expect([most <= 4 << 17, total]).toEqual([true, blocks << 17]);
  });

  it('refuses a window that only a machine of its own could hold, and says what to do', async () => {
    // A window of 2 GiB, as "zstd --long=31" writes it behind a pipe.
    const long = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8]), Buffer.from('190000616263', 'hex')]);
    await expect(unpack(long)).rejects.toThrow('it asks for 2048 MiB of memory; pack it without --long');
    const usual = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88]),
      Buffer.from('190000616263', 'hex'),
    ]);
    expect(await unpack(usual)).toBe('abc');
  });

  it('takes nothing else for zstd', () => {
    for (const text of ['', '(', 'P*M', 'GET / 200', '{"nginx":"1"}']) expect(isZstd(Buffer.from(text))).toBe(false);
  });
});
