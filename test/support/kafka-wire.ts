import type { AddressInfo } from 'node:net';
import { createConnection, createServer, type Socket } from 'node:net';

/** Numbers of Kafka's protocol. */
export const FETCH = 1;
export const OFFSET_COMMIT = 8;

/** A wire between clients and a broker that can be cut at one kind of request. */
export interface KafkaWire {
  readonly port: number;
  /** Where requests go. */
  connect(brokerPort: number): void;
  /** Requests of that kind wait from now on, and what their clients ask behind them, until they are released. */
  hold(apiKey: number): Held;
  /** Requests of that kind reach the broker and have their effect; their answers get lost until the answer is called. */
  swallowAnswers(apiKey: number): () => void;
  /** Answers that got lost so far. */
  swallowed(): number;
  close(): Promise<void>;
}

export interface Held {
  /** The first request that waits: those before it have had their answers. */
  readonly met: Promise<void>;
  release(): void;
}

/** Requests and answers are frames of a length and so many bytes; both bear the number of the request. */
export async function startKafkaWire(): Promise<KafkaWire> {
  let brokerPort = 0;
  let held: { apiKey: number; meet(): void; until: Promise<void> } | null = null;
  let deaf: number | null = null;
  let lost = 0;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const broker = createConnection(brokerPort, '127.0.0.1');
    const asked = new Map<number, number>();
    let turn: Promise<void> = Promise.resolve();
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    eachFrame(client, (frame) => {
      const apiKey = frame.readInt16BE(4);
      asked.set(frame.readInt32BE(8), apiKey);
      turn = turn.then(async () => {
        if (held?.apiKey === apiKey) {
          held.meet();
          await held.until;
        }
        broker.write(frame);
      });
    });
    eachFrame(broker, (frame) => {
      const number = frame.readInt32BE(4);
      const isLost = deaf !== null && asked.get(number) === deaf;
      asked.delete(number);
      if (isLost) lost++;
      else client.write(frame);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connect(port) {
      brokerPort = port;
    },
    hold(apiKey) {
      let open: () => void = () => undefined;
      const until = new Promise<void>((resolve) => {
        open = resolve;
      });
      let meet: () => void = () => undefined;
      const met = new Promise<void>((resolve) => {
        meet = resolve;
      });
      held = { apiKey, meet, until };
      return {
        met,
        release() {
          held = null;
          open();
        },
      };
    },
    swallowAnswers(apiKey) {
      deaf = apiKey;
      return () => {
        deaf = null;
      };
    },
    swallowed: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let kept = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    kept = Buffer.concat([kept, bytes]);
    while (kept.length >= 4 && kept.length >= 4 + kept.readInt32BE(0)) {
      const length = 4 + kept.readInt32BE(0);
      take(Buffer.from(kept.subarray(0, length)));
      kept = kept.subarray(length);
    }
  });
}
