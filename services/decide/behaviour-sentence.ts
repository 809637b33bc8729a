import type { Outcome } from '../../schemas/event.ts';
import { type BoundedCache, createBoundedCache } from '../../shared/bounded-cache.ts';
import { type CalibrationCurve, toScore } from '../../shared/calibration.ts';
import { heightOf, type KindTerm, kindTerm, scaleOf, tailOf } from '../../shared/feature-terms.ts';
import { featureText } from '../../shared/feature-text.ts';
import type { PeerScale, PeerScales } from '../../shared/peer-scales.ts';
import {
  allowedText,
  LEAST_PART_DB,
  type Limit,
  nameOf,
  noReasonText,
  ONE_IN_10_DB,
  ONE_IN_100_DB,
  type Placed,
  showsText,
  sinceText,
  usualText,
} from '../../shared/reason-words.ts';
import { heightWithin, valueWithin, weighingOf } from '../../shared/scale.ts';
import type { WindowName } from '../../shared/windows.ts';
import type { EntityRisk, RiskKind } from './question.ts';

/** What the reasons of one answer have in common. */
export interface Circumstances {
  /** The score of the whole request, before calibration. */
  total: number;
  curve: CalibrationCurve;
  /** Decibels from which on it is challenged. */
  challengeLine: number;
  /** It is refused for a refusal that is held. */
  byHold: boolean;
  /** What the request is answered, by whatever decides: a holdout, an override, a challenge that was met and `on_stale` allow what risk would refuse. */
  answered: Outcome;
  scales: PeerScales;
  /** Epoch seconds: nobody looked before; 0 when everything was seen. */
  watchedFrom: number;
}

/** Whose reasons they are. @param id null: the cohort of the request. */
export interface Shower {
  kind: RiskKind;
  id: string | null;
  risk: EntityRisk;
}

/** A reason with all that its words are made of. */
interface Read {
  part: EntityRisk['reasons'][number];
  term: KindTerm;
  placed: Placed;
  learnt: PeerScale | undefined;
}

const HELD = 'Its refusal is held, whatever its value, until 10 minutes pass without a refused attempt.';
const COHORT = 'All callers with this software on this route together';

/**
 * One reason as a sentence that can be acted on and passed on: who, what in which window, since when, what is usual for
 * genuine callers, what it adds, and up to which value it would have been allowed; of what was, over the line, not the last.
 */
export function behaviourSentence(part: EntityRisk['reasons'][number], who: Shower, of: Circumstances): string {
  const { feature: name, value, usual } = part;
  const { kind, id, risk } = who;
  const text = featureText(name);
  const whose = id === null ? COHORT : nameOf(kind, id);
  const term = kindTerm(name, kind);
  // Of a feature that this version does not have, no more is known.
  if (term === undefined) return `${whose}: ${text.sentence(value, usual)}`;
  const learnt = of.scales.get(kind);
  const tail = tailOf(term, usual);
  const scale = scaleOf(learnt, name);
  const placed: Placed = { kind, term: name, value, tail, scale, height: heightOf(tail, scale, value) };
  const read: Read = { part, term, placed, learnt };
  const owasp = text.owasp === '' ? '' : ` (${text.owasp})`;
  const second = risk.since?.(term.feature.name) ?? null;
  const since = sinceText(second, second !== null && second <= of.watchedFrom);
  const usually = remembered(of.scales, 'usual', read, () => usualText(placed, learnt ?? null));
  const adds = `It adds ${part.part.toFixed(1)} dB to the request's score of ${of.total.toFixed(1)} before calibration.`;
  const allowed = allows(read, of);
  return `${whose}: ${showsText(placed)}${owasp}${since}. ${usually} ${adds}${allowed === '' ? '' : ` ${allowed}`}`;
}

/**
 * The value at which the request would have stayed under the challenge line, everything else equal. User, session and
 * installation are names of one caller, of which the loudest speaks: the others are taken to fall with it.
 * Empty where the answer is an allow all the same.
 */
function allows(read: Read, { total, curve, challengeLine, byHold, answered, scales }: Circumstances): string {
  const line = toScore(curve, challengeLine);
  const refused = total >= line;
  if (answered === 'allow' && (byHold || refused)) return '';
  if (byHold) return HELD;
  const { unit } = read.term.feature;
  const { part, value } = read.part;
  const counted = Number.isInteger(value);
  const room = line - total + part;
  if (!(room > 0))
    return remembered(scales, 'no reason', read, () => noReasonText(limitsOf(read, LEAST_PART_DB), unit, counted));
  const limits = limitsOf(read, room, refused ? undefined : read.term.term.window);
  return allowedText(limits, unit, counted, refused);
}

/**
 * Values from which on it adds more than some decibels, by window; windows without one allow any. All windows of a count, since each
 * has to stay below its own; of a share only its loudest, as the wholes of others are not known.
 * @param only the one that is asked for.
 */
function limitsOf({ term: { feature, term }, placed, learnt }: Read, decibels: number, only?: WindowName): Limit[] {
  const { kind, tail } = placed;
  const height = heightWithin(weighingOf(feature, kind, learnt?.proven ?? 0), decibels);
  const limits: Limit[] = [];
  for (const { window } of feature.terms) {
    const isLoudest = window === term.window;
    if (!isLoudest && (only !== undefined || tail.kind === 'share')) continue;
    const name = `${feature.name}:${window}`;
    const other = isLoudest ? undefined : kindTerm(name, kind);
    if (!isLoudest && other === undefined) continue;
    const ofWindow = other === undefined ? tail : tailOf(other, other.shipped);
    const value = valueWithin(ofWindow, scaleOf(learnt, name), height);
    if (value !== null) limits.push({ window, value, whole: ofWindow.kind === 'share' ? ofWindow.whole : null });
  }
  return limits;
}

/** Under an attack the same is said of thousands: words that follow from what is learnt are put together once. */
const words = new WeakMap<PeerScales, BoundedCache<string>>();
const KEPT = 4000;

/** The words of what depends on the term, the quantile that is passed and the whole alone. */
function remembered(scales: PeerScales, what: string, { placed, part }: Read, make: () => string): string {
  let kept = words.get(scales);
  if (kept === undefined) {
    kept = createBoundedCache(KEPT);
    words.set(scales, kept);
  }
  const { kind, term, tail, height } = placed;
  const quantile = height >= ONE_IN_100_DB ? 2 : height >= ONE_IN_10_DB ? 1 : 0;
  const whole = tail.kind === 'share' ? tail.whole : Number.isInteger(part.value);
  const key = `${what} ${kind} ${term} ${quantile} ${whole}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const text = make();
  kept.set(key, text);
  return text;
}
