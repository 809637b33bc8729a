import type { Freshness } from '../../schemas/api.ts';
import type { Clock } from '../../shared/clock.ts';
import { deadByReason } from './queries/dead-letters.ts';
import { newestEvent, pace } from './queries/health.ts';
import { newestSnapshot } from './queries/overview.ts';
import type { Ask } from './query.ts';

/** What ingest knows of itself; a dashboard that runs alone has none of it. */
export interface IngestStatus {
  /** All partitions are read to their end; null without Kafka. */
  caughtUp: boolean | null;
  /** Messages that wait in Kafka; null without. */
  lagMessages: number | null;
  /** Records dropped because their `event_id` was stored before, since the start. */
  duplicates: number;
}

/** Epoch milliseconds as RFC 3339; null stays null, and so does 0: nothing was seen. */
export const iso = (ms: number | null): string | null => (ms === null || ms === 0 ? null : new Date(ms).toISOString());

/** How fresh the data is: what ingest says, and what the tables show. */
export function createFreshness(deps: {
  ask: Ask;
  clock: Clock;
  ingest: (() => IngestStatus) | null;
}): () => Promise<Freshness> {
  return async () => {
    const now = deps.clock.now();
    const [paces, newest, snapshots, dead] = await Promise.all([
      deps.ask(pace, { now }),
      deps.ask(newestEvent, {}),
      deps.ask(newestSnapshot, {}),
      deps.ask(deadByReason, { from: now - 86_400_000 }),
    ]);
    const status = deps.ingest?.() ?? null;
    const snapshot = snapshots[0];
    const timely = (paces[0]?.timely ?? 0) > 0;
    return {
      caught_up: status?.caughtUp ?? null,
      lag_messages: status?.lagMessages ?? null,
      delay_p50_s: timely ? (paces[0]?.delay_p50 ?? null) : null,
      delay_p95_s: timely ? (paces[0]?.delay_p95 ?? null) : null,
      rate_per_s: (paces[0]?.last_minute ?? 0) / 60,
      last_event: iso(newest[0]?.time ?? 0),
      snapshot_step: snapshot === undefined ? null : iso(snapshot.step * 1000),
      snapshot_age_ms: snapshot === undefined ? null : Math.max(0, now - snapshot.published_at),
      dead_letters: dead.reduce((sum, row) => sum + row.waiting, 0),
    };
  };
}
