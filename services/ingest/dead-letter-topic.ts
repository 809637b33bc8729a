import { rootOf } from '../../shared/kafka/connection.ts';
import type { KafkaProducer, OutMessage } from '../../shared/kafka/producer.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { firstBatch } from './first-batch.ts';
import { numberOf } from './place.ts';
import type { DeadLetter } from './read-block.ts';

/** Copies of dead letters for whoever reads the dead-letter topic. The table has them first, whatever becomes of these. */
export interface DeadLetterTopic {
  /** Resolves when they are in the topic, or wait because it does not take them: nobody is held up by it. */
  send(topic: string, letters: readonly DeadLetter[]): Promise<void>;
  /** A sentence while letters wait, else null. */
  fault(): string | null;
  /** Tries no more. */
  stop(): void;
}

/** The dead-letter topic of a topic. */
export const deadLetterTopic = (topic: string): string => `${topic}.dead-letter`;

/** Letters that wait in memory at most (about 20 MiB): beyond that the oldest are in the table alone. */
const MOST_WAITING = 10_000;
/** A broker takes batches of a megabyte unless told otherwise, and refuses a larger one whole. */
const AT_ONCE = { items: 500, size: 256 << 10 };
const PAUSE_MS = { first: 1_000, longest: 30_000 };

export function createDeadLetterTopic({
  producer,
  metrics,
  log,
}: {
  producer: KafkaProducer;
  metrics: Metrics;
  log: Logger;
}): DeadLetterTopic {
  const copies = metrics.counter(
    'bonafide_ingest_dead_letter_copies_total',
    'Copies of dead letters for the dead-letter topic by what became of them',
  );
  const gauge = metrics.gauge('bonafide_ingest_dead_letter_copies_waiting', 'Copies that the topic does not take yet');
  let waiting: { to: string; message: OutMessage }[] = [];
  let fault: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function keep(to: string, messages: readonly OutMessage[]): void {
    for (const message of messages) waiting.push({ to, message });
    const over = Math.max(0, waiting.length - MOST_WAITING);
    if (over > 0) {
      waiting = waiting.slice(over);
      copies.add(over, { result: 'dropped' });
    }
    gauge.set(waiting.length);
  }

  function tell(to: string, error: unknown): void {
    const before = fault;
    fault = `${why(to, error)} Dead letters are kept in the table all the same.`;
    if (fault !== before) log.error({ event: 'dead_letter_topic_fault', topic: to, err: error }, fault);
  }

  function tryLater(pause: number): void {
    if (stopped) return;
    timer = setTimeout(() => void tryAgain(pause), pause);
    timer.unref();
  }

  async function tryAgain(pause: number): Promise<void> {
    const to = waiting[0]?.to ?? '';
    const other = waiting.findIndex((each) => each.to !== to);
    const some = firstBatch(other < 0 ? waiting : waiting.slice(0, other), AT_ONCE, ({ message }) => bytesOf(message));
    try {
      await producer.send(
        to,
        some.map(({ message }) => message),
      );
      const sent = new Set(some);
      waiting = waiting.filter((each) => !sent.has(each));
      copies.add(some.length, { result: 'sent' });
      gauge.set(waiting.length);
      if (waiting.length > 0) return tryLater(0);
      fault = null;
      log.info({ event: 'dead_letter_topic_well', topic: to }, 'the dead-letter topic takes letters again');
    } catch (error) {
      tell(to, error);
      tryLater(Math.min(pause * 2, PAUSE_MS.longest));
    }
  }

  return {
    async send(topic, letters) {
      const to = deadLetterTopic(topic);
      let messages = letters.map(messageOf(topic));
      while (messages.length > 0) {
        if (fault !== null) return keep(to, messages);
        const some = firstBatch(messages, AT_ONCE, bytesOf);
        try {
          await producer.send(to, some);
          copies.add(some.length, { result: 'sent' });
          messages = messages.slice(some.length);
        } catch (error) {
          const isFirst = fault === null;
          tell(to, error);
          keep(to, messages);
          if (isFirst) tryLater(PAUSE_MS.first);
          return;
        }
      }
    },
    fault: () => fault,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const bytesOf = ({ key, value, headers = {} }: OutMessage): number =>
  [key, value, ...Object.entries(headers).flat()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** The redacted sample as value: what was refused may carry secrets, and another topic has other readers. */
const messageOf =
  (topic: string) =>
  (letter: DeadLetter): OutMessage => ({
    key: `${topic}-${letter.partition}-${letter.offset}${letter.element === undefined ? '' : `-${numberOf(letter)}`}`,
    value: letter.sample,
    headers: {
      reason: letter.reason,
      detail: letter.detail,
      format: letter.format,
      source: letter.source,
      partition: String(letter.partition),
      offset: String(letter.offset),
      ...(letter.element === undefined ? {} : { element: String(numberOf(letter)) }),
    },
  });

function why(topic: string, error: unknown): string {
  const cause = rootOf(error);
  const type = 'type' in cause ? String(cause.type) : '';
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return `The dead-letter topic ${topic} does not exist, and the brokers do not make it by themselves: create it.`;
  if (type === 'TOPIC_AUTHORIZATION_FAILED')
    return `Kafka does not let this user write to the dead-letter topic: grant it Write on ${topic}.`;
  return `The dead-letter topic ${topic} takes nothing: ${cause.message}.`;
}
