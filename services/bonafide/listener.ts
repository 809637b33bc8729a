import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Access } from '../../shared/access.ts';
import { createHttpApp } from '../../shared/http.ts';
import { CommandError } from './command.ts';
import { addressOf } from './running.ts';
import type { Runtime } from './runtime.ts';
import { productVersion } from './version.ts';

const DRAIN_MS = 3_000;

/** The process's one HTTP surface: roles register their routes on it before it listens. */
export function createApp(runtime: Runtime, access: Access): FastifyInstance {
  const { log, health, metrics, settings } = runtime;
  if (settings.tls !== null) checkTls(settings.tls);
  const app = createHttpApp({ log, health, metrics, access, tls: settings.tls, version: productVersion() });
  app.addHook('preClose', () => drain(app));
  return app;
}

/** @throws CommandError when certificate and key are not PEM, or do not belong together. */
function checkTls(tls: { cert: string; key: string }): void {
  try {
    createSecureContext(tls);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`BONAFIDE_TLS_CERT and BONAFIDE_TLS_KEY are no certificate and its key in PEM: ${why}`, 2);
  }
}

/** Gateways hold many idle connections; only requests in flight are waited for, and not for ever. */
async function drain(app: FastifyInstance): Promise<void> {
  const until = Date.now() + DRAIN_MS;
  const open = () =>
    new Promise<number>((resolve) => app.server.getConnections((error, count) => resolve(error === null ? count : 0)));
  do {
    app.server.closeIdleConnections();
    if ((await open()) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  } while (Date.now() < until);
}

/**
 * Listens on `BONAFIDE_HOST:BONAFIDE_PORT`; closed with the process, requests in flight are answered first.
 * @returns the address under which this machine reaches it.
 * @throws CommandError when the port is taken or the address is none of this machine's.
 */
export async function listen(app: FastifyInstance, runtime: Runtime): Promise<string> {
  const { host, port, tls } = runtime.settings;
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why: Record<string, string> = {
      EADDRINUSE: `The port ${port} on ${host} is in use by another process. Stop that one, or set BONAFIDE_PORT to a free port.`,
      EACCES: `This user may not listen on port ${port}. Set BONAFIDE_PORT to one above 1023.`,
      EADDRNOTAVAIL: `${host} is no address of this machine. Set BONAFIDE_HOST to one that is, or to 0.0.0.0.`,
      ENOTFOUND: `The name ${host} is not known. Set BONAFIDE_HOST to an address of this machine.`,
    };
    const sentence = why[code];
    throw sentence === undefined ? error : new CommandError(sentence);
  }
  runtime.lifecycle.onClose('listener', () => app.close());
  const address = app.server.address();
  return addressOf(host, typeof address === 'object' && address !== null ? address.port : port, tls !== null);
}
