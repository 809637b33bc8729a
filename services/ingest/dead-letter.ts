import type { DeadLetterPlace, ResendAnswer } from '../../schemas/api.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';
import type { SourceRecord } from './pipeline.ts';
import { elementOf, numberOf } from './place.ts';
import type { DeadLetter } from './read-block.ts';
import { mapInSlices } from './slices.ts';

const TABLE = 'dead_letters_v1';
const COLUMNS = ['source', 'partition', 'offset', 'element', 'received_at', 'format', 'reason', 'detail', 'sample'];
/** Letters that go into the table at once, of 2 KiB and a little each at most. */
const AT_ONCE = 5_000;
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
      const lines = await mapInSlices(letters, (l) =>
        JSON.stringify([
          ...[l.source, l.partition, l.offset, numberOf(l)],
          ...[receivedAt, l.format, l.reason, l.detail, l.sample],
        ]),
      );
      for (let from = 0; from < lines.length; from += AT_ONCE)
        await clickhouse.insertEncoded(TABLE, COLUMNS, lines.slice(from, from + AT_ONCE).join('\n'));
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
export function refusedRow(row: RefusedRow): DeadLetter {
  const { source, partition, offset } = row;
  const element = elementOf(row);
  const place = { source, partition, offset, ...(element === null ? {} : { element }) };
  const detail = 'ClickHouse refuses the row that this record became.';
  // What the engine refuses is no valid text, and the letter must not be refused for it too.
  const sample = Buffer.from(`${row.method} ${row.path} ${row.status}`.slice(0, 2000)).toString();
  return { kind: 'dead-letter', ...place, format: '', reason: 'malformed', detail, sample };
}
type RefusedRow = Pick<EventRow, 'event_id' | 'source' | 'partition' | 'offset' | 'method' | 'path' | 'status'>;

export interface ResendDeps {
  clickhouse: ClickHouse;
  clock: Clock;
  /** The whole record where it still exists, else null. */
  fetchOriginal(place: DeadLetterPlace): Promise<Buffer | null>;
  /**
   * Reads a record and stores those of its events that are not stored; answers why others were refused again, by
   * number ({@link numberOf}). Of these, the ones that are not among `known` become dead letters.
   */
  ingest(record: SourceRecord, known: ReadonlySet<number>): Promise<ReadonlyMap<number, string>>;
}

/**
 * Sends dead letters through the whole pipeline again, after a fix of whatever refused them. A record goes whole: all
 * letters that it left are answered for.
 */
export async function resendDeadLetters(deps: ResendDeps, places: readonly DeadLetterPlace[]): Promise<ResendAnswer> {
  const answer: ResendAnswer = { resent: 0, refused: [] };
  const records = new Map(
    places.map(({ source, partition, offset }) => [
      JSON.stringify([source, partition, offset]),
      { source, partition, offset },
    ]),
  );
  for (const place of records.values()) {
    const refuse = (reason: string) => answer.refused.push({ ...place, reason });
    const letters = await findLetters(deps.clickhouse, place);
    const waiting = letters.filter(({ resent }) => resent === 0).map(({ element }) => element);
    if (letters.length === 0) {
      refuse('There is no such dead letter.');
      continue;
    }
    if (waiting.length === 0) {
      refuse('It was sent again before.');
      continue;
    }
    const bytes = await deps.fetchOriginal(place);
    if (bytes === null) {
      refuse('Its source does not have it any more; only a redacted sample is kept.');
      continue;
    }
    const refused = await deps.ingest({ ...place, bytes }, new Set(letters.map(({ element }) => element)));
    const stillBad = (element: number) => refused.get(element) ?? refused.get(0);
    for (const element of waiting) {
      const reason = stillBad(element);
      if (reason !== undefined) answer.refused.push({ ...place, ...(element > 0 ? { element } : {}), reason });
    }
    const repaired = waiting.filter((element) => stillBad(element) === undefined);
    if (repaired.length > 0) await markResent(deps, place, repaired);
    answer.resent += repaired.length;
  }
  return answer;
}

async function findLetters(
  clickhouse: ClickHouse,
  place: DeadLetterPlace,
): Promise<{ element: number; resent: number }[]> {
  return clickhouse.rows(
    `SELECT element, toUnixTimestamp64Milli(resent_at) AS resent FROM {db}.${TABLE} FINAL
     WHERE source = {source:String} AND partition = {partition:UInt32} AND offset = {offset:UInt64} ORDER BY element`,
    { params: { ...place } },
  );
}

async function markResent(
  { clickhouse, clock }: ResendDeps,
  place: DeadLetterPlace,
  elements: readonly number[],
): Promise<void> {
  await clickhouse.run(
    `INSERT INTO {db}.${TABLE} (${COLUMNS.join(', ')}, resent_at, version)
     SELECT ${COLUMNS.join(', ')}, fromUnixTimestamp64Milli({at:Int64}, 'UTC'), now64(3) + INTERVAL 1 SECOND FROM {db}.${TABLE} FINAL
     WHERE source = {source:String} AND partition = {partition:UInt32} AND offset = {offset:UInt64}
       AND element IN (${elements.map(Number).join(',')})`,
    { params: { ...place, at: clock.now() } },
  );
}
