import { isByHead, isCounted } from './feature-terms.ts';
import { featureText, plainNumber, WINDOW_TEXT } from './feature-text.ts';
import type { ScoredKind } from './kinds.ts';
import type { PeerScale } from './peer-scales.ts';
import { printable } from './printable.ts';
import { type Scale, shippedAt, type TailOfKind, valueAt } from './scale.ts';

/** The words of a reason, the same in an answer to a gateway, on a page and in `score-explain`. */

/** Decibels on the scale of peers that 1 in 10 and 1 in 100 of their hours reach. */
export const ONE_IN_10_DB = 10;
export const ONE_IN_100_DB = 20;

export const KIND_WORDS: Readonly<Record<ScoredKind, { one: string; many: string }>> = {
  user: { one: 'user', many: 'users' },
  session: { one: 'session', many: 'sessions' },
  device: { one: 'device', many: 'devices' },
  ip: { one: 'address', many: 'addresses' },
  net: { one: 'network', many: 'networks' },
  client: { one: 'API key', many: 'API keys' },
  cohort: { one: 'cohort', many: 'cohorts' },
};
const LONGEST_NAME = 80;

/** `Address 203.0.113.9`: text of a log in a sentence of ours, so nothing that turns writing round, and not without end. */
export function nameOf(kind: ScoredKind, id: string): string {
  const plain = printable(id).replace(/\p{Cf}/gu, '\ufffd');
  const name = plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME)}…` : plain;
  return `${capital(KIND_WORDS[kind].one)} ${name}`;
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A value of one feature and window beside what its peers do. */
export interface Placed {
  kind: ScoredKind;
  /** `<feature>:<window>`. */
  term: string;
  value: number;
  tail: TailOfKind;
  /** null: nothing is learnt, the shipped tail is the scale. */
  scale: Scale | null;
  /** Decibels on that scale. */
  height: number;
}

/** `40 failed sign-ins in 10 minutes`; of a share with the whole, and of many behind one address by the head. */
export function showsText({ kind, term, value, tail }: Placed): string {
  const whole = tail.kind === 'share' ? ` of ${plainNumber(tail.whole)}` : '';
  return `${featureText(term).shows(`${plainNumber(value)}${whole}`)}${isByHead(kind, term, value) ? ', counted by the head' : ''}`;
}

/**
 * What is usual, with its quantile: the one that the value passes, so that it and what is usual never contradict each other.
 * @param learnt what the scale rests on; null: nothing.
 */
export function usualText(placed: Placed, learnt: Pick<PeerScale, 'basis' | 'entityHours' | 'learnt'> | null): string {
  const { kind, term, tail, scale, height } = placed;
  const peers = kind === 'cohort' ? '' : learnt?.basis === 'everybody' ? 'all ' : 'genuine ';
  const hours = `hours of ${peers}${KIND_WORDS[kind].many}`;
  const reach = (decibels: number, again = false) => reached(placed, valueAt(tail, shippedAt(scale, decibels)), again);
  const basis =
    learnt === null
      ? 'as shipped: nothing has been learnt here yet'
      : `learnt from ${plainNumber(learnt.entityHours)} such hours, which weigh ${Math.round(100 * learnt.learnt)} %`;
  if (height >= ONE_IN_100_DB) {
    const usual = valueAt(tail, shippedAt(scale, ONE_IN_100_DB));
    // Whole things come from one on: 0.2 of them are none.
    if (usual !== null && usual < 1 && tail.kind === 'count' && isCounted(term) && !isByHead(kind, term, placed.value))
      return `Fewer than 1 in 100 ${hours} show any (${basis}).`;
    return `1 in 100 ${hours} ${reach(ONE_IN_100_DB)} (${basis}).`;
  }
  if (height >= ONE_IN_10_DB)
    return `1 in 10 ${hours} ${reach(ONE_IN_10_DB)}, 1 in 100 ${reach(ONE_IN_100_DB, true)} (${basis}).`;
  return `1 in 10 ${hours} ${reach(ONE_IN_10_DB)}: alone, this is nothing unusual (${basis}).`;
}

function reached({ term, tail }: Placed, value: number | null, again: boolean): string {
  const { unit } = featureText(term);
  const ofAll = tail.kind === 'share' ? ` of ${plainNumber(tail.whole)}` : '';
  if (value === null) return `may show all${ofAll}`;
  const number = plainNumber(value);
  if (again) return `at ${number}`;
  const window = unit === 'newness' ? '' : inWindow(term.slice(term.indexOf(':') + 1));
  return `peaks at ${quantity(number, unit, ofAll)}${window}`;
}

const inWindow = (window: string) => ` in ${WINDOW_TEXT[window] ?? window}`;

/** A number with its unit, `12 of 399 requests`; measures without one are named before: `a newness of 4.2`. */
export const quantity = (number: string, unit: string, ofAll = '') =>
  unit === 'newness' || unit === 'regularity' ? `a ${unit} of ${number}` : `${number}${ofAll} ${unit}`;

/** `, since 2026-11-28 06:12:08 UTC`; nothing where it is not known. @param orBefore nobody looked earlier. */
export function sinceText(second: number | null, orBefore = false): string {
  if (second === null) return '';
  if (second !== written.second) written = { second, time: new Date(second * 1000).toISOString() };
  return `, since ${written.time.slice(0, 10)} ${written.time.slice(11, 19)} UTC${orBefore ? ' or before' : ''}`;
}

/** The reasons of an answer often began together, and writing a time is dear. */
let written = { second: 0, time: new Date(0).toISOString() };

/** The value in one window from which on it is too much. */
export interface Limit {
  window: string;
  value: number;
  /** Of how many, for a share. */
  whole: number | null;
}

export const NONE_ALLOWED = 'No value of it would have been allowed: the others alone are over the challenge line.';
/** A feature that adds fewer decibels is no reason. */
export const LEAST_PART_DB = 0.5;
export const ANY_ALLOWED = 'Whatever its value, it alone does not bring this over the challenge line.';

/**
 * Up to which value it would have been allowed, or stays so, everything else equal.
 * @param limits by window, the shortest first; none: any value is allowed. @param counted whole things are counted.
 */
export function allowedText(limits: readonly Limit[], unit: string, counted: boolean, refused: boolean): string {
  if (limits.length === 0) return ANY_ALLOWED;
  if (isNothing(limits, counted)) return 'Not one would have been allowed, everything else equal.';
  const list = limitsText(limits, unit, counted);
  return `Up to ${list} ${refused ? 'would have been' : 'it would stay'} allowed, everything else equal.`;
}

/** Where no value is allowed: up to which it would be no reason. @param limits none: it is one at any value. */
export function noReasonText(limits: readonly Limit[], unit: string, counted: boolean): string {
  if (limits.length === 0 || isNothing(limits, counted)) return NONE_ALLOWED;
  return `${NONE_ALLOWED} Up to ${limitsText(limits, unit, counted)} it would be no reason.`;
}

/** Whole things come from one on. */
const isNothing = (limits: readonly Limit[], counted: boolean) => counted && limits.every(({ value }) => value <= 1);

function limitsText(limits: readonly Limit[], unit: string, counted: boolean): string {
  const values = limits.map(({ window, value, whole }, at) => {
    const number = below(value, counted);
    const ofAll = whole === null ? '' : ` of ${plainNumber(whole)}`;
    const text = at === 0 ? quantity(number, unit, ofAll) : `${number}${ofAll}`;
    return `${text}${inWindow(window)}`;
  });
  return values.length === 1 ? values.join('') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}

/** The largest number that people would write for what lies below a limit; whole where whole things are counted. */
function below(limit: number, counted: boolean): string {
  if (counted || limit >= 100) return plainNumber(Math.max(0, Math.ceil(limit) - 1));
  const step = limit < 1 ? 0.01 : 0.1;
  return plainNumber(Math.max(0, Math.floor(limit / step - 1e-9) * step));
}
