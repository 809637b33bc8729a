import { ENTITY_KINDS } from '../schemas/event.ts';

/** What is scored, by number from 1: the kinds of entities, and cohorts (one family of software on one route). */
export const SCORED_KINDS = [...ENTITY_KINDS, 'cohort'] as const;
export type ScoredKind = (typeof SCORED_KINDS)[number];

/** Numbers of the kinds that callers share: addresses, networks, keys. */
export const SHARED_KINDS = (['ip', 'net', 'client'] as const).map((kind) => SCORED_KINDS.indexOf(kind) + 1);
