import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { temporaryFolder } from './process.ts';
import { ensureNginx } from './tools.ts';
import { until } from './until.ts';

export interface Nginx {
  /** What the access log holds so far, one object a request. */
  log(): Record<string, string>[];
  errors(): string;
  stop(): Promise<void>;
}

/**
 * Real nginx on the configuration of the docs; only addresses, paths and the key are put in their places.
 * @param change last word on the text, for the choices that its comments offer.
 */
export async function startNginx(options: {
  port: number;
  bonafidePort: number;
  apiPort: number;
  gatewayKey: string;
  change?: (config: string) => string;
}): Promise<Nginx> {
  const binary = ensureNginx();
  const folder = temporaryFolder('nginx');
  const at = (name: string) => join(folder.path, name);
  const docs = (name: string) => readFileSync(join(PACKAGE_ROOT, 'docs', 'gateways', name), 'utf8');
  writeFileSync(at('bonafide-log.conf'), docs('nginx-log.conf'));
  writeFileSync(at('bonafide-key.conf'), `map "" $bonafide_key { default "${options.gatewayKey}"; }\n`, {
    mode: 0o600,
  });
  const config = docs('nginx.conf')
    .replaceAll('/etc/nginx/', `${folder.path}/`)
    .replaceAll('/var/log/nginx/', `${folder.path}/`)
    .replace('127.0.0.1:8000', `127.0.0.1:${options.port}`)
    .replace('127.0.0.1:8080', `127.0.0.1:${options.bonafidePort}`)
    .replace('127.0.0.1:9000', `127.0.0.1:${options.apiPort}`);
  writeFileSync(at('nginx.conf'), options.change?.(config) ?? config);

  const globals = `daemon off; worker_processes 1; pid ${at('nginx.pid')}; error_log ${at('error.log')} warn;`;
  const child = spawn(binary, ['-p', folder.path, '-c', at('nginx.conf'), '-g', globals], { stdio: 'pipe' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  await until('nginx listens', () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    return answers(options.port);
  });

  return {
    log: () =>
      readFileSync(at('bonafide.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    errors: () => readFileSync(at('error.log'), 'utf8'),
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
    child.once('close', () => resolve());
    child.kill('SIGTERM');
  });
}
