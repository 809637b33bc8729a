import type { EntityKind, EntityRef, Outcome } from '../schemas/event.ts';
import { type Policy, seconds } from '../schemas/policy.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { createCidrTable } from './cidr.ts';
import { compileGlob, type Glob } from './glob.ts';
import { normalHost } from './host.ts';
import { createKeyedShare } from './keyed-hash.ts';
import { type Asked, type ClientRule, compileRoutes, type RouteSettings, ruleOf } from './policy-routes.ts';
import { type IdentityKind, type Pseudonymise, storedForms } from './pseudonym.ts';

/** What ingest and the look at credentials ask of a policy. */
export interface PolicyView {
  /** Scope of a host, `''` when there is none. */
  scopeOf(host: string): string;
  platformOf(request: { api_client: string; user_agent: string; host: string }): ClientView;
  /** Does an attestation token count once on this route? Absent: on none. */
  oneTime?(asked: Asked): boolean;
}

/** What the policy's `clients` say of a caller; `canAttest` null: no entry matches. */
export interface ClientView {
  platform: string;
  canAttest: boolean | null;
  issuer: string | null;
  /** What the entry says of attestation; absent: nothing. */
  rule?: ClientRule;
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
  /** For how long a challenge that was met lifts others; 0: none can be met. */
  readonly challengeGraceMs: number;
  /** What holds for a request: the first route that matches, what its client's entry says beside it, and the top level. */
  settingsOf(asked: Asked): RouteSettings;
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
  const settingsOf = compileRoutes(policy);
  const asksForFresh = policy.routes.some(({ one_time }) => one_time === true);
  return {
    policy,
    version: policy.version,
    maxSnapshotAgeMs: seconds(policy.max_snapshot_age) * 1000,
    challengeGraceMs: seconds(policy.challenge_grace) * 1000,
    scopeOf: compileScopes(policy),
    platformOf: compileClients(policy),
    settingsOf,
    oneTime: (asked) => asksForFresh && settingsOf(asked).oneTime,
    overrideOf: compileOverrides(policy, options),
    inRollout: (caller) => policy.rollout >= 1 || share(`rollout\0${caller}`) < policy.rollout,
    inHoldout: (caller, now) =>
      policy.holdout > 0 && share(`holdout\0${Math.floor(now / WEEK_MS)}\0${caller}`) < policy.holdout,
  };
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
  const clients = policy.clients.map((client, i) => {
    const { match, platform, can_attest, issuer } = client;
    const rule = ruleOf(client, i);
    const view: ClientView = { platform: platform ?? '', canAttest: can_attest, issuer: issuer ?? null };
    return {
      apiClient: match.api_client === undefined ? null : compileGlob(match.api_client),
      userAgent: match.user_agent === undefined ? null : compileGlob(match.user_agent),
      host: match.host === undefined ? null : compileGlob(match.host.toLowerCase()),
      view: rule === null ? view : { ...view, rule },
    };
  });
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
