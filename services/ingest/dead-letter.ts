import type { DeadLetterPlace, ResendAnswer } from '../../schemas/api.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';
import type { SourceRecord } from './pipeline.ts';
import type { DeadLetter } from './read-block.ts';

const TABLE = 'dead_letters_v1';
const COLUMNS = ['source', 'partition', 'offset', 'received_at', 'format', 'reason', 'detail', 'sample'];
const KAFKA_SOURCE = /^kafka:(.+)$/s;

export interface DeadLetterSink {
  /** Durable in the table before this resolves; letters of Kafka are sent to the dead-letter topic too. */
  store(letters: readonly DeadLetter[], receivedAt: number): Promise<void>;
}

/**
 * Where refused records go. Their place is their identity: a replayed block writes the same rows and the same keys.
 * @param topics null without Kafka.
 */
export function createDeadLetterSink(clickhouse: ClickHouse, topics: DeadLetterTopic | null): DeadLetterSink {
  return {
    async store(letters, receivedAt) {
      if (letters.length === 0) return;
      await clickhouse.insert(
        TABLE,
        COLUMNS,
        letters.map((l) => [l.source, l.partition, l.offset, receivedAt, l.format, l.reason, l.detail, l.sample]),
      );
      if (topics === null) return;
      const byTopic = new Map<string, DeadLetter[]>();
      for (const letter of letters) {
        const topic = KAFKA_SOURCE.exec(letter.source)?.[1];
        if (topic === undefined) continue;
        const of = byTopic.get(topic) ?? [];
        of.push(letter);
        byTopic.set(topic, of);
      }
      for (const [topic, of] of byTopic) await topics.send(topic, of);
    },
  };
}

/** A row that ClickHouse refuses though it passed our checks: told like every other malformed record. */
export function refusedRow(row: EventRow): DeadLetter {
  const { source, partition, offset } = row;
  const detail = 'ClickHouse refuses the row that this record became.';
  const sample = `${row.method} ${row.path} ${row.status}`.slice(0, 2048);
  return { kind: 'dead-letter', source, partition, offset, format: '', reason: 'malformed', detail, sample };
}

export interface ResendDeps {
  clickhouse: ClickHouse;
  clock: Clock;
  /** The whole record where it still exists, else null. */
  fetchOriginal(place: DeadLetterPlace): Promise<Buffer | null>;
  /** Reads and stores; answers why a record was refused again, or null. */
  ingest(record: SourceRecord): Promise<string | null>;
}

/** Sends dead letters through the whole pipeline again, after a fix of whatever refused them. */
export async function resendDeadLetters(deps: ResendDeps, places: readonly DeadLetterPlace[]): Promise<ResendAnswer> {
  const answer: ResendAnswer = { resent: 0, refused: [] };
  for (const place of places) {
    const letter = await findLetter(deps.clickhouse, place);
    if (letter === undefined) {
      answer.refused.push({ ...place, reason: 'There is no such dead letter.' });
      continue;
    }
    if (letter.resent > 0) {
      answer.refused.push({ ...place, reason: 'It was sent again before.' });
      continue;
    }
    const bytes = await deps.fetchOriginal(place);
    if (bytes === null) {
      answer.refused.push({
        ...place,
        reason: 'Its source does not have it any more; only a redacted sample is kept.',
      });
      continue;
    }
    const refused = await deps.ingest({ ...place, bytes });
    if (refused !== null) {
      answer.refused.push({ ...place, reason: refused });
      continue;
    }
    await markResent(deps, place);
    answer.resent++;
  }
  return answer;
}

async function findLetter(clickhouse: ClickHouse, place: DeadLetterPlace): Promise<{ resent: number } | undefined> {
  const [row] = await clickhouse.rows<{ resent: number }>(
    `SELECT toUnixTimestamp64Milli(resent_at) AS resent FROM {db}.${TABLE} FINAL
     WHERE source = {source:String} AND partition = {partition:UInt32} AND offset = {offset:UInt64}`,
    { params: { ...place } },
  );
  return row;
}

async function markResent({ clickhouse, clock }: ResendDeps, place: DeadLetterPlace): Promise<void> {
  await clickhouse.run(
    `INSERT INTO {db}.${TABLE} (${COLUMNS.join(', ')}, resent_at, version)
     SELECT ${COLUMNS.join(', ')}, fromUnixTimestamp64Milli({at:Int64}, 'UTC'), now64(3) + INTERVAL 1 SECOND FROM {db}.${TABLE} FINAL
     WHERE source = {source:String} AND partition = {partition:UInt32} AND offset = {offset:UInt64}`,
    { params: { ...place, at: clock.now() } },
  );
}
