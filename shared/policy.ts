import type { EntityKind, EntityRef, Outcome } from '../schemas/event.ts';
import type { PolicySignal } from '../schemas/integrity.ts';
import { type Policy, type PolicyRoute, seconds } from '../schemas/policy.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { createCidrTable } from './cidr.ts';
import { compileGlob, type Glob } from './glob.ts';
import { createKeyedShare } from './keyed-hash.ts';
import { type IdentityKind, type Pseudonymise, storedForms } from './pseudonym.ts';

/** What ingest asks of a policy. */
export interface PolicyView {
  /** Scope of a host, `''` when there is none. */
  scopeOf(host: string): string;
  platformOf(request: { api_client: string; user_agent: string; host: string }): ClientView;
}

/** What the policy's `clients` say of a caller; `canAttest` null: no entry matches. */
export interface ClientView {
  platform: string;
  canAttest: boolean | null;
  issuer: string | null;
}

/** What holds on a route once the top level has filled in what the route leaves out. */
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

export interface CompiledOverride {
  /** Place in the policy: the first that matches wins. */
  index: number;
  /** `kind:id` as ops wrote it. */
  entity: string;
  scope: string | null;
  outcome: Outcome;
  untilMs: number;
  until: string;
  reason: string;
}

/** A policy made ready for one look-up a request; immutable, replaced whole when the policy changes. */
export interface CompiledPolicy extends PolicyView {
  readonly policy: Policy;
  readonly version: number;
  readonly maxSnapshotAgeMs: number;
  /** First route that matches; the path without query. */
  routeOf(method: string, host: string, path: string): RouteSettings;
  /** The first override in force on any of the entities, or covering the whole client address. */
  overrideOf(entities: readonly EntityRef[], address: string, scope: string, now: number): CompiledOverride | undefined;
  /** Is this caller answered for real, or in shadow (`rollout`)? */
  inRollout(caller: string): boolean;
  /** Is this caller of the share that is never refused on behaviour alone (law 5)? Rotates every week. */
  inHoldout(caller: string, now: number): boolean;
}

export interface CompileOptions {
  /** Key of `rollout` and `holdout`; who knows it can choose an identity that falls into them. */
  hashKey?: string;
  /** The identities of overrides are written as they are; entities are pseudonyms when the key is set. */
  pseudonymise?: Pseudonymise;
  /** Pseudonyms by the key before, while it is being replaced. */
  formerly?: Pseudonymise | undefined;
}

const CACHE_SIZE = 8192;
const WEEK_MS = 7 * 86_400_000;
export const DEFAULT_SCOPE = 'default';

/** Compiles every glob, prefix and duration of a valid policy once. */
export function compilePolicy(policy: Policy, options: CompileOptions = {}): CompiledPolicy {
  const share = createKeyedShare(options.hashKey ?? 'bonafide');
  return {
    policy,
    version: policy.version,
    maxSnapshotAgeMs: seconds(policy.max_snapshot_age) * 1000,
    scopeOf: compileScopes(policy),
    platformOf: compileClients(policy),
    routeOf: compileRoutes(policy),
    overrideOf: compileOverrides(policy, options),
    inRollout: (caller) => policy.rollout >= 1 || share(`rollout\0${caller}`) < policy.rollout,
    inHoldout: (caller, now) =>
      policy.holdout > 0 && share(`holdout\0${Math.floor(now / WEEK_MS)}\0${caller}`) < policy.holdout,
  };
}

/** Host names in one form: lower case, without port and trailing dot. */
export function normalHost(host: string): string {
  const lower = host.toLowerCase();
  const bare = lower.startsWith('[') ? lower.replace(/\]:\d*$/, ']') : lower.replace(/:\d*$/, '');
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}

function compileScopes(policy: Policy): PolicyView['scopeOf'] {
  const scopes = policy.scopes.map(({ name, hosts }) => ({
    name,
    hosts: hosts.map((host) => compileGlob(host.toLowerCase())),
  }));
  const [only] = scopes;
  const withoutHost = scopes.length === 1 && only !== undefined ? only.name : DEFAULT_SCOPE;
  if (scopes.length === 0) return () => DEFAULT_SCOPE;
  const cache = createBoundedCache<string>(CACHE_SIZE);
  return (host) => {
    if (host === '') return withoutHost;
    const known = cache.get(host);
    if (known !== undefined) return known;
    const normal = normalHost(host);
    const found = scopes.find((scope) => scope.hosts.some((glob) => glob(normal)))?.name ?? DEFAULT_SCOPE;
    cache.set(host, found);
    return found;
  };
}

const UNKNOWN_CLIENT: ClientView = { platform: '', canAttest: null, issuer: null };

function compileClients(policy: Policy): PolicyView['platformOf'] {
  if (policy.clients.length === 0) return () => UNKNOWN_CLIENT;
  const clients = policy.clients.map(({ match, platform, can_attest, issuer }) => ({
    apiClient: match.api_client === undefined ? null : compileGlob(match.api_client),
    userAgent: match.user_agent === undefined ? null : compileGlob(match.user_agent),
    host: match.host === undefined ? null : compileGlob(match.host.toLowerCase()),
    view: { platform: platform ?? '', canAttest: can_attest, issuer: issuer ?? null } satisfies ClientView,
  }));
  // What a match names must be there: `*` covers any value, not the lack of one.
  const covers = (glob: Glob | null, text: string) => glob === null || (text !== '' && glob(text));
  const cache = createBoundedCache<ClientView>(CACHE_SIZE);
  return ({ api_client, user_agent, host }) => {
    const key = `${api_client}\0${user_agent}\0${host}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const normal = normalHost(host);
    const found =
      clients.find(
        (client) =>
          covers(client.apiClient, api_client) && covers(client.userAgent, user_agent) && covers(client.host, normal),
      )?.view ?? UNKNOWN_CLIENT;
    cache.set(key, found);
    return found;
  };
}

type RequestMatch = PolicyRoute['match'];
type Matcher = (method: string, host: string, path: string) => boolean;

function compileMatch(match: RequestMatch): Matcher {
  const method = match.method?.toUpperCase();
  const path = match.path === undefined ? null : compileGlob(match.path);
  const host = match.host === undefined ? null : compileGlob(match.host.toLowerCase());
  return (ofMethod, ofHost, ofPath) =>
    (method === undefined || method === ofMethod) && (host === null || host(ofHost)) && (path === null || path(ofPath));
}

function compileRoutes(policy: Policy): CompiledPolicy['routeOf'] {
  const routes = policy.routes.map((route) => ({
    matches: compileMatch(route.match),
    settings: routeSettings(policy, route),
  }));
  const limits = policy.limits.map((limit) => ({ matches: compileMatch(limit.match), limit: compileLimit(limit) }));
  const fallback = routeSettings(policy, undefined);
  if (routes.length === 0 && limits.length === 0) return () => fallback;

  const cache = createBoundedCache<RouteSettings>(CACHE_SIZE);
  return (method, host, path) => {
    const key = `${method} ${host} ${path}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const verb = method.toUpperCase();
    const ofHost = normalHost(host);
    const ofPath = normalPath(path);
    const settings = routes.find((route) => route.matches(verb, ofHost, ofPath))?.settings ?? fallback;
    const covering = limits.filter((limit) => limit.matches(verb, ofHost, ofPath)).map(({ limit }) => limit);
    const found = covering.length === 0 ? settings : { ...settings, limits: covering };
    cache.set(key, found);
    return found;
  };
}

function routeSettings(policy: Policy, route: PolicyRoute | undefined): RouteSettings {
  const line = (budget: number) => -10 * Math.log10(budget);
  return {
    mode: route?.mode ?? policy.mode,
    attestation: route?.attestation ?? policy.attestation,
    onFailed: route?.on_failed_attestation ?? policy.on_failed_attestation,
    onMissing: route?.on_missing_attestation ?? policy.on_missing_attestation,
    onNone: route?.on_no_attestation ?? policy.on_no_attestation ?? null,
    onFailedIdentity: route?.on_failed_identity ?? policy.on_failed_identity,
    onSignals: { ...policy.on_signals, ...route?.on_signals },
    onStale: route?.on_stale ?? policy.on_stale,
    onRevoked: route?.on_revoked ?? policy.on_revoked,
    challengeLine: line(route?.budgets?.challenge ?? policy.budgets.challenge),
    blockLine: line(route?.budgets?.block ?? policy.budgets.block),
    limits: [],
  };
}

function compileLimit({ name, by, rate, burst, outcome }: Policy['limits'][number]): CompiledLimit {
  const slash = rate.indexOf('/');
  const perSecond = Number(rate.slice(0, slash)) / seconds(`1${rate.slice(slash + 1)}`);
  return { name, by, perSecond, burst, outcome, rate };
}

/**
 * The path as an upstream will most likely read it: escaped letters unescaped, `//` as `/`, dot segments resolved.
 * Without this `/v1//auth/login` or `/v1/%61uth/login` would walk around the rule for `/v1/auth/*`.
 */
function normalPath(path: string): string {
  if (!path.includes('%') && !path.includes('//') && !path.includes('/.')) return path;
  const unescaped = path.replace(/%([2-7][0-9a-fA-F])/g, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : whole;
  });
  const segments: string[] = [];
  const parts = unescaped.split('/');
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    if (part === '..') segments.pop();
    if (part === '.' || part === '..' || part === '') {
      if (last) segments.push('');
      continue;
    }
    segments.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}`;
}

function compileOverrides(policy: Policy, options: CompileOptions): CompiledPolicy['overrideOf'] {
  const { pseudonymise = (_kind, id) => id, formerly } = options;
  if (policy.overrides.length === 0) return () => undefined;
  const byEntity = new Map<string, CompiledOverride[]>();
  const byAddress = createCidrTable<CompiledOverride>();
  for (const [index, override] of policy.overrides.entries()) {
    const { kind, id } = override.entity;
    const compiled: CompiledOverride = {
      index,
      entity: `${kind}:${id}`,
      scope: override.scope ?? null,
      outcome: override.outcome,
      untilMs: Date.parse(override.until),
      until: override.until,
      reason: override.reason,
    };
    if ((kind === 'ip' || kind === 'net') && byAddress.add(id, compiled)) continue;
    for (const form of isIdentity(kind) ? storedForms({ pseudonymise, formerly }, kind, id) : [id]) {
      const key = `${kind}:${form}`;
      byEntity.set(key, [...(byEntity.get(key) ?? []), compiled]);
    }
  }

  return (entities, address, scope, now) => {
    let best: CompiledOverride | undefined;
    const consider = (override: CompiledOverride) => {
      if (override.untilMs <= now || (override.scope !== null && override.scope !== scope)) return;
      if (best === undefined || override.index < best.index) best = override;
    };
    if (byEntity.size > 0) for (const { kind, id } of entities) byEntity.get(`${kind}:${id}`)?.forEach(consider);
    if (byAddress.size > 0 && address !== '') byAddress.find(address).forEach(consider);
    return best;
  };
}

const isIdentity = (kind: EntityKind): kind is IdentityKind =>
  kind === 'user' || kind === 'session' || kind === 'device';
