import { familyOf } from './cohort.ts';

/**
 * What the first request of a stranger says by itself. Of who was not met for a day nothing else is known yet but its address, its
 * software on its route, and its token: how much its route and its software surprise among those with which visits begin on its
 * platform is seen at once, where everything that is counted takes a step.
 */

/** Score, decibels before calibration, of each nat of surprise: by arithmetic on used-up worlds (`docs/method-tried.md`, "The first request of a stranger"). */
export const OPENING_DB_PER_NAT = 2;
/** Most that it adds, decibels before calibration: what that is of a budget a curve says. */
export const MOST_OPENING_DB = 20;

/** A visit begins with what is asked within so long after a pause: apps ask several things at once. */
export const OPENING_MS = 3000;

/** What an opening shows: a route, `METHOD template`, or software ({@link softwareOf}). */
export const OPENING_SHOWS = ['route', 'software'] as const;
export type OpeningShows = (typeof OPENING_SHOWS)[number];

/** Stands for an agent that names nothing, as access logs write it. */
export const NAMELESS = '-';
/** What an opening shows of software: its family (`shared/cohort.ts`). */
export const softwareOf = (userAgent: string): string => familyOf(userAgent) || NAMELESS;

/** A surprise in force; an empty value stands for all with which at most one visit is known to have begun. */
export interface OpeningRow {
  scope: string;
  platform: string;
  shows: string;
  value: string;
  /** Hundredths of a nat: of caller-hours with openings, how few show this or what is rarer (`services/score/profile-in-force.ts`). */
  surprise: number;
}

/** Surprise of what an opening shows, in nats; 0 where nothing is known of how visits begin on its platform. */
export type Openings = (scope: string, platform: string, shows: OpeningShows, value: string) => number;

export const NO_OPENINGS: Openings = () => 0;

export function createOpenings(rows: readonly OpeningRow[]): Openings {
  if (rows.length === 0) return NO_OPENINGS;
  const known = new Map<string, Map<string, number>>();
  for (const { scope, platform, shows, value, surprise } of rows) {
    const key = keyOf(scope, platform, shows);
    const values = known.get(key) ?? new Map<string, number>();
    known.set(key, values.set(value, surprise / 100));
  }
  return (scope, platform, shows, value) => {
    const values = known.get(keyOf(scope, platform, shows));
    return values === undefined ? 0 : (values.get(value) ?? values.get('') ?? 0);
  };
}

const keyOf = (scope: string, platform: string, shows: string) => `${scope}\0${platform}\0${shows}`;
