import { createPublicKey, hash } from 'node:crypto';
import type { Issuer } from '../../../schemas/credentials.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';
import { attestationPopFault, POP_HEADER } from './attestation-pop.ts';
import { boundKey } from './budget.ts';
import { certificateThumbprint } from './certificate.ts';
import { dpopFault, type ProofFault, readDpop } from './dpop.ts';
import { isObject } from './json.ts';
import { createHmacSha256, publicKeys, sameMac, type TokenKey, thumbprintOf, verifierOf } from './keys.ts';
import { readSignatures, type SignatureKey, signatureFault } from './message-signature.ts';
import type { IdentityRequest } from './request.ts';
import type { Claims } from './verdict.ts';

/** `absent`: the token names no key; `unproven`: it names one, and nobody asks for the proof. */
export type KeyBinding = 'absent' | 'unproven' | 'ok' | { fault: ProofFault };

/** What an issuer says of the proofs for its tokens. */
export type ProofRules = Pick<Issuer, 'header' | 'proof' | 'message_keys'>;

const ABSENT: KeyBinding = 'absent';
const MISSING: KeyBinding = { fault: 'proof_missing' };
const INVALID: KeyBinding = { fault: 'proof_invalid' };

/** {@link bindingOf}; a proof by the key of a good token is a good signature of its address. */
export function keyBinding(
  claims: Claims,
  issuer: ProofRules,
  accessToken: string | null,
  request: IdentityRequest,
): KeyBinding {
  const bound = bindingOf(claims, issuer, accessToken, request);
  if (bound === 'ok') request.budget.earn({ address: request.raw.address, name: () => boundKey(boundKeyName(claims)) });
  return bound;
}

/**
 * Does the caller hold the key that its token names? By `cnf` (RFC 7800): `jkt` needs DPoP, `jwk` an attestation's proof
 * or DPoP, `x5t#S256` the TLS certificate that the gateway passes on; by Approov's `ipk`, a message signature.
 * @param accessToken the token itself when it is an access token, which a DPoP proof must then name.
 */
function bindingOf(
  claims: Claims,
  issuer: ProofRules,
  accessToken: string | null,
  request: IdentityRequest,
): KeyBinding {
  const { cnf } = claims;
  if (cnf === undefined) {
    return typeof claims.ipk === 'string' || typeof claims.mskid === 'string'
      ? messageBinding(claims, issuer, request)
      : ABSENT;
  }
  if (!isObject(cnf)) return { fault: 'claim_invalid' };
  if (typeof cnf.jkt === 'string') return dpopBinding(cnf.jkt, accessToken, issuer, request);
  if (isObject(cnf.jwk)) return jwkBinding(cnf.jwk, accessToken, issuer, request);
  const certificate = cnf['x5t#S256'];
  if (typeof certificate === 'string') return certificateBinding(certificate, request);
  // A way to prove a key that is not known here proves nothing here.
  return MISSING;
}

function dpopBinding(
  jkt: string,
  accessToken: string | null,
  issuer: ProofRules,
  request: IdentityRequest,
): KeyBinding {
  const proof = readDpop(request);
  if (proof === null) return MISSING;
  if ('kind' in proof) return proof.kind === 'bad' ? { fault: proof.code } : INVALID;
  const fault = dpopFault(proof, jkt, accessToken, issuer, request);
  return fault === null ? 'ok' : { fault };
}

/** Keys of installations come again with each request. */
const boundKeys = createBoundedCache<readonly TokenKey[]>(4096);

function jwkBinding(jwk: Claims, accessToken: string | null, issuer: ProofRules, request: IdentityRequest): KeyBinding {
  const thumbprint = thumbprintOf(jwk);
  if (thumbprint === undefined || 'd' in jwk || 'k' in jwk) return { fault: 'claim_invalid' };
  const text = request.headers(POP_HEADER);
  // Without the proof of its own, a DPoP proof by the same key is the combined form of the draft.
  if (text === null) return dpopBinding(thumbprint, accessToken, issuer, request);
  let keys = boundKeys.get(thumbprint);
  if (keys === undefined) {
    const { kty, crv, x, y, e, n } = jwk;
    const read = publicKeys(
      Object.fromEntries(Object.entries({ kty, crv, x, y, e, n }).filter(([, value]) => value !== undefined)),
      'callers',
    );
    if ('fault' in read) return { fault: 'claim_invalid' };
    keys = read.keys;
    boundKeys.set(thumbprint, keys);
  }
  const fault = attestationPopFault(text, thumbprint, keys, issuer, request);
  return fault === null ? 'ok' : { fault };
}

function certificateBinding(wanted: string, request: IdentityRequest): KeyBinding {
  // Unset, the gateway passes none on: then nothing can be said, and a header of that name would be a stranger's.
  if (request.certificateHeader === null) return 'unproven';
  const text = request.headers(request.certificateHeader);
  if (text === null || text.trim() === '') return MISSING;
  return certificateThumbprint(text) === wanted ? 'ok' : { fault: 'bound_elsewhere' };
}

const COVERS = ['@method', '@target-uri'];
/** Approov's signatures last 15 s; a clock may be a minute off. */
const SIGNATURE_WINDOW_S = 75;

/**
 * Approov's `install` signature by the installation's key, and `account` by the account's. An SDK sends both whether or
 * not we have a key for each: one that nobody here can check says nothing, one that can be checked must be good.
 */
function messageBinding(claims: Claims, issuer: ProofRules, request: IdentityRequest): KeyBinding {
  const read = readSignatures(request);
  if ('fault' in read) return { fault: read.fault };
  let proven = false;
  for (const found of read.signatures) {
    if (found.label !== 'install' && found.label !== 'account') continue;
    const key = found.label === 'install' ? installationKey(claims.ipk) : accountKey(claims.mskid, issuer);
    if (key === null) continue;
    const demand = { covers: [...COVERS, issuer.header], windowS: SIGNATURE_WINDOW_S };
    const fault = signatureFault(found, [key], demand, request, boundKey(boundKeyName(claims)));
    if (fault !== null) return { fault };
    proven = true;
  }
  return proven ? 'ok' : 'unproven';
}

const installationKeys = createBoundedCache<SignatureKey | null>(4096);

/** @param ipk base64url of the SubjectPublicKeyInfo of a P-256 key. */
function installationKey(ipk: unknown): SignatureKey | null {
  if (typeof ipk !== 'string' || ipk.length > 512) return null;
  let key = installationKeys.get(ipk);
  if (key !== undefined) return key;
  key = null;
  try {
    const read = createPublicKey({ key: Buffer.from(ipk, 'base64url'), format: 'der', type: 'spki' });
    if (read.asymmetricKeyDetails?.namedCurve === 'prime256v1') {
      key = { algorithm: 'ES256', verify: verifierOf('ES256', read) };
    }
  } catch {
    // Not a key.
  }
  installationKeys.set(ipk, key);
  return key;
}

const accountKeys = new WeakMap<ProofRules, Map<string, SignatureKey>>();

function accountKey(mskid: unknown, issuer: ProofRules): SignatureKey | null {
  if (typeof mskid !== 'string') return null;
  let keys = accountKeys.get(issuer);
  if (keys === undefined) {
    keys = new Map(
      issuer.message_keys.map(({ kid, secret_base64 }) => {
        const hmac = createHmacSha256(Buffer.from(secret_base64, 'base64'));
        const key: SignatureKey = { algorithm: 'HS256', verify: (signed, mac) => sameMac(hmac(signed), mac) };
        return [kid ?? '', key];
      }),
    );
    accountKeys.set(issuer, keys);
  }
  return keys.get(mskid) ?? null;
}

/** The installation that a token of this issuer names; `''`: none. */
export function installationOf(claims: Claims, { device_claim: claim }: Pick<Issuer, 'device_claim'>): string {
  if (claim === 'cnf') return boundKeyName(claims);
  const named = claims[claim];
  return typeof named === 'string' ? named : '';
}

/** Name of the key that a token is bound to, for an issuer whose installations are their keys; `''`: none. */
export function boundKeyName(claims: Claims): string {
  const { cnf, ipk } = claims;
  if (isObject(cnf)) {
    if (typeof cnf.jkt === 'string') return cnf.jkt;
    if (isObject(cnf.jwk)) return thumbprintOf(cnf.jwk) ?? '';
  }
  return typeof ipk === 'string' ? hash('sha256', ipk, 'base64url') : '';
}
