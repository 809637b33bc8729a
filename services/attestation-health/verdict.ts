import type { CohortState } from '../../shared/attestation-health.ts';
import { wilson } from '../../shared/wilson.ts';

/** What some callers did in a window; all but `requests` count callers, each once. */
export interface Behaviour {
  requests: number;
  /** Came from a network from which they had not shown a genuine token before. */
  new_net: number;
  signin_failed: number;
  /** Attack payloads, scanner paths, or paths that are not there, again and again. */
  probing: number;
  /** Risk of 20 dB and more for anything but attestation. */
  loud: number;
}

/** One cohort in one window: callers with a genuine history alone. */
export interface CohortWindow {
  callers: number;
  /** Those whose newest status is failed, expired or missing. */
  failing: number;
  /** Networks of the failing ones. */
  nets: number;
  all: Behaviour;
  ofFailing: Behaviour;
}

/** The same, summed over the windows of a quiet day. */
export interface Baseline {
  callers: number;
  failing: number;
  all: Behaviour;
  /** Requests of the cohort in a busy minute. */
  usual_per_minute: number;
}

/** The policy's section `attestation_outage`, in numbers. */
export interface OutageLimits {
  enabled: boolean;
  min_callers: number;
  min_share: number;
  max_duration_s: number;
}

export interface Standing {
  state: CohortState;
  /** Epoch seconds. */
  since: number;
}

export interface CohortVerdict extends Standing {
  detail: string;
  /** Epoch seconds; 0: nobody is relaxed. */
  relaxed_until: number;
}

/** Caller-windows without which nothing is known of quiet days. */
const LEARNT = 200;
const MIN_NETS = 5;
/** Failing is a jump when its share is surely more than so many times the usual one. */
const JUMP = 3;
/** An outage is over, and a state forgotten, at this share of the line that it crossed. */
const OVER = 0.5;
/** Behaviour has changed when a share is surely above so many times the usual one and a twentieth. */
const CHANGE = 2;
const CHANGE_PLUS = 0.05;
const BUSIER = 3;
const GROWN = 1.25;
/** Seconds that a verdict looks back. */
export const WINDOW_S = 300;

const DEEDS = ['new_net', 'signin_failed', 'probing', 'loud'] as const;
const WORDS: Readonly<Record<(typeof DEEDS)[number], string>> = {
  new_net: 'come from networks that they never used',
  signin_failed: 'fail to sign in',
  probing: 'probe for what is not there',
  loud: 'behave at 20 dB or more',
};

/**
 * Outage or attack? When callers with a genuine history suddenly fail while they behave as ever, the issuer or an app
 * release fails them; when they behave otherwise too, somebody acts in their name. Pure.
 * @param now epoch seconds.
 */
export function judgeCohort(
  window: CohortWindow,
  baseline: Baseline,
  limits: OutageLimits,
  before: Standing | null,
  now: number,
): CohortVerdict {
  const keep = (state: CohortState, detail: string): CohortVerdict => {
    const since = before?.state === state ? before.since : now;
    return { state, since, detail, relaxed_until: state === 'outage' ? since + limits.max_duration_s : 0 };
  };
  const { callers, failing, nets } = window;
  const was = before?.state ?? 'learning';
  const stands = was === 'outage' || was === 'attack' || was === 'exhausted';
  const share = callers === 0 ? 0 : failing / callers;
  const percent = `${Math.round(share * 100)} % of ${callers} callers with a genuine history fail`;

  if (stands) {
    // In a silence nothing can be seen: a state stays until its time is over.
    const silent = callers < limits.min_callers;
    if (!silent && share < limits.min_share * OVER) return keep('normal', '');
    if (silent && was === 'attack') return keep('attack', `${percent}: too few to say that it is over.`);
  } else {
    if (baseline.callers < LEARNT) return keep('learning', '');
    const usual = high(baseline.failing, baseline.callers);
    const jumped =
      failing >= limits.min_callers &&
      nets >= Math.min(MIN_NETS, limits.min_callers) &&
      share >= limits.min_share &&
      low(failing, callers) > JUMP * usual;
    if (!jumped) return keep('normal', '');
  }

  const deed = changed(window, baseline, was === 'outage' && before !== null ? now - before.since : 0);
  if (deed !== null) return keep('attack', `${percent}, and they ${deed}: nobody is relaxed.`);
  if (was === 'exhausted') return keep('exhausted', `${percent} for longer than the policy relaxes.`);
  // An attack is not an outage because it pauses.
  if (was === 'attack') return keep('attack', `${percent}, after an attack: nobody is relaxed.`);
  const outage = keep('outage', `${percent} and behave as ever: they are relaxed.`);
  if (!limits.enabled)
    return { ...outage, relaxed_until: 0, detail: `${percent} and behave as ever; the policy relaxes nobody.` };
  if (now >= outage.relaxed_until) return keep('exhausted', `${percent} for longer than the policy relaxes.`);
  return outage;
}

/**
 * What the failing callers do that the cohort never did on quiet days; null: nothing.
 * @param ageS how long the outage has lasted: nobody shows a genuine token meanwhile, so networks that are entered in the
 * course of it stay new, and their share grows by itself.
 */
function changed({ failing, ofFailing }: CohortWindow, { callers, all }: Baseline, ageS: number): string | null {
  if (failing === 0) return null;
  for (const deed of DEEDS) {
    const usual = callers === 0 ? 0 : all[deed] / callers;
    const grown = deed === 'new_net' ? 1 - (1 - usual) ** (1 + ageS / WINDOW_S) : usual;
    if (low(ofFailing[deed], failing) > Math.max(CHANGE * usual, grown * GROWN) + CHANGE_PLUS) return WORDS[deed];
  }
  const usualRequests = callers === 0 ? 0 : all.requests / callers;
  if (usualRequests > 0 && ofFailing.requests / failing > BUSIER * usualRequests) return 'send far more than usual';
  return null;
}

const low = (k: number, n: number) => wilson(k, n).low;
const high = (k: number, n: number) => wilson(k, n).high;
