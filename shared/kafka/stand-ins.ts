/** Why the messages of a batch cannot be read. */
export interface Unreadable {
  reason: 'malformed' | 'too_large';
  /** A sentence. */
  detail: string;
}

/** Of each buffer that holds stand-ins: values of messages are views of it, so nobody can make one up. */
const reasons = new WeakMap<ArrayBufferLike, Unreadable>();

/** Why a message with an empty value cannot be read; undefined when it was empty from the start. */
export const whyUnreadable = (value: Buffer): Unreadable | undefined => reasons.get(value.buffer);

/** Length of a record batch up to its records, as the broker's answer has it (Kafka protocol, RecordBatch v2). */
const HEADER = 61;
const AT = { length: 8, magic: 16, lastOffsetDelta: 23, count: 57 };
/** A batch says its length from behind that field on. */
const UNCOUNTED = 12;

/**
 * As many records as the batch holds, each with an empty value that {@link whyUnreadable} knows.
 * @param packed as the Kafka client hands it over: a view of the broker's answer, the head of the batch before it.
 */
export function standInsFor(packed: Buffer, why: Unreadable): Buffer {
  const head = headBefore(packed);
  const made = head === null ? oldMessage() : records(head.readInt32BE(AT.count), head.readInt32BE(AT.lastOffsetDelta));
  reasons.set(made.buffer, why);
  return made;
}

function headBefore(packed: Buffer): Buffer | null {
  if (packed.byteOffset < HEADER) return null;
  const head = Buffer.from(packed.buffer, packed.byteOffset - HEADER, HEADER);
  const fits = head.readInt8(AT.magic) === 2 && head.readInt32BE(AT.length) === HEADER - UNCOUNTED + packed.length;
  return fits ? head : null;
}

/** The last one stands at the batch's last offset, whatever compaction took out before it. */
function records(count: number, lastOffsetDelta: number): Buffer {
  const bytes: number[] = [];
  for (let i = 0; i < count; i++) {
    const delta = varint(i === count - 1 ? lastOffsetDelta : i);
    // Attributes, time, offset, no key, an empty value, no headers.
    const body = [0, 0, ...delta, 1, 0, 0];
    bytes.push(...varint(body.length), ...body);
  }
  return owned(Uint8Array.from(bytes));
}

/** Brokers before 0.11 keep messages of an older form, whose wrapper bears the offset of its last message. */
function oldMessage(): Buffer {
  const message = Buffer.alloc(34);
  // Offset 0 and the length of what follows; then checksum, version 1, attributes, time, no key, an empty value.
  message.writeInt32BE(22, 8);
  message.writeInt8(1, 16);
  message.writeInt32BE(-1, 26);
  return owned(message);
}

/** In memory of its own: nothing else may be a view of it. */
function owned(bytes: Uint8Array): Buffer {
  return Buffer.from(new Uint8Array(bytes).buffer);
}

/** Zigzag. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
