import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from 'chdb';

/** ClickHouse's HTTP interface in front of the embedded engine: no current server is packaged for the tests to fetch. */
export interface Bridge {
  readonly url: string;
  /** Each statement takes so many milliseconds more from now on. */
  slowBy(ms: number): void;
  close(): Promise<void>;
}

/** Parameters of the interface that are no settings, and settings that only a server's HTTP layer knows. */
const NOT_SETTINGS =
  /^(query|query_id|database|session_id|default_format|wait_end_of_query|enable_http_compression|send_progress_in_http_headers|http_.*|param_.*)$/;
const SESSIONS = 4;

/** Serves `path` until closed; statements run side by side on a few sessions, as on a server. */
export async function startBridge(path: string, port = 0): Promise<Bridge> {
  const sessions = Array.from({ length: SESSIONS }, () => ({ session: new Session(path), tail: Promise.resolve() }));
  let next = 0;
  let delayMs = 0;

  async function run(request: IncomingMessage): Promise<Buffer> {
    const url = new URL(request.url ?? '/', 'http://bridge');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const query = url.searchParams.get('query');
    const statement = query === null || query === '' ? body : body === '' ? query : `${query}\n${body}`;
    const settings = [...url.searchParams].filter(([name]) => !NOT_SETTINGS.test(name));
    const sql = [...settings.map(([name, value]) => `SET ${name} = '${value.replaceAll("'", "''")}'`), statement].join(
      '; ',
    );
    const params = Object.fromEntries(
      [...url.searchParams].flatMap(([name, value]) =>
        name.startsWith('param_')
          ? [[name.slice('param_'.length), parameterOf(sql, name.slice('param_'.length), value)]]
          : [],
      ),
    );
    const free = sessions[next++ % SESSIONS];
    if (free === undefined) throw new Error('no session');
    const answer = free.tail.then(() =>
      Object.keys(params).length > 0 ? free.session.queryBindAsync(sql, params) : free.session.queryAsync(sql),
    );
    free.tail = answer.then(
      () => undefined,
      () => undefined,
    );
    return Buffer.from((await answer).bytes());
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/ping')) {
      response.end('Ok.\n');
      return;
    }
    try {
      if (delayMs > 0) await sleep(delayMs);
      response.end(await run(request));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const code = /Code: (\d+)/.exec(text)?.[1] ?? '1000';
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(text);
    }
  }

  const server = createServer({ maxHeaderSize: 1 << 20, keepAliveTimeout: 30_000 }, (request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    slowBy(ms) {
      delayMs = ms;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(sessions.map(({ tail }) => tail));
      for (const { session } of sessions) session.close();
    },
  };
}

const ESCAPES: Record<string, string> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', 0: '\0' };

const plain = (value: string) => value.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);

/** Values travel as ClickHouse's escaped text; arrays (of one level) as `['a','b']` or `[1,2]`. */
function parameterOf(sql: string, name: string, value: string): string | (string | number)[] {
  if (!new RegExp(`\\{${name}: *Array`).test(sql)) return plain(value);
  return [...value.matchAll(/'((?:\\.|[^'\\])*)'|[^,[\]\s]+/gs)].map(([whole, quoted]) =>
    quoted === undefined ? Number(whole) : plain(quoted),
  );
}
