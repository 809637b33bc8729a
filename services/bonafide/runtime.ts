import { dirname } from 'node:path';
import { faultReport, readSettings, type Settings } from '../../schemas/settings.ts';
import { type ClickHouse, type ClickHouseTarget, openLane } from '../../shared/clickhouse/client.ts';
import { createGate, type Gate } from '../../shared/clickhouse/gate.ts';
import { createMender } from '../../shared/clickhouse/mend.ts';
import { roomOf } from '../../shared/clickhouse/room.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { createHealth, type Health, type Role } from '../../shared/health.ts';
import { createLifecycle, type Lifecycle } from '../../shared/lifecycle.ts';
import { createLogger, type Logger } from '../../shared/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics.ts';
import { CommandError, type Io } from './command.ts';

/** What every role of a process shares. */
export interface Runtime {
  settings: Settings;
  log: Logger;
  clock: Clock;
  lifecycle: Lifecycle;
  health: Health;
  metrics: Metrics;
  /** Opens one more lane to ClickHouse; closed with the process. */
  openLane(name: string): ClickHouse;
  /** Every lane's changes go through it. */
  gate: Gate;
}

/**
 * Settings of a command, warnings told.
 * @throws CommandError (exit 2) with one report of all faults.
 */
export function settingsFor(io: Io, required: Parameters<typeof readSettings>[1] = []): Settings {
  const result = readSettings(io.env, required);
  for (const warning of result.warnings) io.stderr.write(`Warning: ${warning}\n`);
  if (!result.ok) throw new CommandError(faultReport(result.faults), 2);
  return result.settings;
}

/** @param vital the roles whose stopped parts make `/readyz` answer 503. */
export function createRuntime(settings: Settings, target: ClickHouseTarget, vital: readonly Role[]): Runtime {
  const log = createLogger(settings.logLevel);
  const lifecycle = createLifecycle(log);
  const gate = createGate();
  const { database } = settings.clickhouse;
  function guardDisk(path: string): (lane: ClickHouse) => ClickHouse {
    const clickhouse = openLane(target, database);
    lifecycle.onClose('clickhouse mend', () => clickhouse.close());
    const mender = createMender({ clickhouse, gate, log, left: () => roomOf(dirname(path)) });
    lifecycle.onClose('mend', () => mender.close());
    return (lane) => mender.guard(lane);
  }
  // A server watches its own disk.
  const guard = target.kind === 'embedded' ? guardDisk(target.path) : (lane: ClickHouse) => lane;
  return {
    settings,
    log,
    clock: systemClock,
    lifecycle,
    health: createHealth(vital),
    metrics: createMetrics(),
    gate,
    openLane(name) {
      const lane = openLane(target, database);
      lifecycle.onClose(`clickhouse ${name}`, () => lane.close());
      return guard(gate.guard(lane));
    },
  };
}

/** ClickHouse on a server. */
export function serverTarget(settings: Settings): ClickHouseTarget {
  const { url, user, password, cluster } = settings.clickhouse;
  if (url === null) throw new CommandError('CLICKHOUSE_URL is required by this command.', 2);
  return { kind: 'server', url, username: user, password, cluster };
}

/**
 * Waits until ClickHouse answers: beside a server that starts at the same time, a role is simply early.
 * @throws CommandError after `withinMs`.
 */
export async function awaitClickHouse(clickhouse: ClickHouse, where: string, io: Io, withinMs = 60_000): Promise<void> {
  const until = Date.now() + withinMs;
  let told = false;
  while (!(await clickhouse.ping())) {
    if (io.signal.aborted) throw new CommandError('Stopped while waiting for ClickHouse.');
    if (Date.now() > until)
      throw new CommandError(`ClickHouse does not answer at ${where}. Check CLICKHOUSE_URL and that the server runs.`);
    if (!told) io.stderr.write(`Waiting for ClickHouse at ${where} …\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Resolves at SIGTERM or SIGINT. */
export function stopAsked(io: Io): Promise<void> {
  if (io.signal.aborted) return Promise.resolve();
  return new Promise((resolve) => io.signal.addEventListener('abort', () => resolve(), { once: true }));
}
