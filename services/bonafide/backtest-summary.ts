import type { Calibration } from '../../schemas/decision.ts';
import { OUTCOMES, type Outcome } from '../../schemas/event.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import type { Replayed } from './backtest-replay.ts';

/** What is kept of one entity that carried risk. */
export interface EntitySummary {
  entity: string;
  scope: string;
  peak: number;
  requests: number;
  refused: number;
  firstRefused: number;
  /** The strongest reason at its peak. */
  evidence: string;
  codes: Set<string>;
}

/** One bar of the picture of risk over time. */
export interface TimeBucket {
  startMs: number;
  requests: number;
  challenge: number;
  block: number;
  peak: number;
}

export interface Summary {
  add(replayed: Replayed): void;
  reject(reason: string): void;
  /** Fits a screen. @param seconds the whole run took. */
  text(seconds: number): string;
  data(): SummaryData;
}

export interface SummaryData {
  events: number;
  rejected: ReadonlyMap<string, number>;
  outcomes: Readonly<Record<Outcome, number>>;
  bases: ReadonlyMap<Calibration, number>;
  genuine: { requests: number; refused: number };
  top: EntitySummary[];
  timeline: TimeBucket[];
  lines: { challenge: number; block: number };
}

/** Entities that are kept: the quietest are dropped when there are twice as many. */
const KEPT = 5000;
const BUCKET_MS = 60_000;

/** Counts what a backtest answered, in bounded memory. */
export function createSummary(policy: CompiledPolicy): Summary {
  const outcomes: Record<Outcome, number> = { allow: 0, challenge: 0, block: 0 };
  const rejected = new Map<string, number>();
  const bases = new Map<Calibration, number>();
  const entities = new Map<string, EntitySummary>();
  const buckets = new Map<number, TimeBucket>();
  const genuine = { requests: 0, refused: 0 };
  let events = 0;

  function addEntity(replayed: Replayed, refused: boolean): void {
    const { context } = replayed.decision;
    if (context.entity === null) return;
    const name = `${context.entity.kind}:${context.entity.id}`;
    const key = `${replayed.row.scope}\u0000${name}`;
    let entity = entities.get(key);
    if (entity === undefined) {
      if (entities.size >= 2 * KEPT) dropQuietest(entities);
      entity = {
        entity: name,
        scope: replayed.row.scope,
        peak: -1,
        requests: 0,
        refused: 0,
        firstRefused: 0,
        evidence: '',
        codes: new Set(),
      };
      entities.set(key, entity);
    }
    entity.requests++;
    if (refused) {
      if (entity.refused === 0) entity.firstRefused = replayed.timeMs;
      entity.refused++;
    }
    if (context.risk > entity.peak) {
      entity.peak = context.risk;
      entity.evidence = context.reasons[0]?.evidence ?? '';
      for (const reason of context.reasons) entity.codes.add(reason.code);
    }
  }

  function addBucket(replayed: Replayed, outcome: Outcome): void {
    const startMs = replayed.timeMs - (replayed.timeMs % BUCKET_MS);
    let bucket = buckets.get(startMs);
    if (bucket === undefined) {
      bucket = { startMs, requests: 0, challenge: 0, block: 0, peak: 0 };
      buckets.set(startMs, bucket);
    }
    bucket.requests++;
    if (outcome !== 'allow') bucket[outcome]++;
    bucket.peak = Math.max(bucket.peak, replayed.decision.context.risk);
  }

  const top = () => [...entities.values()].sort((a, b) => b.peak - a.peak);

  return {
    add(replayed) {
      const { context } = replayed.decision;
      events++;
      outcomes[context.outcome]++;
      bases.set(context.calibration, (bases.get(context.calibration) ?? 0) + 1);
      const refused = context.outcome !== 'allow';
      if (context.attestation.status === 'genuine') {
        genuine.requests++;
        if (refused) genuine.refused++;
      }
      addEntity(replayed, refused);
      addBucket(replayed, context.outcome);
    },
    reject(reason) {
      rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
    },
    data: () => ({
      events,
      rejected,
      outcomes,
      bases,
      genuine,
      top: top().slice(0, 50),
      timeline: [...buckets.values()].sort((a, b) => a.startMs - b.startMs),
      lines: {
        challenge: -10 * Math.log10(policy.policy.budgets.challenge),
        block: -10 * Math.log10(policy.policy.budgets.block),
      },
    }),
    text(seconds) {
      const all = [...rejected.values()].reduce((sum, n) => sum + n, 0);
      const rejects = [...rejected].map(([reason, n]) => `${n} ${reason}`).join(', ');
      const lines = [
        `${count(events)} events in ${seconds.toFixed(1)} s (${count(Math.round(events / seconds))} events/s), ${count(all)} lines rejected${all > 0 ? `: ${rejects}` : ''}`,
        ...OUTCOMES.map(
          (outcome) =>
            `  ${outcome.padEnd(9)} ${count(outcomes[outcome]).padStart(12)}  ${percent(outcomes[outcome], events)}`,
        ),
        `  of ${count(genuine.requests)} requests with a genuine token ${count(genuine.refused)} would be refused`,
        `  decibels rest on ${[...bases].map(([basis, n]) => `${basis} ${percent(n, events)}`).join(', ') || 'nothing'}`,
        '',
        'Riskiest entities                                        peak dB  requests   refused  why',
        ...top()
          .slice(0, 12)
          .map(
            (entity) =>
              `${entity.entity.slice(0, 56).padEnd(56)} ${entity.peak.toFixed(1).padStart(7)} ${count(entity.requests).padStart(9)} ${count(entity.refused).padStart(9)}  ${entity.evidence}`,
          ),
        '',
      ];
      return lines.join('\n');
    },
  };
}

const count = (value: number) => value.toLocaleString('en');
const percent = (part: number, whole: number) => `${whole === 0 ? '0' : ((100 * part) / whole).toFixed(2)} %`;

function dropQuietest(entities: Map<string, EntitySummary>): void {
  const order = [...entities].sort((a, b) => a[1].peak - b[1].peak);
  for (const [key] of order.slice(0, KEPT)) entities.delete(key);
}
