import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LiveTick } from '../../schemas/api.ts';
import { Problem } from '../../shared/problem.ts';

const TICK_MS = 1000;
const MOST_CLIENTS = 50;
/** A client whose socket took nothing for so many ticks is gone, or too slow to be live. */
const MOST_MISSED = 15;

export interface Live {
  /** Answers with an endless `text/event-stream`. @throws Problem `unavailable` beyond the bound on clients. */
  open(request: FastifyRequest, reply: FastifyReply): void;
  /** Ends every stream, so that the listener can close. */
  close(): void;
}

interface Client {
  reply: FastifyReply;
  allowed: () => boolean;
  missed: number;
}

/**
 * One question a second for all pages together, and none while nobody looks.
 * @param read the tick's numbers; a failure is told to the pages as event `trouble`, and the next tick tries again.
 * @param allowed does the session that opened a stream still hold?
 */
export function createLive(deps: {
  read: () => Promise<LiveTick>;
  allowed: (request: FastifyRequest) => boolean;
}): Live {
  const clients = new Set<Client>();
  let ticking = false;
  let last: string | undefined;

  function drop(client: Client): void {
    clients.delete(client);
    client.reply.raw.end();
  }

  function send(client: Client, message: string): void {
    const { raw } = client.reply;
    if (raw.destroyed || !client.allowed() || client.missed > MOST_MISSED) {
      drop(client);
      return;
    }
    // A full socket takes nothing more until it drains: a tick left out is no loss, the next one says it all.
    if (raw.writableNeedDrain) client.missed++;
    else {
      client.missed = 0;
      raw.write(message);
    }
  }

  async function readMessage(): Promise<string> {
    try {
      last = `event: tick\ndata: ${JSON.stringify(await deps.read())}\n\n`;
      return last;
    } catch (error) {
      const detail = error instanceof Problem ? error.message : 'The numbers could not be read.';
      return `event: trouble\ndata: ${JSON.stringify({ detail })}\n\n`;
    }
  }

  /** Runs while somebody looks; there is never more than one. */
  async function tickOn(): Promise<void> {
    if (ticking) return;
    ticking = true;
    while (clients.size > 0) {
      const started = performance.now();
      const message = await readMessage();
      for (const client of clients) send(client, message);
      const rest = Math.max(0, TICK_MS - (performance.now() - started));
      await new Promise((resolve) => setTimeout(resolve, rest).unref());
    }
    ticking = false;
    last = undefined;
  }

  return {
    open(request, reply) {
      if (clients.size >= MOST_CLIENTS) {
        throw new Problem(
          'unavailable',
          `${MOST_CLIENTS} pages are live already. Close one, or reload to read without live updates.`,
        );
      }
      // From here on the answer is ours: fastify must neither end nor serialise it.
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      });
      reply.raw.write('retry: 2000\n\n');
      const client: Client = { reply, allowed: () => deps.allowed(request), missed: 0 };
      clients.add(client);
      reply.raw.on('close', () => drop(client));
      if (last !== undefined) send(client, last);
      void tickOn();
    },
    close() {
      for (const client of clients) drop(client);
    },
  };
}
