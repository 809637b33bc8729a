import type { EntityKind, Outcome } from '../schemas/event.ts';
import type { PolicySignal } from '../schemas/integrity.ts';
import { type Policy, type PolicyClient, type PolicyRoute, seconds } from '../schemas/policy.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { compileGlob, type Glob } from './glob.ts';
import { normalHost } from './host.ts';
import { pathReadings, withoutParameters } from './path-readings.ts';
import { mostSevere } from './severity.ts';

/** What a request is matched by. */
export interface Asked {
  method: string;
  host: string;
  /** Without query. */
  path: string;
  /** Id of the API key; absent or `''`: none. */
  apiClient?: string;
  /** What the entry of its client says; absent: nothing. */
  rule?: ClientRule | undefined;
}

/** What a client's entry says of attestation. One object for each entry, made once with the policy. */
export interface ClientRule {
  /** Place of the entry in the policy. */
  readonly index: number;
  readonly says: Pick<PolicyClient, (typeof CALLER_SETTINGS)[number]>;
}

const CALLER_SETTINGS = [
  'attestation',
  'on_failed_attestation',
  'on_missing_attestation',
  'on_no_attestation',
  'on_revoked',
  'on_failed_identity',
  'on_signals',
] as const;

/** null: the entry says nothing of it. */
export function ruleOf(client: PolicyClient, index: number): ClientRule | null {
  return CALLER_SETTINGS.some((name) => client[name] !== undefined) ? { index, says: client } : null;
}

/** What holds for a request: the word of its route, else of its client, else of the top level, each setting for itself. */
export interface RouteSettings {
  mode: Policy['mode'];
  attestation: Policy['attestation'];
  onFailed: Outcome;
  onMissing: Outcome;
  /** null: by risk. */
  onNone: Outcome | null;
  onFailedIdentity: Outcome;
  onSignals: Readonly<Partial<Record<PolicySignal, Outcome>>>;
  onStale: Outcome;
  /** Does an attestation token count once here? */
  oneTime: boolean;
  /** What a revoked user, session or user token meets. */
  onRevoked: Outcome;
  /** Decibels from which behaviour challenges and blocks. */
  challengeLine: number;
  blockLine: number;
  /** Limits whose match covers the request. */
  limits: readonly CompiledLimit[];
}

export interface CompiledLimit {
  name: string;
  by: EntityKind;
  /** Tokens that come back in a second. */
  perSecond: number;
  burst: number;
  outcome: Outcome;
  /** `60/m`, for the reason's sentence. */
  rate: string;
}

const CACHE_SIZE = 8192;

type RequestMatch = PolicyRoute['match'];
type Matcher = (method: string, host: string, path: string, apiClient: string) => boolean;

function compileMatch(match: RequestMatch): Matcher {
  const method = match.method?.toUpperCase();
  const path = match.path === undefined ? null : compilePath(match.path);
  const host = match.host === undefined ? null : compileGlob(match.host.toLowerCase());
  const client = match.api_client === undefined ? null : compileGlob(match.api_client);
  return (ofMethod, ofHost, ofPath, ofClient) =>
    (method === undefined || method === ofMethod) &&
    (host === null || host(ofHost)) &&
    (path === null || path(ofPath)) &&
    (client === null || (ofClient !== '' && client(ofClient)));
}

/**
 * A slash at the end makes no difference, nor do parameters of segments and capitals: most frameworks hand `/v1/payments/` and
 * `/v1/payments;a=b` to whom `/v1/payments` belongs. @returns of a path in lower case.
 */
function compilePath(pattern: string): Glob {
  const bare = withoutParameters(pattern).toLowerCase();
  const covers = compileGlob(bare.length > 1 && bare.endsWith('/') ? bare.slice(0, -1) : bare);
  return (path) => covers(path) || (path.length > 1 && path.endsWith('/') && covers(path.slice(0, -1)));
}

export function compileRoutes(policy: Policy): (asked: Asked) => RouteSettings {
  const routes = policy.routes.map((route) => ({ matches: compileMatch(route.match), route }));
  const limits = policy.limits.map((limit) => ({ matches: compileMatch(limit.match), limit: compileLimit(limit) }));
  const rules = policy.clients.some((client, i) => ruleOf(client, i) !== null);
  const fallback = settingsOf(policy, undefined, undefined);
  if (routes.length === 0 && limits.length === 0 && !rules) return () => fallback;

  // Ids of keys are many: they are part of what is remembered only where a match asks for them.
  const byClient = [...policy.routes, ...policy.limits].some(({ match }) => match.api_client !== undefined);
  const cache = createBoundedCache<RouteSettings>(CACHE_SIZE);
  // What no reading could ask more than: a path too long to be read must not be a way around any route.
  let everyRoute: RouteSettings | undefined;
  const strictestOfAll = (rule: ClientRule | undefined) => {
    everyRoute ??= strictest(
      [undefined, ...policy.routes].map((route) => settingsOf(policy, route, undefined)),
      limits.map(({ limit }) => limit),
    );
    return rule === undefined
      ? everyRoute
      : strictest([everyRoute, settingsOf(policy, undefined, rule.says)], everyRoute.limits);
  };
  return ({ method, host, path, apiClient = '', rule }) => {
    const key = `${method} ${host} ${path}\0${rule?.index ?? ''}\0${byClient ? apiClient : ''}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const verb = method.toUpperCase();
    const ofHost = normalHost(host);
    const readings = pathReadings(path);
    if (readings === null) return strictestOfAll(rule);
    const found = strictest(
      readings.map((ofPath) => {
        const route = routes.find(({ matches }) => matches(verb, ofHost, ofPath, apiClient))?.route;
        return settingsOf(policy, route, rule?.says);
      }),
      limits
        .filter(({ matches }) => readings.some((ofPath) => matches(verb, ofHost, ofPath, apiClient)))
        .map(({ limit }) => limit),
    );
    cache.set(key, found);
    return found;
  };
}

function settingsOf(
  policy: Policy,
  route: PolicyRoute | undefined,
  client: ClientRule['says'] | undefined,
): RouteSettings {
  const line = (budget: number) => -10 * Math.log10(budget);
  const pick = <K extends Exclude<keyof ClientRule['says'], 'on_signals'>>(name: K) => route?.[name] ?? client?.[name];
  return {
    mode: route?.mode ?? policy.mode,
    attestation: pick('attestation') ?? policy.attestation,
    onFailed: pick('on_failed_attestation') ?? policy.on_failed_attestation,
    onMissing: pick('on_missing_attestation') ?? policy.on_missing_attestation,
    onNone: pick('on_no_attestation') ?? policy.on_no_attestation ?? null,
    onFailedIdentity: pick('on_failed_identity') ?? policy.on_failed_identity,
    onSignals: { ...policy.on_signals, ...client?.on_signals, ...route?.on_signals },
    onStale: route?.on_stale ?? policy.on_stale,
    oneTime: route?.one_time ?? false,
    onRevoked: pick('on_revoked') ?? policy.on_revoked,
    challengeLine: line(route?.budgets?.challenge ?? policy.budgets.challenge),
    blockLine: line(route?.budgets?.block ?? policy.budgets.block),
    limits: [],
  };
}

const ATTESTATION = ['off', 'observe', 'require'] as const satisfies readonly Policy['attestation'][];

/** Of several readings of one path whichever asks more, setting by setting: nobody here knows which one the upstream takes. */
function strictest(readings: readonly RouteSettings[], limits: readonly CompiledLimit[]): RouteSettings {
  const strict = readings.reduce((a, b) => ({
    mode: b.mode === 'enforce' ? b.mode : a.mode,
    attestation:
      ATTESTATION.indexOf(b.attestation) > ATTESTATION.indexOf(a.attestation) ? b.attestation : a.attestation,
    onFailed: mostSevere(a.onFailed, b.onFailed),
    onMissing: mostSevere(a.onMissing, b.onMissing),
    onNone: a.onNone === null ? b.onNone : b.onNone === null ? a.onNone : mostSevere(a.onNone, b.onNone),
    onFailedIdentity: mostSevere(a.onFailedIdentity, b.onFailedIdentity),
    onSignals: strictestSignals(a.onSignals, b.onSignals),
    onStale: mostSevere(a.onStale, b.onStale),
    oneTime: a.oneTime || b.oneTime,
    onRevoked: mostSevere(a.onRevoked, b.onRevoked),
    challengeLine: Math.min(a.challengeLine, b.challengeLine),
    blockLine: Math.min(a.blockLine, b.blockLine),
    limits,
  }));
  return { ...strict, limits };
}

type Signals = RouteSettings['onSignals'];

function strictestSignals(a: Signals, b: Signals): Signals {
  const both: Partial<Record<PolicySignal, Outcome>> = { ...a };
  for (const [signal, outcome] of Object.entries(b) as [PolicySignal, Outcome][]) {
    both[signal] = mostSevere(both[signal] ?? 'allow', outcome);
  }
  return both;
}

function compileLimit({ name, by, rate, burst, outcome }: Policy['limits'][number]): CompiledLimit {
  const slash = rate.indexOf('/');
  const perSecond = Number(rate.slice(0, slash)) / seconds(`1${rate.slice(slash + 1)}`);
  return { name, by, perSecond, burst, outcome, rate };
}
