import { Kafka, Partitioners, type Producer } from 'kafkajs';
import type { Logger } from '../logger.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';

export interface OutMessage {
  key: string;
  value: Buffer | string;
  headers?: Readonly<Record<string, string>>;
}

export interface KafkaProducer {
  /** Resolves once every in-sync replica has the messages. Connects at first use. */
  send(topic: string, messages: readonly OutMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** A producer that waits for all replicas: what it sends is never the only copy of a promise. */
export function createKafkaProducer(connection: KafkaConnection, log: Logger): KafkaProducer {
  const kafka = new Kafka(clientOptions(connection, log));
  let producer: Producer | undefined;

  async function connected(): Promise<Producer> {
    if (producer !== undefined) return producer;
    const opening = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await opening.connect();
    producer = opening;
    return opening;
  }

  return {
    async send(topic, messages) {
      if (messages.length === 0) return;
      await (await connected()).send({ topic, acks: -1, messages: messages.map((message) => ({ ...message })) });
    },
    async close() {
      await producer?.disconnect();
    },
  };
}
