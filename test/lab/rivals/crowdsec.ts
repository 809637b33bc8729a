import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ensureDebianPackage } from '../../support/tools.ts';
import { writeRival } from './files.ts';

/** The hub as it comes with Debian's package: no network is asked. */
const HUB = '/usr/share/crowdsec/hub';
const DATA = '/usr/share/crowdsec/data';
const PATTERNS = '/etc/crowdsec/patterns';
const PARSERS = [
  ['s01-parse', 'crowdsecurity/nginx-logs'],
  ['s02-enrich', 'crowdsecurity/dateparse-enrich'],
  ['s02-enrich', 'crowdsecurity/http-logs'],
] as const;
/** Hands lines of nginx on as they are; the hub's own first stage expects syslog. */
const RAW = `filter: "evt.Line.Labels.type == 'nginx'"
onsuccess: next_stage
name: bonafide/lab-raw
statics:
  - parsed: message
    expression: evt.Line.Raw
  - parsed: program
    expression: evt.Line.Labels.type
`;
/** What the collection `nginx` brings, by way of the collections that it names. */
const COLLECTION = 'crowdsecurity/nginx';
/** CrowdSec's own default ban. */
const BAN_MS = 4 * 3_600_000;

/**
 * Lets CrowdSec's scenarios for nginx read what nginx would have logged of a world, and writes its answers as a rival:
 * 1 while the address is banned. The agent reads the log at once in the log's own time, and sends its alerts to a
 * receiver on loopback in place of CrowdSec's local API.
 * @throws Error with one sentence when Debian's package or its hub is not here.
 */
export async function askCrowdsec(folder: string): Promise<void> {
  const program = ensureDebianPackage('crowdsec', 'crowdsec');
  if (!existsSync(HUB)) throw new Error(`${HUB} is not here: the hub of Debian's package crowdsec is needed`);
  const home = resolve(folder, 'crowdsec');
  rmSync(home, { recursive: true, force: true });
  const log = join(home, 'access.log');
  const receiver = await receiveAlerts();
  try {
    const config = configure(home, receiver.port);
    await writeNginxLog(folder, log);
    await run(program, ['-c', config, '-dsn', `file://${log}`, '-type', 'nginx', '-no-api', '-info']);
  } finally {
    receiver.close();
  }
  await writeAnswers(folder, receiver.bans);
  rmSync(home, { recursive: true, force: true });
}

/** The parts of an alert that are read. */
const alertSchema = z.array(z.object({ stop_at: z.string(), source: z.object({ ip: z.string().optional() }) }));

/** Times at which an address overflowed a bucket. */
async function receiveAlerts() {
  const bans = new Map<string, number[]>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const isLogin = request.url?.endsWith('/watchers/login') ?? false;
      if (request.url?.startsWith('/v1/alerts') && request.method === 'POST')
        for (const { stop_at, source } of alertSchema.parse(JSON.parse(Buffer.concat(parts).toString())))
          if (source.ip) bans.set(source.ip, [...(bans.get(source.ip) ?? []), Date.parse(stop_at)]);
      response.writeHead(isLogin ? 200 : 201, { 'content-type': 'application/json' });
      response.end(isLogin ? JSON.stringify({ code: 200, expire: '2099-01-01T00:00:00Z', token: 'lab' }) : '["1"]');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { bans, port, close: () => server.close() };
}

/** Runs the agent until it has read everything; then it would wait for hours of log time until all buckets are empty. */
function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let last = '';
    let finished = false;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        last = (last + text).slice(-1000);
        if (finished || !last.includes('existing buckets')) return;
        finished = true;
        // Alerts of the last lines are sent within a second or two.
        setTimeout(() => child.kill('SIGKILL'), 5000);
      });
    child.on('error', fail);
    child.on('close', (status) => {
      if (status === 0 || finished) done();
      else fail(new Error(`crowdsec ended with ${status}: ${last.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}

function configure(home: string, port: number): string {
  for (const sub of ['parsers/s00-raw', 'parsers/s01-parse', 'parsers/s02-enrich', 'scenarios', 'hub', 'data'])
    mkdirSync(join(home, sub), { recursive: true });
  writeFileSync(join(home, 'parsers', 's00-raw', 'raw.yaml'), RAW);
  for (const [stage, name] of PARSERS)
    copyFileSync(join(HUB, 'parsers', stage, `${name}.yaml`), join(home, 'parsers', stage, `${basename(name)}.yaml`));
  for (const name of scenariosOf(COLLECTION)) {
    const from = join(HUB, 'scenarios', `${name}.yaml`);
    if (!existsSync(from)) continue;
    copyFileSync(from, join(home, 'scenarios', `${basename(name)}.yaml`));
    // Debian keeps the data files under the names of their sources.
    for (const [, source = '', to = ''] of readFileSync(from, 'utf8').matchAll(
      /source_url:\s*(\S+)\s*\n\s*dest_file:\s*(\S+)/g,
    ))
      if (existsSync(join(DATA, basename(source)))) copyFileSync(join(DATA, basename(source)), join(home, 'data', to));
  }
  cpSync(PATTERNS, join(home, 'patterns'), { recursive: true });
  writeFileSync(join(home, 'hub', '.index.json'), '{"parsers":{},"scenarios":{},"collections":{},"postoverflows":{}}');
  writeFileSync(join(home, 'simulation.yaml'), 'simulation: false\n');
  writeFileSync(join(home, 'acquis.yaml'), '');
  writeFileSync(join(home, 'receiver.yaml'), `url: http://127.0.0.1:${port}/\nlogin: lab\npassword: lab\n`);
  const path = join(home, 'config.yaml');
  writeFileSync(
    path,
    `common: { daemonize: false, log_media: stdout, log_level: info, working_dir: . }
config_paths:
  config_dir: ${home}
  data_dir: ${join(home, 'data')}
  simulation_path: ${join(home, 'simulation.yaml')}
  hub_dir: ${join(home, 'hub')}
  index_path: ${join(home, 'hub', '.index.json')}
crowdsec_service: { acquisition_path: ${join(home, 'acquis.yaml')}, parser_routines: 1 }
cscli: { output: human }
api: { client: { credentials_path: ${join(home, 'receiver.yaml')} } }
prometheus: { enabled: false }
`,
  );
  return path;
}

/** Names under the headings `scenarios:` and, followed, `collections:` of a collection's file. */
function scenariosOf(collection: string): string[] {
  const text = readFileSync(join(HUB, 'collections', `${collection}.yaml`), 'utf8');
  const under = (heading: string) => {
    const block = new RegExp(`^${heading}:\\n((?:\\s*(?:-|#).*\\n?)+)`, 'm').exec(text)?.[1] ?? '';
    return [...block.matchAll(/^\s*- (\S+)/gm)].map((match) => match[1] ?? '');
  };
  return [...under('scenarios'), ...under('collections').flatMap(scenariosOf)];
}

interface LogEvent {
  time: number;
  'client.address': string;
  'http.request.method': string;
  'url.path': string;
  'url.query'?: string;
  'http.response.status_code': number;
  'http.response.size'?: number;
  'user_agent.original'?: string;
}

async function* eventsOf(folder: string): AsyncGenerator<LogEvent> {
  for await (const line of createInterface({ input: createReadStream(join(folder, 'events.ndjson')) }))
    yield JSON.parse(line) as LogEvent;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** nginx's combined format. */
async function writeNginxLog(folder: string, path: string): Promise<void> {
  const lines: string[] = [];
  for await (const event of eventsOf(folder)) {
    const at = new Date(event.time);
    const two = (n: number) => String(n).padStart(2, '0');
    const stamp = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
    const query = event['url.query'] ? `?${event['url.query']}` : '';
    lines.push(
      `${event['client.address']} - - [${stamp}] "${event['http.request.method']} ${event['url.path']}${query} HTTP/1.1" ` +
        `${event['http.response.status_code']} ${event['http.response.size'] ?? 0} "-" "${event['user_agent.original'] ?? '-'}"`,
    );
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}

async function writeAnswers(folder: string, bans: ReadonlyMap<string, readonly number[]>): Promise<void> {
  const scores: number[] = [];
  for await (const event of eventsOf(folder)) {
    const of = bans.get(event['client.address']) ?? [];
    scores.push(of.some((at) => at < event.time && event.time <= at + BAN_MS) ? 1 : 0);
  }
  writeRival(folder, 'rival-crowdsec.f32', {
    name: "CrowdSec's nginx scenarios",
    scores: Float32Array.from(scores),
  });
}
