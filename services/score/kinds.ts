import { ENTITY_KINDS } from '../../schemas/event.ts';

/** What is scored, by number from 1: the kinds of entities, and cohorts (one family of software on one route). */
export const SCORED_KINDS = [...ENTITY_KINDS, 'cohort'] as const;
export type ScoredKind = (typeof SCORED_KINDS)[number];
