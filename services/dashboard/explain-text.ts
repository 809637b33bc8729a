import type {
  Derivation,
  ExplainedFeature,
  ExplainedKind,
  ExplainedReason,
  ExplainedTerm,
  ScoreExplainAnswer,
} from '../../schemas/api-explain.ts';
import { featureText, plainNumber } from '../../shared/feature-text.ts';
import { printable } from '../../shared/printable.ts';

/** What a derivation says to people: reasons that can be acted on, and how the score joins with the rest of a request. */

const PEERS = { genuine: 'genuine', everybody: 'all' } as const;
const KIND: Readonly<Record<ExplainedKind, { one: string; many: string }>> = {
  user: { one: 'user', many: 'users' },
  session: { one: 'session', many: 'sessions' },
  device: { one: 'device', many: 'devices' },
  ip: { one: 'address', many: 'addresses' },
  net: { one: 'network', many: 'networks' },
  client: { one: 'API key', many: 'API keys' },
  cohort: { one: 'cohort', many: 'cohorts' },
};
const WINDOW: Readonly<Record<string, string>> = {
  '10s': '10 seconds',
  '1m': 'a minute',
  '10m': '10 minutes',
  '1h': 'an hour',
  '24h': '24 hours',
};
const WINDOWS = Object.keys(WINDOW);
/** As published risk: a feature that adds less is no reason, and six are enough. */
const LEAST_PART_DB = 0.5;
const REASONS = 6;
const LONGEST_NAME = 80;

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
  // The feature's own sentence up to what it says of usual: here, what is usual is known better.
  const [says = ''] = featureText(`${feature.feature}:${window}`).sentence(loudest.value, 0).split(';');
  const shows = `${capital(says)}${says.includes(WINDOW[window] ?? window) ? '' : `, in ${WINDOW[window] ?? window}`}`;
  const usual = usualOf(derivation, feature, loudest);
  const bound = by === 'least' ? ', the least that such evidence counts while little is learnt here' : '';
  const relief = derivation.features.reduce((sum, { relief_db }) => sum + relief_db, 0);
  const relieved = relief >= LEAST_PART_DB ? `, of which ordinary life takes ${relief.toFixed(1)} away` : '';
  const adds = `It adds ${part_db.toFixed(1)} of ${(derivation.score + relief).toFixed(1)} dB before calibration${relieved}${bound}.`;
  const allows = allowsOf(derivation, feature, terms);
  const from = since === null ? '' : `, since ${since.slice(0, 19).replace('T', ' ')} UTC`;
  const name = `${capital(KIND[derivation.kind].one)} ${nameOf(derivation.id)}`;
  return {
    feature: feature.feature,
    window,
    title: feature.title,
    owasp,
    part_db,
    since,
    shows: `${shows}.`,
    usual,
    adds,
    allows,
    sentence: `${name}: ${says}${from}. ${usual} ${adds} ${allows}`,
  };
}

/** Text of a log in a sentence of ours: nothing that turns writing round, and not without end. */
function nameOf(id: string): string {
  const plain = printable(id).replace(/\p{Cf}/gu, '\ufffd');
  return plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME)}…` : plain;
}

function usualOf(
  { kind, reference }: Derivation,
  { unit }: ExplainedFeature,
  { usual, scale, tail }: ExplainedTerm,
): string {
  const basis =
    scale === null
      ? 'as shipped: nothing has been learnt here yet'
      : `learnt from ${plainNumber(reference.entity_hours)} hours, which weigh ${percent(reference.weight)}`;
  const ofAll = tail.kind === 'share' ? ` of ${plainNumber(tail.whole)}` : '';
  const peers = kind === 'cohort' ? KIND[kind].many : `${PEERS[reference.basis]} ${KIND[kind].many}`;
  if (usual === null) return `Of ${peers}, 1 in 100 may show all${ofAll} in an hour (${basis}).`;
  return `Of ${peers}, 1 in 100 reaches ${quantity(plainNumber(usual), unit, ofAll)} in an hour (${basis}).`;
}

/** A number with its unit, `12 of 399 requests`; measures without one are named before: `a newness of 4.2`. */
const quantity = (number: string, unit: string, ofAll = '') =>
  unit === 'newness' || unit === 'regularity' ? `a ${unit} of ${number}` : `${number}${ofAll} ${unit}`;

const percent = (share: number) => `${Math.round(100 * share)} %`;

function allowsOf(derivation: Derivation, { unit }: ExplainedFeature, terms: readonly ExplainedTerm[]): string {
  const [whole] = derivation.curves;
  const refused = whole !== undefined && derivation.score >= whole.challenge_score;
  if (terms.some(({ allowed }) => allowed.kind === 'none'))
    return 'No value of it would have been allowed: the others alone are over the challenge line.';
  const limits = terms
    .flatMap(({ allowed, value, window }) =>
      allowed.kind === 'value' ? [{ limit: allowed.value, value, window }] : [],
    )
    .filter(({ limit, value }, at, all) => (refused ? value >= limit : at === all.length - 1 || value < limit))
    .sort((a, b) => WINDOWS.indexOf(a.window) - WINDOWS.indexOf(b.window))
    .slice(0, refused ? 5 : 1);
  if (limits.length === 0) return 'Whatever its value, it alone does not bring this over the challenge line.';
  const values = limits.map(({ limit, value, window }, at) => {
    const number = below(limit, value);
    return `${at === 0 ? quantity(number, unit) : number} in ${WINDOW[window] ?? window}`;
  });
  const list = values.length === 1 ? values.join('') : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
  return refused
    ? `Up to ${list} would have been allowed, everything else equal.`
    : `Up to ${list} it would stay allowed, everything else equal.`;
}

/** The largest number that people would write for what lies below a limit; whole where whole things are counted. */
function below(limit: number, value: number): string {
  if (Number.isInteger(value) || limit >= 100) return plainNumber(Math.max(0, Math.ceil(limit) - 1));
  const step = limit < 1 ? 0.01 : 0.1;
  return plainNumber(Math.max(0, Math.floor(limit / step - 1e-9) * step));
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

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
      ? `Of this ${KIND[kind].one} every request meets ${score.toFixed(1)}, unless another of its user, session and device is louder.`
      : kind === 'cohort'
        ? `Every request of this cohort meets ${score.toFixed(1)} more; one with a genuine token is no part of it.`
        : `Every request of this ${KIND[kind].one} meets ${score.toFixed(1)} more, whoever sends it; one with a genuine token can be challenged for it, never blocked.`,
  ];
  const crowd = own || kind === 'cohort' ? null : crowdOf(derivation);
  if (crowd !== null)
    said.push(`Behind this ${KIND[kind].one} were ${crowd.who} in 24 hours: what it did is judged by ${crowd.by}.`);
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
