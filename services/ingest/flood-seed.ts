import { setTimeout as sleep } from 'node:timers/promises';
import { ENTITY_KINDS } from '../../schemas/event.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Logger } from '../../shared/logger.ts';
import { FLOODED_KINDS, type FloodedKind, type FloodGate } from './flood.ts';

/** Known is who was met within so many hours, in two different minutes. */
const HOURS = 12;
/** Of one kind; which ones is by lot. */
const AT_MOST = 300_000;
const PAGE = 50_000;
/** The first records wait for it so long: a slow or absent ClickHouse must hold up neither health nor progress. */
const WITHIN_MS = 3_000;
/** After a fault, and at most: each pause is twice the one before. */
const RETRY_MS = 2_000;
const RETRY_AT_MOST_MS = 60_000;
/** By then whoever uses this was met again; what was before matters no more. */
const GIVE_UP_MS = 3_600_000;

/** Who was known, on its way to a gate while everything else goes on. */
export interface FloodSeed {
  /** Resolves once all of them are told, or after a moment: then records go on without. */
  ready: Promise<void>;
  stop(): Promise<void>;
  /** A sentence while it cannot be read, else null. */
  fault(): string | null;
}

/**
 * Asks again after any fault, ever more rarely, and gives up after an hour.
 * @param lane its own: nothing that ingest does waits behind it.
 */
export function startFloodSeed(
  { lane, gate, log }: { lane: ClickHouse; gate: Pick<FloodGate, 'know'>; log: Logger },
  withinMs = WITHIN_MS,
  { retryMs, giveUpMs } = { retryMs: RETRY_MS, giveUpMs: GIVE_UP_MS },
): FloodSeed {
  const stopped = new AbortController();
  const { signal } = stopped;
  let fault: string | null = null;

  async function run(): Promise<void> {
    const began = performance.now();
    for (let pause = retryMs; !signal.aborted; pause = Math.min(2 * pause, RETRY_AT_MOST_MS)) {
      try {
        await seedFloodGate(lane, gate, signal);
        if (fault !== null) log.info({ event: 'flood_seed_back' }, 'who was known before the start is read now');
        fault = null;
        return;
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
        const told = `Who was known before the start cannot be read, so a flood may take users for newcomers: ${why}`;
        if (told !== fault) log.warn({ event: 'flood_seed_failed', err: error }, told);
        fault = told;
        if (performance.now() - began >= giveUpMs) break;
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
    if (signal.aborted) return;
    fault = null;
    log.info({ event: 'flood_seed_given_up' }, 'who was known before the start is not asked for any more');
  }

  const running = run();
  const moment = (ms: number) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return {
    ready: Promise.race([running, moment(withinMs)]),
    async stop() {
      stopped.abort();
      // A statement in hand ends by itself, or with its lane.
      await Promise.race([running, sleep(withinMs, undefined, { ref: false })]);
    },
    fault: () => fault,
  };
}

/** Tells a gate who was known before this process began: a restart in a flood must not make strangers of users. */
export async function seedFloodGate(
  clickhouse: ClickHouse,
  gate: Pick<FloodGate, 'know'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const kind of FLOODED_KINDS) {
    let after = '0';
    for (let told = 0; told < AT_MOST && signal?.aborted !== true; told += PAGE) {
      const rows = await knownBehind(clickhouse, kind, after);
      gate.know(
        kind,
        rows.map(({ name }) => name),
      );
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.number;
    }
  }
}

const knownBehind = (clickhouse: ClickHouse, kind: FloodedKind, after: string) =>
  clickhouse.rows<{ number: string; name: string }>(
    `SELECT toString(entity) AS number, any(id) AS name FROM {db}.entity_v1
     WHERE entity > ${after} AND kind = ${ENTITY_KINDS.indexOf(kind) + 1}
     GROUP BY entity HAVING max(last_seen) > now() - INTERVAL ${HOURS} HOUR AND max(last_seen) >= min(first_seen) + INTERVAL 1 MINUTE
     ORDER BY entity LIMIT ${PAGE} SETTINGS optimize_aggregation_in_order = 1`,
  );
