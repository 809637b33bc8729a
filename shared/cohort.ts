import { printable } from './printable.ts';
import { redact } from './redact.ts';

/**
 * A cohort: callers with one family of software on one route. Campaigns of many quiet callers show in it before any of
 * them is known. Its id is made alike for stored events (SQL in `services/score/evidence.ts`) and for decisions.
 * @param userAgent as declared; its numbers are left out, so that versions are one family.
 * @param route template, `{}` for ids.
 */
export function cohortOf(userAgent: string, method: string, route: string): string {
  return `${familyOf(userAgent)} ${method} ${route}`;
}

/** Characters of a family: whoever makes agents up must not make rows of kilobytes. */
export const FAMILY_LENGTH = 120;
const NUMBERS = /[0-9.]+/g;
/** The same agents come again and again: the last ones are remembered. */
const families = new Map<string, string>();
const REMEMBERED = 2000;
let long = { userAgent: '', family: '' };

/** The family of software that an agent names: its text without numbers, as far as anybody would read it. */
export function familyOf(userAgent: string): string {
  let family = userAgent === long.userAgent ? long.family : families.get(userAgent);
  if (family === undefined) {
    // As ingest stores it, but for secrets that only an install's own names tell.
    family = redact(printable(userAgent)).replace(NUMBERS, '');
    if (family.length > FAMILY_LENGTH) family = [...family].slice(0, FAMILY_LENGTH).join('');
    if (families.size >= REMEMBERED) families.clear();
    // A long one comes from whoever makes agents up: it is remembered for the request that brings it, which asks twice.
    if (userAgent.length < 512) families.set(userAgent, family);
    else long = { userAgent, family };
  }
  return family;
}
