import type { Attestation } from '../../schemas/decision.ts';
import {
  ATTESTATION_STATUSES,
  type AttestationStatus,
  ENTITY_KINDS,
  type EntityKind,
  type EntityRef,
  METHODS,
} from '../../schemas/event.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import type { PolicySignal } from '../../schemas/integrity.ts';
import { ATTESTATION_CODES, type AttestationCode, IDENTITY_CODES, type IdentityCode } from '../../schemas/reasons.ts';
import { normaliseAddress } from '../../shared/address.ts';
import { createBoundedCache } from '../../shared/bounded-cache.ts';
import { cohortOf } from '../../shared/cohort.ts';
import { normalHost } from '../../shared/host.ts';
import { identityId } from '../../shared/identity.ts';
import type { PolicyView } from '../../shared/policy.ts';
import type { Pseudonymise } from '../../shared/pseudonym.ts';
import { signalsOfCause } from './identity/signals.ts';
import type { RequestFacts } from './question.ts';

/** What a gateway says of a request before it is made into facts; `''` where it says nothing. */
export interface RawRequest {
  id: string;
  /** Name of the key of the gateway that asks. */
  gateway: string;
  method: string;
  path: string;
  host: string;
  /** The caller's address as text, in any form that `shared/address.ts` reads. */
  address: string;
  user: string;
  session: string;
  device: string;
  apiClient: string;
  userAgent: string;
  /** The gateway's id of the request, for the decision log. */
  requestId: string;
  attestation: Attestation;
  /** Query with its `?`, or `''`. Signatures cover it; nothing keeps it. */
  query: string;
  /** `http`, `https`, or `''` when the gateway does not say. */
  scheme: string;
  /** Name of a genuine attestation token that names no installation (`token-session.ts`), where it is not the session. */
  token: string;
  /** What a verified token reports of its device. */
  signals: readonly PolicySignal[];
  /** A user token or request signature that is there and does not verify. */
  identityFault: IdentityCode | null;
}

export const NOT_OBSERVED: Attestation = { status: null, code: 'not_observed', issuer: null };

/** The route template of a request, as ingest will name it once its log line comes. Total. */
export type RouteOf = (method: string, host: string, path: string) => string;

/** Facts of a live request. Total. */
export type MakeFacts = (raw: RawRequest, policy: PolicyView) => RequestFacts;

const CACHE_SIZE = 20_000;
/** Longer ids are made anew each time, so that strangers cannot fill the memory with them. */
const CACHED_ID = 128;

type NamedKind = 'user' | 'session' | 'device' | 'client';

/** Nothing for an id that may not be kept; the pseudonym of today first, then the one of the key before. */
export function createRefs(
  pseudonymise: Pseudonymise,
  formerly?: Pseudonymise,
): (kind: NamedKind, said: string) => readonly EntityRef[] {
  return (kind, said) => {
    const id = identityId(said);
    if (id === '') return [];
    if (kind === 'client') return [{ kind, id }];
    const now = { kind, id: pseudonymise(kind, id) };
    return formerly === undefined ? [now] : [now, { kind, id: formerly(kind, id) }];
  };
}

/**
 * Entity ids are made exactly as ingest makes them; callers come again and again, so what was made is remembered.
 * @param formerly pseudonyms by the key before: what was scored under them counts beside, until it fades.
 */
export function createFacts(pseudonymise: Pseudonymise, routeOf: RouteOf, formerly?: Pseudonymise): MakeFacts {
  const refsOf = createRefs(pseudonymise, formerly);
  const caches = {
    user: createBoundedCache<readonly EntityRef[]>(CACHE_SIZE, CACHED_ID),
    session: createBoundedCache<readonly EntityRef[]>(CACHE_SIZE, CACHED_ID),
    device: createBoundedCache<readonly EntityRef[]>(CACHE_SIZE, CACHED_ID),
    client: createBoundedCache<readonly EntityRef[]>(CACHE_SIZE, CACHED_ID),
  };

  function add(entities: EntityRef[], kind: keyof typeof caches, said: string): void {
    if (said === '') return;
    let refs = caches[kind].get(said);
    if (refs === undefined) {
      refs = refsOf(kind, said);
      caches[kind].set(said, refs);
    }
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i];
      if (ref !== undefined) entities.push(ref);
    }
  }

  return (raw, policy) => factsOf(raw, policy, add, routeOf);
}

function factsOf(
  raw: RawRequest,
  policy: PolicyView,
  add: (entities: EntityRef[], kind: NamedKind, said: string) => void,
  routeOf: RouteOf,
): RequestFacts {
  const address = raw.address === '' ? null : normaliseAddress(raw.address);
  const entities: EntityRef[] = [];
  add(entities, 'user', raw.user);
  add(entities, 'session', raw.session);
  add(entities, 'device', raw.device);
  if (address !== null) {
    entities.push({ kind: 'ip', id: address.ip });
    entities.push({ kind: 'net', id: address.net });
  }
  const beforeClient = entities.length;
  add(entities, 'client', raw.apiClient);
  const apiClient = entities[beforeClient]?.id ?? '';
  const { platform, canAttest, rule } = policy.platformOf({
    api_client: apiClient,
    user_agent: raw.userAgent,
    host: raw.host,
  });
  const method = methodOf(raw.method);
  // As events have it: callers sign a port, nothing that is scored or matched has one.
  const host = raw.host === '' ? '' : normalHost(raw.host);
  const route = routeOf(method, host, raw.path);
  return {
    id: raw.id,
    method,
    path: raw.path,
    host,
    scope: policy.scopeOf(host),
    address: address === null ? '' : address.address,
    entities,
    attestation: raw.attestation,
    signals: raw.signals,
    identityFault: raw.identityFault,
    platform,
    canAttest,
    apiClient,
    ...(rule === undefined ? {} : { rule }),
    ...tokenOf(raw.token, raw.session, raw.device),
    userAgent: raw.userAgent,
    route: `${method} ${route}`,
    cohort: cohortOf(raw.userAgent, method, route),
  };
}

/**
 * As roll-ups have it: a token is known as a session is, where nothing names the installation that shows it. It is a keyed
 * hash, so nothing is to be pseudonymised.
 */
function tokenOf(said: string, session: string, device: string): Pick<RequestFacts, 'token'> {
  if (said === '' || device !== '') return {};
  const id = identityId(said);
  return id === '' || id === session ? {} : { token: { kind: 'session', id } };
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);
function methodOf(name: string): string {
  if (KNOWN_METHODS.has(name)) return name;
  const upper = name.toUpperCase();
  return KNOWN_METHODS.has(upper) ? upper : '_OTHER';
}

function push(entities: EntityRef[], kind: EntityKind, id: string): void {
  if (id !== '') entities.push({ kind, id });
}

type FactColumns = Pick<
  EventRow,
  | 'event_id'
  | 'method'
  | 'path'
  | 'route'
  | 'host'
  | 'scope'
  | 'client_address'
  | 'ip'
  | 'net'
  | 'user_id'
  | 'session_id'
  | 'device_id'
  | 'api_client'
  | 'user_agent'
  | 'attestation_status'
  | 'attestation_code'
  | 'attestation_issuer'
  | 'attestation_token'
  | 'identity_code'
>;

/** Facts of an event, for the backtest: the request-side columns only (law 4). */
export function factsOfRow(row: FactColumns, policy: PolicyView): RequestFacts {
  const ids = [row.user_id, row.session_id, row.device_id, row.ip, row.net, row.api_client];
  const entities: EntityRef[] = [];
  for (const [i, kind] of ENTITY_KINDS.entries()) push(entities, kind, ids[i] ?? '');
  const { platform, canAttest, rule } = policy.platformOf(row);
  const attestation = attestationOf(row.attestation_status, row.attestation_code, row.attestation_issuer);
  return {
    id: row.event_id,
    method: row.method,
    path: row.path,
    host: row.host,
    scope: row.scope,
    address: row.client_address,
    entities,
    attestation,
    signals: signalsOfCause(attestation),
    identityFault: identityFaultOf(row.identity_code),
    platform,
    canAttest,
    apiClient: row.api_client,
    ...(rule === undefined ? {} : { rule }),
    ...tokenOf(row.attestation_token, row.session_id, row.device_id),
    userAgent: row.user_agent,
    route: `${row.method} ${row.route}`,
    cohort: cohortOf(row.user_agent, row.method, row.route),
  };
}

const STATUSES = new Map<string, AttestationStatus>(ATTESTATION_STATUSES.map((status) => [status, status]));
const CODES = new Map<string, AttestationCode>(ATTESTATION_CODES.map((code) => [code, code]));
const IDENTITY_FAULTS = new Map<string, IdentityCode>(IDENTITY_CODES.map((code) => [code, code]));
/** A known cause by its name, else null. */
export const identityFaultOf = (code: string): IdentityCode | null => IDENTITY_FAULTS.get(code) ?? null;
/** What a bare status stands for when its cause was not logged. */
const CODE_OF: Readonly<Record<AttestationStatus, AttestationCode>> = {
  genuine: 'ok',
  failed: 'signature_invalid',
  expired: 'expired',
  missing: 'no_token',
  none: 'cannot_attest',
};

/** An attestation from the words of a log or a gateway; words that are not of the closed lists are not observed. */
export function attestationOf(status: string, code: string, issuer: string): Attestation {
  const known = STATUSES.get(status);
  if (known === undefined) return NOT_OBSERVED;
  return { status: known, code: CODES.get(code) ?? CODE_OF[known], issuer: issuer === '' ? null : issuer };
}
