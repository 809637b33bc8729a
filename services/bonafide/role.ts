import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../schemas/settings.ts';
import { createAccess } from '../../shared/access.ts';
import type { Role } from '../../shared/health.ts';
import type { Io } from './command.ts';
import type { Keys } from './keys.ts';
import { createApp, listen } from './listener.ts';
import { awaitClickHouse, createRuntime, type Runtime, serverTarget, settingsFor, stopAsked } from './runtime.ts';
import { watchWorld } from './watch.ts';

/** One role as its own process, over a ClickHouse server. */
export interface RoleProcess {
  role: Role;
  /** Settings that it cannot do without, beside CLICKHOUSE_URL. */
  required: Parameters<typeof settingsFor>[1];
  /** Registers the role's rows of the HTTP surface and opens what it needs; what it answers starts after listening. */
  compose(app: FastifyInstance, runtime: Runtime, keys: Keys): Promise<{ start?(): void; say?(url: string): string }>;
}

/** Runs a role until SIGTERM or SIGINT. */
export async function runRole({ role, required, compose }: RoleProcess, args: string[], io: Io): Promise<number> {
  parseArgs({ args, options: {} });
  const settings = settingsFor(io, ['CLICKHOUSE_URL', ...(required ?? [])]);
  const runtime = createRuntime(settings, serverTarget(settings), [role]);
  try {
    await awaitClickHouse(runtime.openLane('start'), settings.clickhouse.url ?? '', io);
    watchWorld(runtime, null);
    const keys = keysOf(settings);
    const app = createApp(runtime, createAccess(keys));
    const { start, say } = await compose(app, runtime, keys);
    const url = await listen(app, runtime);
    start?.();
    io.stdout.write(`Bonafide ${role} listens on ${url}\n${say?.(url) ?? ''}`);
    await stopAsked(io);
  } finally {
    await runtime.lifecycle.close();
  }
  return 0;
}

/**
 * The keys of a scaled-out install come from the settings alone. The hash key follows from them, so that every decision
 * process puts the same callers into holdout and rollout.
 */
function keysOf(settings: Settings): Keys {
  const { gatewayKeys, adminToken, pseudonymKey } = settings;
  const root = pseudonymKey ?? adminToken ?? (gatewayKeys ?? []).map(({ secret }) => secret).join(',');
  return {
    gatewayKeys: gatewayKeys ?? [],
    adminToken,
    hashKey: createHash('sha256').update(`bonafide caller split\n${root}`).digest('base64url'),
  };
}
