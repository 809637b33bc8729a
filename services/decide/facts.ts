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
import { ATTESTATION_CODES, type AttestationCode } from '../../schemas/reasons.ts';
import { normaliseAddress } from '../../shared/address.ts';
import { createBoundedCache } from '../../shared/bounded-cache.ts';
import { identityId } from '../../shared/identity.ts';
import type { PolicyView } from '../../shared/policy.ts';
import type { Pseudonymise } from '../../shared/pseudonym.ts';
import type { RequestFacts } from './decide.ts';

/** What a gateway says of a request before it is made into facts; `''` where it says nothing. */
export interface RawRequest {
  id: string;
  method: string;
  path: string;
  host: string;
  /** The caller's address as text, in any form that `shared/address.ts` reads. */
  address: string;
  user: string;
  session: string;
  device: string;
  apiClient: string;
  /** `jti` of the verified user token. */
  tokenId: string;
  /** `iat` of the verified user token, epoch seconds. */
  issuedAtS: number | null;
  userAgent: string;
  /** The gateway's id of the request, for the decision log. */
  requestId: string;
  attestation: Attestation;
}

export const NOT_OBSERVED: Attestation = { status: null, code: 'not_observed', issuer: null };

/** Facts of a live request. Total. */
export type MakeFacts = (raw: RawRequest, policy: PolicyView) => RequestFacts;

const CACHE_SIZE = 20_000;
/** Longer ids are made anew each time, so that strangers cannot fill the memory with them. */
const CACHED_ID = 128;

/** Entity ids are made exactly as ingest makes them; callers come again and again, so what was made is remembered. */
export function createFacts(pseudonymise: Pseudonymise): MakeFacts {
  const caches = {
    user: createBoundedCache<EntityRef | null>(CACHE_SIZE, CACHED_ID),
    session: createBoundedCache<EntityRef | null>(CACHE_SIZE, CACHED_ID),
    device: createBoundedCache<EntityRef | null>(CACHE_SIZE, CACHED_ID),
    client: createBoundedCache<EntityRef | null>(CACHE_SIZE, CACHED_ID),
  };

  function add(entities: EntityRef[], kind: keyof typeof caches, said: string): void {
    if (said === '') return;
    let entity = caches[kind].get(said);
    if (entity === undefined) {
      const id = identityId(said);
      const shown = kind === 'client' ? id : pseudonymise(kind, id);
      entity = shown === '' ? null : { kind, id: shown };
      caches[kind].set(said, entity);
    }
    if (entity !== null) entities.push(entity);
  }

  return (raw, policy) => factsOf(raw, policy, add);
}

function factsOf(
  raw: RawRequest,
  policy: PolicyView,
  add: (entities: EntityRef[], kind: 'user' | 'session' | 'device' | 'client', said: string) => void,
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
  const { platform, canAttest } = policy.platformOf({
    api_client: apiClient,
    user_agent: raw.userAgent,
    host: raw.host,
  });
  return {
    id: raw.id,
    method: methodOf(raw.method),
    path: raw.path,
    host: raw.host,
    scope: policy.scopeOf(raw.host),
    address: address === null ? '' : address.address,
    entities,
    attestation: raw.attestation,
    platform,
    canAttest,
    userAgent: raw.userAgent,
  };
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
>;

/** Facts of an event, for the backtest: the request-side columns only (law 4). */
export function factsOfRow(row: FactColumns, policy: PolicyView): RequestFacts {
  const ids = [row.user_id, row.session_id, row.device_id, row.ip, row.net, row.api_client];
  const entities: EntityRef[] = [];
  for (const [i, kind] of ENTITY_KINDS.entries()) push(entities, kind, ids[i] ?? '');
  const { platform, canAttest } = policy.platformOf(row);
  return {
    id: row.event_id,
    method: row.method,
    path: row.path,
    host: row.host,
    scope: row.scope,
    address: row.client_address,
    entities,
    attestation: attestationOf(row.attestation_status, row.attestation_code, row.attestation_issuer),
    platform,
    canAttest,
    userAgent: row.user_agent,
  };
}

const STATUSES = new Map<string, AttestationStatus>(ATTESTATION_STATUSES.map((status) => [status, status]));
const CODES = new Map<string, AttestationCode>(ATTESTATION_CODES.map((code) => [code, code]));
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
