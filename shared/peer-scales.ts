import { SCORED_KINDS, type ScoredKind } from './kinds.ts';
import type { Scale } from './scale.ts';

/** What is learnt of the peers of one kind of entity, for a period. */
export interface PeerScale {
  /** Whose hours it rests on: genuine peers, or everybody where too few attest. */
  basis: 'genuine' | 'everybody';
  /** How many. */
  entityHours: number;
  /** How far it displaces what is shipped, 0 to 1. */
  learnt: number;
  /** The same where peers are genuine, else 0: lower bounds of plain evidence fade with it. */
  proven: number;
  /** By `<feature>:<window>`. */
  terms: ReadonlyMap<string, Scale>;
}

/** By kind; a kind that is not there is judged by what is shipped. */
export type PeerScales = ReadonlyMap<ScoredKind, PeerScale>;

export const NO_SCALES: PeerScales = new Map();

/** A row of `reference_v1`, or of the scorer's scratch table with the names of its terms. */
export interface PeerScaleRow {
  kind: number;
  learnt: number;
  proven: number;
  terms: readonly string[];
  low: readonly number[];
  high: readonly number[];
}

/** The scales in force at `{at:UInt32}`, epoch seconds. */
export const PEER_SCALES_SQL = `
SELECT kind, learnt, proven, terms, low, high
FROM {db}.reference_v1 FINAL
WHERE kind > 0 AND valid_from = (SELECT max(valid_from) FROM {db}.reference_v1 WHERE valid_from <= fromUnixTimestamp({at:UInt32}))
LIMIT 100`;

/** Entity-hours that the shipped scale weighs as much as. */
export const SHIPPED_WEIGHT = 100;
const COHORT: ScoredKind = 'cohort';

export function peerScales(rows: readonly PeerScaleRow[]): PeerScales {
  const scales = new Map<ScoredKind, PeerScale>();
  for (const { kind, learnt, proven, terms, low, high } of rows) {
    const name = SCORED_KINDS[kind - 1];
    if (name === undefined || !(learnt < 1)) continue;
    scales.set(name, {
      // Cohorts are each other's peers, whoever attests.
      basis: proven > 0 || name === COHORT ? 'genuine' : 'everybody',
      entityHours: Math.round((SHIPPED_WEIGHT * learnt) / (1 - learnt)),
      learnt,
      proven,
      terms: new Map(terms.map((term, i) => [term, { low: low[i] ?? 10, high: high[i] ?? 20 }])),
    });
  }
  return scales;
}
