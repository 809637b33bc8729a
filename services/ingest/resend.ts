import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DeadLetterPlace, ResendAnswer } from '../../schemas/api.ts';
import { MAX_RECORD_BYTES } from '../../schemas/event.ts';
import type { KafkaSettings } from '../../schemas/settings.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { resendDeadLetters } from './dead-letter.ts';
import { fingerprintOf, IDENTITY_BYTES } from './file-identity.ts';
import { containerLine } from './formats/container-line.ts';
import { endOfHole } from './hole.ts';
import type { KafkaIngest } from './kafka-source.ts';
import { numberOf } from './place.ts';
import type { BlockReader } from './read-block.ts';
import { rotatedFiles } from './rotated-files.ts';
import { createWholeLines, LONGEST_WAIT } from './whole-lines.ts';
import type { Writer } from './writer.ts';

export interface ResendSources {
  clickhouse: ClickHouse;
  clock: Clock;
  kafka: KafkaIngest | null;
  settings: KafkaSettings | null;
  /** Paths of the files that are read. */
  follows(): readonly string[];
  read: BlockReader;
  writer: Writer;
}

/** Sends dead letters again from where their whole bytes still are: Kafka, or a file that is followed. */
export function createResend(deps: ResendSources): (places: readonly DeadLetterPlace[]) => Promise<ResendAnswer> {
  const { clickhouse, clock, kafka, settings, writer } = deps;

  async function fetchOriginal({ source, partition, offset }: DeadLetterPlace): Promise<Buffer | null> {
    if (kafka !== null && source === `kafka:${settings?.topic}`) return kafka.read(partition, offset);
    const path = deps.follows().find((file) => source === `file:${basename(file)}`);
    if (path === undefined) return null;
    const rotated = await rotatedFiles(path).catch(() => []);
    for (const file of [path, ...rotated.filter((each) => !each.isPacked).map((each) => each.file)]) {
      const line = await lineAt(file, partition, offset);
      if (line !== null) return line;
    }
    return null;
  }

  return (places) =>
    resendDeadLetters(
      {
        clickhouse,
        clock,
        fetchOriginal,
        async ingest(record, known) {
          const judgedAt = clock.now();
          const read = await deps.read([record], judgedAt);
          const kind = record.source.startsWith('file:') ? ('file' as const) : ('http' as const);
          const deadLetters = read.deadLetters.filter((letter) => !known.has(numberOf(letter)));
          const block = { ...read, deadLetters };
          // Some of its events may be stored: those that were good from the first, and all when only the mark was lost.
          if (read.rows.length > 0 || deadLetters.length > 0)
            await writer.write({ kind, block, bytes: record.bytes.length, judgedAt, recognise: 'places' });
          return new Map(read.deadLetters.map((letter) => [numberOf(letter), `${letter.reason}: ${letter.detail}`]));
        },
      },
      places,
    );
}

/** The line at a byte offset of a file that still begins as it did; joined of its parts, when it was cut. */
async function lineAt(path: string, fingerprint: number, offset: number): Promise<Buffer | null> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return null;
  const readAt = async (from: number, length: number) => {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
  try {
    if (fingerprintOf(await readAt(0, IDENTITY_BYTES), true) !== fingerprint) return null;
    let bytes = await readAt(offset, MAX_RECORD_BYTES + 1);
    // Behind a hole, however large, as it was read.
    let from = offset;
    for (let hole = endOfHole(bytes); hole > 0; hole = endOfHole(bytes)) {
      from += hole;
      bytes = await readAt(from, MAX_RECORD_BYTES + 1);
    }
    const end = bytes.indexOf(10);
    const line = end < 0 ? bytes : bytes.subarray(0, end);
    if (containerLine(line)?.isPart === true) {
      const lines = createWholeLines('', offset);
      const read = [...lines.push(await readAt(offset, LONGEST_WAIT + MAX_RECORD_BYTES)), ...lines.end()];
      return read.find((record) => record.offset === offset)?.bytes ?? line;
    }
    return bytes.length === 0 ? null : line;
  } finally {
    await handle.close();
  }
}
