import type {
  Derivation,
  ExplainedFeature,
  ExplainedKind,
  ExplainedReason,
  ExplainedTerm,
  ScoreExplainAnswer,
} from '../../schemas/api-explain.ts';
import { plainNumber, WINDOW_TEXT } from '../../shared/feature-text.ts';
import {
  allowedText,
  capital,
  KIND_WORDS,
  LEAST_PART_DB,
  nameOf,
  noReasonText,
  type Placed,
  showsText,
  sinceText,
  usualText,
} from '../../shared/reason-words.ts';

/** What a derivation says to people: reasons that can be acted on, and how the score joins with the rest of a request. */

const WINDOWS = Object.keys(WINDOW_TEXT);
/** As published risk: six are enough. */
const REASONS = 6;

export function answerOf(derivation: Derivation): ScoreExplainAnswer {
  return { ...derivation, reasons: reasonsOf(derivation), joins: joinsOf(derivation) };
}

function reasonsOf(derivation: Derivation): ExplainedReason[] {
  return derivation.features
    .filter(({ part_db }) => part_db >= LEAST_PART_DB)
    .slice(0, REASONS)
    .flatMap((feature) => {
      const terms = derivation.terms.filter((term) => term.feature === feature.feature);
      const loudest = terms.find(({ speaks }) => speaks);
      return loudest === undefined ? [] : [reasonOf(derivation, feature, loudest, terms)];
    });
}

function reasonOf(
  derivation: Derivation,
  feature: ExplainedFeature,
  loudest: ExplainedTerm,
  terms: readonly ExplainedTerm[],
): ExplainedReason {
  const { window, owasp, part_db, since, by } = feature;
  const placed = placedOf(derivation.kind, loudest);
  const says = showsText(placed);
  const usual = usualText(placed, loudest.scale === null ? null : learntOf(derivation));
  const bound = by === 'least' ? ', the least that such evidence counts while little is learnt here' : '';
  const relief = derivation.features.reduce((sum, { relief_db }) => sum + relief_db, 0);
  const relieved = relief >= LEAST_PART_DB ? `, of which ordinary life takes ${relief.toFixed(1)} away` : '';
  const adds = `It adds ${part_db.toFixed(1)} of ${(derivation.score + relief).toFixed(1)} dB before calibration${relieved}${bound}.`;
  const allows = allowsOf(derivation, feature, terms);
  const from = sinceText(since === null ? null : Date.parse(since) / 1000);
  return {
    feature: feature.feature,
    window,
    title: feature.title,
    owasp,
    part_db,
    since,
    shows: `${capital(says)}.`,
    usual,
    adds,
    allows,
    sentence: `${nameOf(derivation.kind, derivation.id)}: ${says}${from}. ${usual} ${adds} ${allows}`,
  };
}

const placedOf = (kind: ExplainedKind, { feature, window, value, tail, scale, height_db }: ExplainedTerm): Placed => ({
  kind,
  term: `${feature}:${window}`,
  value,
  tail,
  scale: scale === null ? null : { low: scale.low_db, high: scale.high_db },
  height: height_db,
});

const learntOf = ({ reference: { basis, entity_hours, weight } }: Derivation) => ({
  basis,
  entityHours: entity_hours,
  learnt: weight,
});

function allowsOf(derivation: Derivation, { unit }: ExplainedFeature, terms: readonly ExplainedTerm[]): string {
  const [curve] = derivation.curves;
  const refused = curve !== undefined && derivation.score >= curve.challenge_score;
  const whole = (tail: ExplainedTerm['tail']) => (tail.kind === 'share' ? tail.whole : null);
  if (terms.some(({ allowed }) => allowed.kind === 'none')) {
    const limits = byWindow(terms).flatMap(({ allowed, window, tail }) =>
      allowed.kind === 'none' && allowed.no_reason !== undefined
        ? [{ window, value: allowed.no_reason, whole: whole(tail) }]
        : [],
    );
    return noReasonText(limits, unit, areCounted(terms));
  }
  const limited = terms
    .flatMap((term) => (term.allowed.kind === 'value' ? [{ ...term, limit: term.allowed.value }] : []))
    .filter(({ limit, value }, at, all) => (refused ? value >= limit : at === all.length - 1 || value < limit));
  const limits = byWindow(limited).slice(0, refused ? limited.length : 1);
  return allowedText(
    limits.map(({ limit, window, tail }) => ({ window, value: limit, whole: whole(tail) })),
    unit,
    areCounted(limits),
    refused,
  );
}

const byWindow = <Of extends { window: string }>(terms: readonly Of[]): Of[] =>
  [...terms].sort((a, b) => WINDOWS.indexOf(a.window) - WINDOWS.indexOf(b.window));
const areCounted = (terms: readonly { value: number }[]) => terms.every(({ value }) => Number.isInteger(value));

/** How the score of one entity joins with the rest of a request: rules first, then what holds at this moment. */
function joinsOf(derivation: Derivation): string[] {
  const { kind, score, policy, held, over, evidence } = derivation;
  const [whole] = derivation.curves;
  const own = kind === 'user' || kind === 'session' || kind === 'device';
  const status = (['failed', 'missing', 'expired'] as const)
    .map((name) => `${name} ${plainNumber(evidence[name])}`)
    .join(', ');
  const said = [
    'A request meets the loudest score of its user, session and device, plus those of its address, its network, its API key and its cohort, plus what its own attestation status adds ' +
      `(here ${status}, otherwise 0; a platform or an issuer may have its own); the sum is read on the curve of its platform.`,
    own
      ? `Of this ${KIND_WORDS[kind].one} every request meets ${score.toFixed(1)}, unless another of its user, session and device is louder.`
      : kind === 'cohort'
        ? `Every request of this cohort meets ${score.toFixed(1)} more; one with a genuine token is no part of it.`
        : `Every request of this ${KIND_WORDS[kind].one} meets ${score.toFixed(1)} more, whoever sends it; one with a genuine token can be challenged for it, never blocked.`,
  ];
  const crowd = own || kind === 'cohort' ? null : crowdOf(derivation);
  if (crowd !== null)
    said.push(
      `Behind this ${KIND_WORDS[kind].one} were ${crowd.who} in 24 hours: what it did is judged by ${crowd.by}.`,
    );
  if (held !== 'none')
    said.push(`Refused attempts went on in the 10 minutes before, so the refusal is held at the ${held} line.`);
  if (whole !== undefined && whole.basis !== 'genuine' && !policy.trust_uncalibrated)
    said.push(
      `Decibels rest on ${whole.basis === 'shipped' ? 'the shipped reference' : 'a trimmed population'}, not on genuine callers, and the policy does not trust that (trust_uncalibrated): behaviour alone challenges at most.`,
    );
  if (whole?.extrapolated === true)
    said.push('The score lies beyond the last knot: decibels are extrapolated, outside the promise.');
  if (policy.mode === 'shadow') said.push('The policy is in shadow mode: nobody is refused.');
  if (over !== 'allow' && policy.mode === 'enforce')
    said.push('Rollout, holdout, rules of attestation, limits and overrides of the policy come on top.');
  return said;
}

/** Who shares an address, network or key, and by whom its counts are judged; null: nobody is known to. */
function crowdOf(derivation: Derivation): { who: string; by: string } | null {
  const [users, devices, agents] = [
    inADay(derivation, 'distinct_users'),
    inADay(derivation, 'distinct_devices'),
    inADay(derivation, 'distinct_agents'),
  ];
  if (users + devices > 0)
    return { who: `${plainNumber(users)} users and ${plainNumber(devices)} app installations`, by: 'the head' };
  if (agents < 2) return null;
  return {
    who: `${plainNumber(agents)} user agents and nobody who is named`,
    by: 'half of them, as far as they brought ten ordinary requests each',
  };
}

const inADay = ({ counts }: Derivation, name: string) =>
  counts.find((counted) => counted.name === name)?.windows['24h'] ?? 0;
