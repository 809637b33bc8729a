import type { Calibration } from '../../schemas/decision.ts';
import { OUTCOMES, type Outcome } from '../../schemas/event.ts';
import type { FalsePositives } from '../../shared/false-positives.ts';
import type { CompiledPolicy } from '../../shared/policy.ts';
import { nameOf } from '../../shared/reason-words.ts';
import type { Replayed } from './backtest-replay.ts';

/** What is kept of one entity that carried risk. */
export interface EntitySummary {
  entity: string;
  /** As its reasons call it. */
  name: string;
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
  /** An event came again under its `event_id`; nothing else is told of it here. */
  again(): void;
  /** What genuine callers paid, once everything was decided. */
  measured(falsePositives: readonly FalsePositives[]): void;
  /** Fits a screen. @param seconds the whole run took. */
  text(seconds: number): string;
  data(): SummaryData;
}

export interface SummaryData {
  events: number;
  /** Those that came again under their `event_id`, which are in no other count. */
  again: number;
  rejected: ReadonlyMap<string, number>;
  outcomes: Readonly<Record<Outcome, number>>;
  bases: ReadonlyMap<Calibration, number>;
  genuine: { requests: number; refused: number };
  top: EntitySummary[];
  timeline: TimeBucket[];
  lines: { challenge: number; block: number };
  /** Over all scopes. */
  falsePositives: Omit<FalsePositives, 'scope'>;
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
  const { budgets } = policy.policy;
  let falsePositives = sumOf([]);
  let events = 0;
  let again = 0;

  function addEntity(replayed: Replayed, refused: boolean): void {
    const { context } = replayed.decision;
    if (context.entity === null) return;
    const { kind, id } = context.entity;
    const key = `${replayed.row.scope}\u0000${kind}:${id}`;
    let entity = entities.get(key);
    if (entity === undefined) {
      if (entities.size >= 2 * KEPT) dropQuietest(entities);
      entity = {
        entity: `${kind}:${id}`,
        name: nameOf(kind, id),
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

  const top = () => [...entities.values()].sort((a, b) => b.refused - a.refused || b.peak - a.peak);

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
    again() {
      again++;
    },
    measured(rows) {
      falsePositives = sumOf(rows);
    },
    data: () => ({
      events,
      again,
      rejected,
      outcomes,
      bases,
      genuine,
      top: top().slice(0, 50),
      timeline: [...buckets.values()].sort((a, b) => a.startMs - b.startMs),
      lines: {
        challenge: -10 * Math.log10(budgets.challenge),
        block: -10 * Math.log10(budgets.block),
      },
      falsePositives,
    }),
    text(seconds) {
      const all = [...rejected.values()].reduce((sum, n) => sum + n, 0);
      const rejects = [...rejected].map(([reason, n]) => `${n} ${reason}`).join(', ');
      const lines = [
        `${count(events)} events in ${seconds.toFixed(1)} s (${count(Math.round(events / seconds))} events/s), ${count(all)} lines rejected${all > 0 ? `: ${rejects}` : ''}`,
        ...againText(again).map((line) => `  ${line}`),
        ...OUTCOMES.map(
          (outcome) =>
            `  ${outcome.padEnd(9)} ${count(outcomes[outcome]).padStart(12)}  ${percent(outcomes[outcome], events)}`,
        ),
        `  of ${count(genuine.requests)} requests with a genuine token ${count(genuine.refused)} would be refused`,
        ...falsePositivesText(falsePositives, budgets),
        `  decibels rest on ${[...bases].map(([basis, n]) => `${basis} ${percent(n, events)}`).join(', ') || 'nothing'}`,
        '',
        'Riskiest entities, most refused first                    peak dB   carried   refused  why',
        ...top()
          .slice(0, 12)
          .map(
            (entity) =>
              `${entity.entity.slice(0, 56).padEnd(56)} ${entity.peak.toFixed(1).padStart(7)} ${count(entity.requests).padStart(9)} ${count(entity.refused).padStart(9)}  ${brief(entity)}`,
          ),
        '',
      ];
      return lines.join('\n');
    },
  };
}

/** What was seen and what is usual. Whose reason it is stands before it, save where it is another one's; the rest is in the report. */
function brief({ name, evidence }: EntitySummary): string {
  const own = `${name}: `;
  const seen = evidence.startsWith(own) ? evidence.slice(own.length) : evidence;
  // From the end: whoever is named may be called anything.
  const adds = seen.lastIndexOf(' It adds ');
  const shown = adds >= 0 ? seen.slice(0, adds) : seen.split('. ').slice(0, 2).join('. ');
  return shown.replace(/ \((?:learnt|as shipped)[^)]*\)\.?$/, '');
}

/** One line, or none where nothing came again. */
export function againText(again: number): string[] {
  if (again === 0) return [];
  return [`${count(again)} more came again under their event_id within 24 hours: answered as the first, counted once`];
}

function sumOf(rows: readonly FalsePositives[]): SummaryData['falsePositives'] {
  const sum = { caller_hours: 0, challenged: 0, blocked: 0, challenged_without: 0, blocked_without: 0 };
  for (const row of rows) for (const key of objectKeys(sum)) sum[key] += row[key];
  return sum;
}
const objectKeys = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

/** Two lines, or none where there is no genuine caller-hour to measure on. */
export function falsePositivesText(
  { caller_hours: n, challenged, blocked, challenged_without, blocked_without }: SummaryData['falsePositives'],
  budgets: { challenge: number; block: number },
): string[] {
  if (n === 0) return [];
  return [
    `  of ${count(n)} genuine caller-hours kept for measuring ${percent(challenged, n)} reach the challenge line, ${percent(challenged_without, n)} without attestation (budget ${percent(budgets.challenge, 1)})`,
    `  … ${percent(blocked, n)} the block line, ${percent(blocked_without, n)} without attestation (budget ${percent(budgets.block, 1)})`,
  ];
}

const count = (value: number) => value.toLocaleString('en');
const percent = (part: number, whole: number) => `${whole === 0 ? '0' : ((100 * part) / whole).toFixed(2)} %`;

function dropQuietest(entities: Map<string, EntitySummary>): void {
  const order = [...entities].sort((a, b) => a[1].peak - b[1].peak);
  for (const [key] of order.slice(0, KEPT)) entities.delete(key);
}
