import { parseArgs } from 'node:util';
import { createAccess } from '../../shared/access.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { FORMAT_NAMES, isFormat } from '../ingest/formats/registry.ts';
import { registerBackupRoute } from './backup-route.ts';
import { CommandError, type Io } from './command.ts';
import { prepareDataFolder } from './data-folder.ts';
import { prepareDemo } from './demo.ts';
import { type Keys, loadKeys } from './keys.ts';
import { createApp, listen } from './listener.ts';
import { acquireLock } from './lock.ts';
import { requireRegularFile } from './log-file.ts';
import { readOpenApi } from './openapi-file.ts';
import { addDashboard, addDecide, addIngest, addPolicy, addRevocations, addScore } from './roles.ts';
import { writeRunning } from './running.ts';
import { awaitClickHouse, createRuntime, type Runtime, serverTarget, settingsFor, stopAsked } from './runtime.ts';
import { watchWorld } from './watch.ts';

export const help = `Usage: bonafide serve [options]

Everything in one process on embedded ClickHouse (or CLICKHOUSE_URL): events by HTTP, from Kafka (KAFKA_BROKERS) or from
a file that grows, risk each second, the decision API for gateways, dashboards. Data and keys lie in BONAFIDE_DATA_DIR
(.bonafide).

  --file FILE      read access logs from a file
  --follow         keep reading as the file grows, also when it is rotated
  --format NAME    how lines of the file are read; default auto
  --openapi FILE   an OpenAPI document (YAML or JSON) that names routes; without it they are learnt
  --demo           play a small made-up shop with an attack; own data folder, own policy in enforce

Example: npm start -- --file /var/log/nginx/access.log --follow
`;

export async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      file: { type: 'string' },
      follow: { type: 'boolean', default: false },
      format: { type: 'string', default: 'auto' },
      openapi: { type: 'string' },
      demo: { type: 'boolean', default: false },
    },
  });
  const { follow, format } = values;
  if (!isFormat(format)) throw new CommandError(`There is no format ${format}; known: ${FORMAT_NAMES.join(', ')}.`, 2);
  const file = values.file === undefined ? undefined : { path: values.file, follow, format };
  if (file === undefined && follow) throw new CommandError('--follow needs --file FILE beside it.', 2);
  if (file !== undefined) requireRegularFile(file.path);
  const openapi = readOpenApi(values.openapi);
  const given = settingsFor(io);
  const folder = prepareDataFolder(values.demo ? `${given.dataDir}-demo` : given.dataDir);
  const lock = acquireLock(folder.path);
  try {
    const demo = values.demo ? prepareDemo(given, folder.path) : undefined;
    const settings = demo?.settings ?? given;
    const keys = loadKeys(folder.keys, settings);
    const server = settings.clickhouse.url;
    const embedded = { kind: 'embedded' as const, path: folder.clickhouse };
    const runtime = createRuntime(settings, server === null ? embedded : serverTarget(settings), ['decide']);
    try {
      if (server !== null) await awaitClickHouse(runtime.openLane('start'), server, io);
      const { url, signInLink } = await compose(runtime, keys, folder.path, { file, openapi });
      const running = writeRunning(folder.running, { url, adminToken: keys.adminToken });
      runtime.lifecycle.onClose('running', () => running.remove());
      const ownKey = settings.gatewayKeys === null ? (keys.gatewayKeys[0]?.secret ?? '') : '$GATEWAY_KEY';
      io.stdout.write(welcome(url, ownKey, signInLink));
      const play = demo?.play(url, keys.gatewayKeys[0]?.secret ?? '', io);
      await stopAsked(io);
      play?.stop();
    } finally {
      await runtime.lifecycle.close();
    }
  } finally {
    lock.release();
  }
  return 0;
}

type FileSource = { path: string; follow: boolean; format: string };

/** Opens everything in the order in which data flows; the listener comes last, so that it is ready when it answers. */
async function compose(
  runtime: Runtime,
  keys: Keys,
  folder: string,
  { file, openapi }: { file: FileSource | undefined; openapi: unknown },
): Promise<{ url: string; signInLink: string }> {
  const { settings } = runtime;
  await migrate(runtime.openLane('migrate'), {
    retentionDays: settings.retentionDays,
    ttl: true,
    cluster: settings.clickhouse.cluster,
  });
  watchWorld(runtime, folder);
  const access = createAccess(keys);
  const app = createApp(runtime, access);
  const policy = await addPolicy(runtime, keys);
  const ingest = await addIngest(app, runtime, { policy, access, folder, openapi });
  if (settings.clickhouse.url === null) registerBackupRoute(app, { runtime, access, folder });
  const revocations = addRevocations(runtime);
  const snapshot = await addDecide(app, runtime, keys, { policy, access, revocations, openapi });
  const score = addScore(runtime, policy, snapshot.nudge);
  const { status, resend } = ingest;
  const signIn = addDashboard(app, runtime, {
    adminToken: keys.adminToken,
    policy,
    revocations,
    ingest: status,
    resend,
  });
  const url = await listen(app, runtime);
  score.start();
  ingest.start();
  if (file !== undefined) ingest.follow(file).start();
  return { url, signInLink: signIn.link(url) };
}

/** What a newcomer does next: three lines to paste. A key of the operator's own is named, never printed. */
function welcome(url: string, key: string, signInLink: string): string {
  const curl = `curl -sS -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json'`;
  const event = {
    time: new Date().toISOString(),
    'http.request.method': 'GET',
    'url.path': '/v1/orders/1',
    'http.response.status_code': 200,
    'client.address': '192.0.2.7',
  };
  const question = {
    subject: { type: 'anonymous', id: 'anonymous' },
    action: { name: 'GET' },
    resource: { type: 'route', id: '/v1/orders/1' },
    context: { ip: '192.0.2.7' },
  };
  return `Bonafide listens on ${url}

Send a first access-log record:
  ${curl} -d '${JSON.stringify([event])}' ${url}/v1/events
Ask for a first decision:
  ${curl} -d '${JSON.stringify(question)}' ${url}/access/v1/evaluation
Sign in to the dashboard (once, within 10 minutes):
  ${signInLink}

`;
}
