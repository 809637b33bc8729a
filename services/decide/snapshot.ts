import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CalibrationCurve } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Evidence, SHIPPED_EVIDENCE } from '../../shared/evidence.ts';
import { type Health, OK, type PartHealth } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { NO_OPENINGS } from '../../shared/opening.ts';
import { NO_SCALES, type PeerScales } from '../../shared/peer-scales.ts';
import type { SnapshotView } from './question.ts';
import { createRiskTable, type RiskTable } from './risk-table.ts';
import {
  changesBetween,
  curveOf,
  newestStep,
  type PublishedStep,
  type ReadOpenings,
  readCurves,
  readEvidence,
  readOpenings,
  readScales,
  wholeStep,
} from './snapshot-rows.ts';

export interface SnapshotDeps {
  /** A lane of its own. */
  clickhouse: ClickHouse;
  clock: Clock;
  health: Health;
  metrics: Metrics;
  log: Logger;
}

/** The in-memory risks of this process. */
export interface Snapshot {
  /** The newest whole step; never waits. Ask for it once a decision. */
  current(): SnapshotView;
  /** Loads everything; the process is not ready before this resolves. */
  load(): Promise<void>;
  /** Brings it to the newest whole step; answers how many entities changed. */
  refresh(): Promise<number>;
  /** Refreshes every second until `stop`. */
  start(): void;
  /** A step was published in this process: refreshes now, or once more where a refresh is under way, which may have looked before. */
  nudge(): void;
  /** Waits for a running refresh. */
  stop(): Promise<void>;
  /** Entities with a score. */
  size(): number;
}

const EVERY_MS = 1000;
const SCALE_EVERY_MS = 5000;
/** A snapshot this old is told in `/readyz`; routes have their own word in `on_stale`. */
const OLD_MS = 30_000;
/** Longest piece of work between two requests. */
const SLICE_MS = 2;

/** What a decision reads: `overlay` first, then `base`. Replaced whole. */
interface State {
  step: number;
  /** The step that was loaded: what changed before it was not seen. */
  watchedFrom: number;
  publishedMs: number;
  /** What the newest step changed, until it is in `base`; null: nothing. */
  overlay: RiskTable | null;
  scale: Scale;
}

/** What is learnt by the period: from score to decibels, what an attestation status adds to a score, how much openings surprise, what peers do. */
interface Scale {
  curves: ReadonlyMap<string, CalibrationCurve>;
  evidence: Evidence;
  openings: ReadOpenings;
  peers: PeerScales;
}

/**
 * Risk in memory, one step whole. A refresh collects its changes aside, publishes them by swapping one reference, and
 * only then writes them into the large table, in slices: the overlay hides what is half-written, so no request ever
 * sees a part of a step, and none waits.
 */
export function createSnapshot(deps: SnapshotDeps): Snapshot {
  const { clickhouse, clock, log } = deps;
  let base = createRiskTable();
  let state: State = {
    step: 0,
    watchedFrom: 0,
    publishedMs: clock.now(),
    overlay: null,
    scale: {
      curves: new Map(),
      evidence: SHIPPED_EVIDENCE,
      openings: { openings: NO_OPENINGS, written: '' },
      peers: NO_SCALES,
    },
  };
  let view = viewOf(state, base);
  let scaleAtMs = 0;
  let fault = '';
  let peersUnread = false;
  let loaded = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let refreshing = false;
  let nudged = false;

  const entities = deps.metrics.gauge('bonafide_decide_snapshot_entities', 'Entities above 0 dB in the snapshot');
  const age = deps.metrics.gauge('bonafide_decide_snapshot_age_seconds', 'Age of the snapshot');

  deps.health.register('snapshot', 'decide', (): PartHealth => {
    if (!loaded) return { state: 'stopped', detail: 'The first snapshot is being loaded.' };
    const oldS = Math.round((clock.now() - state.publishedMs) / 1000);
    if (fault !== '') return { state: 'degraded', detail: `Deciding from a snapshot of ${oldS} s ago: ${fault}` };
    if (clock.now() - state.publishedMs <= OLD_MS) return OK;
    return { state: 'degraded', detail: `No step of risk was published for ${oldS} s.` };
  });

  function swap(next: State): void {
    state = next;
    view = viewOf(next, base);
  }

  /** @param step that it is read for. */
  async function readScale(step: number): Promise<Scale> {
    const now = clock.now();
    const scale = {
      curves: await readCurves(clickhouse, now),
      evidence: await readEvidence(clickhouse, now),
      openings: await readOpenings(clickhouse, now, state.scale.openings),
      peers: await peersOf(step),
    };
    scaleAtMs = clock.now();
    return scale;
  }

  /** Only words of reasons rest on these: decisions neither wait for them nor stop without. */
  async function peersOf(step: number): Promise<PeerScales> {
    try {
      const peers = await readScales(clickhouse, step);
      peersUnread = false;
      return peers;
    } catch (error) {
      if (!peersUnread)
        log.warn({ event: 'peers_unread', err: error }, 'what is usual cannot be read; reasons tell what was known');
      peersUnread = true;
      return state.scale.peers;
    }
  }

  async function load(): Promise<void> {
    const newest = await newestStep(clickhouse);
    const table = createRiskTable();
    if (newest !== undefined) {
      for await (const page of wholeStep(clickhouse, newest.step)) {
        for (const { scope, kind, id, risk } of page) if (risk !== null) table.set(scope, kind, id, risk);
      }
    }
    base = table;
    swap({
      step: newest?.step ?? 0,
      watchedFrom: newest?.step ?? 0,
      publishedMs: newest?.publishedMs ?? clock.now(),
      overlay: null,
      scale: await readScale(newest?.step ?? 0),
    });
    loaded = true;
    log.info({ event: 'snapshot_loaded', step: state.step, entities: table.size }, 'the snapshot is loaded');
  }

  async function refresh(): Promise<number> {
    const newest = await newestStep(clickhouse);
    // The scale changes at full hours of steps, and comes with the first step of one.
    const begins = newest !== undefined && Math.floor(newest.step / 3600) > Math.floor(state.step / 3600);
    const scale = begins ? await readScale(newest.step) : state.scale;
    const changed = newest === undefined ? 0 : await follow(newest, scale);
    // Between them it is asked for now and then, for what comes late: no risk waits for that.
    if (clock.now() - scaleAtMs >= SCALE_EVERY_MS) swap({ ...state, scale: await readScale(state.step) });
    return changed;
  }

  /** Brings the risks to a published step; answers how many entities changed. */
  async function follow({ step, publishedMs }: PublishedStep, scale: Scale): Promise<number> {
    if (step <= state.step) {
      // The same step may be published again: that it is still true is news.
      if (step === state.step) swap({ ...state, publishedMs });
      return 0;
    }
    const overlay = createRiskTable();
    for await (const page of changesBetween(clickhouse, state.step, step)) {
      let sliceEnds = performance.now() + SLICE_MS;
      for (const { scope, kind, id, risk } of page) {
        const earlier = overlay.get(scope, kind, id);
        risk?.follow(earlier === undefined ? base.get(scope, kind, id) : earlier);
        overlay.set(scope, kind, id, risk);
        if (performance.now() < sliceEnds) continue;
        await nextTurn();
        sliceEnds = performance.now() + SLICE_MS;
      }
      await nextTurn();
    }
    swap({ ...state, step, publishedMs, overlay: overlay.size > 0 ? overlay : null, scale });
    await merge(overlay);
    swap({ ...state, overlay: null });
    return overlay.size;
  }

  /** Writes a published overlay into the large table without ever holding up a request. */
  async function merge(overlay: RiskTable): Promise<void> {
    let sliceEnds = performance.now() + SLICE_MS;
    for (const [scope, kind, id, risk] of overlay.entries()) {
      if (risk === null) base.delete(scope, kind, id);
      else base.set(scope, kind, id, risk);
      if (performance.now() < sliceEnds) continue;
      await nextTurn();
      sliceEnds = performance.now() + SLICE_MS;
    }
  }

  async function tick(): Promise<void> {
    try {
      await refresh();
      if (fault !== '') log.info({ event: 'snapshot_back' }, 'the snapshot is refreshed again');
      fault = '';
    } catch (error) {
      // The last good snapshot stays in force; `/readyz` and every answer show its age.
      const message = error instanceof Error ? error.message : String(error);
      if (fault === '') log.error({ event: 'snapshot_stuck', err: error }, 'the snapshot cannot be refreshed');
      fault = message.slice(0, 200);
    }
    entities.set(base.size);
    age.set(Math.max(0, clock.now() - state.publishedMs) / 1000);
  }

  function schedule(): void {
    refreshing = false;
    if (stopped) return;
    if (nudged) {
      turn();
      return;
    }
    timer = setTimeout(turn, EVERY_MS);
    timer.unref();
  }

  function turn(): void {
    refreshing = true;
    nudged = false;
    running = tick().then(schedule);
  }

  return {
    current: () => view,
    load,
    refresh,
    start: schedule,
    nudge() {
      nudged = refreshing;
      if (stopped || refreshing) return;
      clearTimeout(timer);
      turn();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
    size: () => base.size,
  };
}

function viewOf({ step, watchedFrom, publishedMs, overlay, scale }: State, base: RiskTable): SnapshotView {
  return {
    step,
    ageMs: (now) => now - publishedMs,
    risk(scope, kind, id) {
      const changed = overlay?.get(scope, kind, id);
      if (changed !== undefined) return changed ?? undefined;
      return base.get(scope, kind, id) ?? undefined;
    },
    curve: (scope, segment) => curveOf(scale.curves, scope, segment),
    evidence: scale.evidence,
    openings: scale.openings.openings,
    scales: scale.peers,
    watchedFrom,
  };
}
