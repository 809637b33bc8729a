import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { MAX_UNPACKED_BYTES } from '../../../shared/kafka/codecs.ts';
import { createKafkaConsumer } from '../../../shared/kafka/consumer.ts';
import { unpackLz4 } from '../../../shared/kafka/lz4.ts';
import { unpackSnappy } from '../../../shared/kafka/snappy.ts';
import { whyUnreadable } from '../../../shared/kafka/stand-ins.ts';
import { TooMuch } from '../../../shared/kafka/too-much.ts';
import { unpackZstd } from '../../../shared/kafka/zstd.ts';
import { createLogger } from '../../../shared/logger.ts';
// Packed by Apache Kafka 4.1.1's own client, snappy-java, zstd-jni and the command lz4.
import packed from '../../support/vectors/kafka-codecs.json' with { type: 'json' };
import zstds from '../../support/vectors/zstd.json' with { type: 'json' };

const content = Array.from({ length: 6_000 }, (_, n) => `GET /v1/orders/${n % 13} 200 ${n % 17}\n`).join('');
const breathe = async () => undefined;
const unpackerOf = (name: string) =>
  name.startsWith('snappy') ? unpackSnappy : name.startsWith('lz4') ? unpackLz4 : unpackZstd;
const vectors = Object.entries(packed)
  .filter(([name]) => name !== 'gzip')
  .map(([name, text]) => ({ name, bytes: Buffer.from(text, 'base64'), unpack: unpackerOf(name) }));

describe.each(vectors)('$name', ({ bytes, unpack }) => {
  it('unpacks to what was packed', async () => {
    expect((await unpack(bytes, 1 << 20, breathe)).toString()).toBe(content);
  });

  it('is refused when it would unpack to more than the limit', async () => {
    await expect(unpack(bytes, 1 << 17, breathe)).rejects.toBeInstanceOf(TooMuch);
  });

  it('is refused, or is what it was, when it is cut off or a byte is another', async () => {
    for (let at = 0; at < bytes.length; at += 31) {
      const bad = Buffer.from(bytes);
      bad[at] = (bad[at] ?? 0) ^ 0x55;
      for (const wrong of [bytes.subarray(0, at), bad]) {
        const unpacked = await unpack(wrong, 1 << 20, breathe).catch((error: unknown) => error);
        if (!(unpacked instanceof Error)) expect((unpacked as Buffer).length).toBeLessThanOrEqual(1 << 20);
      }
    }
  });
});

it('refuses zstd whose checksum does not match', async () => {
  const bytes = Buffer.from(zstds['with a checksum'], 'base64');
  expect((await unpackZstd(bytes, 1 << 20, breathe)).toString()).toBe(content);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await expect(unpackZstd(bytes, 1 << 20, breathe)).rejects.toThrow('its checksum does not match');
});

/** Kafka protocol, RecordBatch v2: the head of a batch of `count` records at offset 40, and what it packs. */
function batchOf(count: number, lastOffsetDelta: number, attributes: number, body: Buffer): Buffer {
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(40n, 0);
  head.writeInt32BE(49 + body.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(lastOffsetDelta, 23);
  head.writeInt32BE(count, 57);
  return Buffer.concat([head, body]);
}
interface DecodedRecord {
  offset: string;
  value: Buffer;
}
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<{ records: DecodedRecord[] }>;
const decodeSet = require('kafkajs/src/protocol/messageSet/decoder') as (
  decoder: unknown,
  size: number,
) => Promise<DecodedRecord[]>;

describe('the Kafka client with our codecs', () => {
  // Whoever makes a consumer teaches it; nothing is connected to.
  createKafkaConsumer({
    connection: { brokers: ['none:1'], ssl: null, sasl: null },
    topic: 'none',
    group: 'none',
    log: createLogger('silent'),
    onAssigned: () => undefined,
    onBatch: async () => undefined,
    onPassed: () => undefined,
  });

  it('unpacks gzip as before', async () => {
    const codec = CompressionCodecs[CompressionTypes.GZIP]() as { decompress(bytes: Buffer): Promise<Buffer> };
    expect((await codec.decompress(Buffer.from(packed.gzip, 'base64'))).toString()).toBe(content);
  });

  it.each([
    { name: 'gzip', attributes: 1 },
    { name: 'snappy', attributes: 2 },
    { name: 'lz4', attributes: 3 },
    { name: 'zstd', attributes: 4 },
  ])('makes a message that says why of each record of a broken batch of $name', async ({ name, attributes }) => {
    const batch = batchOf(3, 9, attributes, Buffer.from([0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67]));
    const { records } = await decodeBatch(new Decoder(batch));
    // What compaction left of ten: the last one keeps its place, so that reading goes on behind the batch.
    expect(records.map(({ offset }) => offset)).toEqual(['40', '41', '49']);
    for (const { value } of records)
      expect(whyUnreadable(value)).toEqual({
        reason: 'malformed',
        detail: `The batch is packed with ${name} and cannot be unpacked.`,
      });
  });

  it('says so of a batch that unpacks to too much', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1));
    const { records } = await decodeBatch(new Decoder(batchOf(2, 1, 1, bomb)));
    expect(records).toHaveLength(2);
    for (const { value } of records) expect(whyUnreadable(value)).toMatchObject({ reason: 'too_large' });
  });

  it('puts one message of the old form in place of a set of them', async () => {
    const broken = Buffer.from([0x60, 0x61, 0x62]);
    const wrapper = Buffer.alloc(12 + 22 + broken.length);
    wrapper.writeBigInt64BE(77n, 0);
    wrapper.writeInt32BE(22 + broken.length, 8);
    wrapper.writeInt8(1, 16);
    wrapper.writeInt8(2, 17);
    wrapper.writeInt32BE(-1, 26);
    wrapper.writeInt32BE(broken.length, 30);
    broken.copy(wrapper, 34);
    const [message, ...more] = await decodeSet(new Decoder(wrapper), wrapper.length);
    expect(more).toEqual([]);
    expect(message?.offset).toBe('77');
    expect(whyUnreadable(message?.value ?? Buffer.alloc(0))).toMatchObject({ reason: 'malformed' });
  });

  it('takes no other empty message for one', () => {
    expect(whyUnreadable(Buffer.alloc(0))).toBeUndefined();
  });
});
