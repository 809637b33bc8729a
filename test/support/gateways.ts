import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { ensureEnvoy } from './envoy.ts';
import { temporaryFolder } from './process.ts';
import { ensureDebianPackage, ensureNginx, freePort } from './tools.ts';
import { until } from './until.ts';

/** A real gateway on the configuration of the docs, in front of an API on a local port. */
export interface LoggingGateway {
  readonly port: number;
  /** What its access log holds so far, as bytes. */
  log(): Buffer;
  stop(): Promise<void>;
}

interface Started {
  binary: string;
  args: string[];
  /** The access log is what the gateway prints. */
  printsLog?: boolean;
}

type Start = (folder: string, port: number, apiPort: number) => Started;

const docs = (name: string) => readFileSync(join(PACKAGE_ROOT, 'docs', 'gateways', name), 'utf8');
const LOG = 'access.log';

/** Only addresses and paths are put in their places. */
function placed(config: string, folder: string, port: number, apiPort: number): string {
  return config
    .replace(/\/var\/log\/\w+\/bonafide\.log/, join(folder, LOG))
    .replace('127.0.0.1:8000', `127.0.0.1:${port}`)
    .replace('http://:8000', `http://:${port}`)
    .replace('port_value: 8000', `port_value: ${port}`)
    .replace('127.0.0.1:9000', `127.0.0.1:${apiPort}`)
    .replace('port_value: 9000', `port_value: ${apiPort}`);
}

/** A JSON log as people write it, by the names of the variables. */
const VARIABLES = [
  ...['time_iso8601', 'msec', 'remote_addr', 'remote_user', 'request', 'request_method', 'request_uri', 'status'],
  ...['bytes_sent', 'request_time', 'host', 'http_referer', 'http_user_agent', 'http_x_forwarded_for', 'request_id'],
]
  .map((name) => `"${name}":"$${name}"`)
  .join(',');

const nginx =
  (accessLog: string): Start =>
  (folder, port, apiPort) => {
    writeFileSync(join(folder, 'log.conf'), docs('nginx-log.conf'));
    const config = `
      daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
      events {}
      http {
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
        include ${folder}/log.conf;
        log_format extra '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                         '"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
        log_format variables escape=json '{${VARIABLES}}';
        log_format variables_unescaped '{${VARIABLES}}';
        access_log ${folder}/${LOG} ${accessLog};
        large_client_header_buffers 4 16k;
        server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${apiPort}; } }
      }`;
    writeFileSync(join(folder, 'nginx.conf'), config);
    return { binary: ensureNginx(), args: ['-p', folder, '-c', join(folder, 'nginx.conf')] };
  };

const haproxy =
  (change: (config: string) => string): Start =>
  (folder, port, apiPort) => {
    writeFileSync(join(folder, 'haproxy.cfg'), change(placed(docs('haproxy-log.cfg'), folder, port, apiPort)));
    return {
      binary: ensureDebianPackage('haproxy', 'haproxy'),
      args: ['-db', '-f', join(folder, 'haproxy.cfg')],
      printsLog: true,
    };
  };

const caddy: Start = (folder, port, apiPort) => {
  writeFileSync(join(folder, 'Caddyfile'), placed(docs('caddy-log.Caddyfile'), folder, port, apiPort));
  const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
  return { binary: ensureDebianPackage('caddy', 'caddy'), args };
};

const ENVOY_ARGS = [
  '--concurrency',
  '1',
  '--disable-hot-restart',
  '-l',
  'critical',
  '--file-flush-interval-msec',
  '100',
];
const envoy =
  (change: (config: string) => string): Start =>
  (folder, port, apiPort) => {
    writeFileSync(join(folder, 'envoy.yaml'), change(placed(docs('envoy-log.yaml'), folder, port, apiPort)));
    return { binary: ensureEnvoy(), args: [...ENVOY_ARGS, '-c', join(folder, 'envoy.yaml')] };
  };

const ISTIO = `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\\n`;
/** The same Envoy with another format of its log; `null`: its default. */
const withFormat = (format: string | null) => (config: string) => {
  const from = config.indexOf('                      log_format:');
  const to = config.indexOf('                route_config:');
  const text = JSON.stringify(format?.replace('\\n', '\n'));
  const instead =
    format === null ? '' : `                      log_format: { text_format_source: { inline_string: ${text} } }\n`;
  return config.slice(0, from) + instead + config.slice(to);
};

/** Every gateway that can be had, by the format in which it logs. */
export const LOGGING_GATEWAYS: Readonly<Record<string, Start>> = {
  'nginx-json': nginx('bonafide'),
  'nginx-variables': nginx('variables'),
  // Whoever forgets `escape=json`.
  'nginx-variables-unescaped': nginx('variables_unescaped'),
  combined: nginx('combined'),
  'combined-extra': nginx('extra'),
  'haproxy-json': haproxy((config) => config),
  haproxy: haproxy((config) => config.replace(/^ {2}log-format .*$/m, '  option httplog')),
  caddy,
  'envoy-json': envoy((config) => config),
  envoy: envoy(withFormat(null)),
  istio: envoy(withFormat(ISTIO)),
};

/** Gateways that ask Bonafide about each request, on the whole configurations of the docs. */
export const ASKING_GATEWAYS: Readonly<Record<string, (bonafidePort: number) => Start>> = {
  haproxy: () => (folder, port, apiPort) => {
    writeFileSync(join(folder, 'bonafide.lua'), docs('haproxy-bonafide.lua'));
    const config = placed(docs('haproxy.cfg'), folder, port, apiPort);
    writeFileSync(
      join(folder, 'haproxy.cfg'),
      config.replace('/etc/haproxy/haproxy-bonafide.lua', join(folder, 'bonafide.lua')),
    );
    const binary = ensureDebianPackage('haproxy', 'haproxy');
    return { binary, args: ['-db', '-f', join(folder, 'haproxy.cfg')], printsLog: true };
  },
  envoy: (bonafidePort) => (folder, port, apiPort) => {
    const config = placed(docs('envoy.yaml'), folder, port, apiPort);
    writeFileSync(join(folder, 'envoy.yaml'), config.replace('port_value: 8080', `port_value: ${bonafidePort}`));
    return { binary: ensureEnvoy(), args: [...ENVOY_ARGS, '-c', join(folder, 'envoy.yaml')] };
  },
  caddy: (bonafidePort) => (folder, port, apiPort) => {
    const config = placed(docs('Caddyfile'), folder, port, apiPort);
    writeFileSync(join(folder, 'Caddyfile'), config.replace('127.0.0.1:8080', `127.0.0.1:${bonafidePort}`));
    const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
    return { binary: ensureDebianPackage('caddy', 'caddy'), args };
  },
};

/** Starts one of {@link LOGGING_GATEWAYS}; resolves when it answers. */
export async function startGateway(format: string, apiPort: number): Promise<LoggingGateway> {
  const start = LOGGING_GATEWAYS[format];
  if (start === undefined) throw new Error(`No gateway logs ${format}.`);
  return run(format, start, apiPort, {});
}

/** Starts one of {@link ASKING_GATEWAYS} in front of an API, with a Bonafide on a local port to ask. */
export async function startAskingGateway(
  name: string,
  ports: { api: number; bonafide: number },
  key: string,
): Promise<LoggingGateway> {
  const start = ASKING_GATEWAYS[name];
  if (start === undefined) throw new Error(`No gateway asks as ${name}.`);
  const env = { BONAFIDE_GATEWAY_KEY: key, BONAFIDE_URL: `http://127.0.0.1:${ports.bonafide}` };
  return run(`asking-${name}`, start(ports.bonafide), ports.api, env);
}

async function run(
  format: string,
  start: Start,
  apiPort: number,
  more: Readonly<Record<string, string>>,
): Promise<LoggingGateway> {
  const folder = temporaryFolder(`gateway-${format}`);
  const port = await freePort();
  const { binary, args, printsLog = false } = start(folder.path, port, apiPort);
  const env = { ...process.env, TZ: 'UTC', HOME: folder.path, ...more };
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder.path, env });
  const printed: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => printed.push(bytes));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  await until(`${format} listens`, () => {
    if (child.exitCode !== null) throw new Error(`${binary} ended: ${said}`);
    return answers(port);
  });
  return {
    port,
    log() {
      if (printsLog) return Buffer.concat(printed);
      const path = join(folder.path, LOG);
      return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    },
    async stop() {
      await ended(child);
      process.off('exit', killOnExit);
      folder.remove();
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  });
}
