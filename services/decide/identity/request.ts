import type { Issuer } from '../../../schemas/credentials.ts';
import type { ChallengeNonces } from '../challenge/nonce.ts';
import type { RawRequest } from '../facts.ts';
import type { VerificationBudget } from './budget.ts';
import type { DpopProof } from './dpop.ts';
import type { HeaderView } from './headers.ts';
import type { MessageComponents } from './message-components.ts';
import type { SignaturesRead } from './message-signature.ts';
import type { TokenVerdict, VerifiedToken } from './verdict.ts';

/**
 * What verification leaves to others, each one look-up in memory: the decision path never waits. Names are hashes or
 * ids, never tokens.
 */
export interface IdentityHooks {
  /** Was this token taken back, or what it names? Asked for each request whose token is good. */
  revoked(token: VerifiedToken, issuer: Issuer, request: IdentityRequest): boolean;
  /** True the first time that a name is used before `untilMs`, false after: tokens, proofs and signatures that count once. */
  firstUse(name: string, untilMs: number, now: number, owner: UseOwner): boolean;
  /** Knows nonces of challenges again; absent: none is handed out. */
  readonly nonces?: ChallengeNonces;
}

/** Who can make what is used up: an issuer, or the holder of a key, that is anybody. */
export interface UseOwner {
  readonly kind: 'issuer' | 'key';
  readonly name: string;
}

/** What one request has used up, by name: the text of it. */
export type Uses = Map<string, string>;

/** One request while its credentials are looked at. */
export interface IdentityRequest {
  readonly raw: RawRequest;
  readonly headers: HeaderView;
  readonly now: number;
  readonly hooks: IdentityHooks;
  readonly budget: VerificationBudget;
  /** Header with the client's TLS certificate, or null. */
  readonly certificateHeader: string | null;
  /** The route wants each attestation token once, whatever its issuer says; set before the first of them is looked at. */
  oneTime?: boolean;
  /** Read at most once, whoever asks. */
  dpop: DpopProof | TokenVerdict | null | undefined;
  signatures: SignaturesRead | undefined;
  /** Taken apart at most once, however many signatures cover it. */
  components: MessageComponents | undefined;
  /** What it has used up; those of a batch about one request share it. */
  uses: Uses | undefined;
  /** By thumbprint of a key: the nonce in the proof that the caller holds it. */
  proofNonces?: Map<string, unknown>;
}

/** `http`, `https`, or `''` when the gateway does not say. */
export function schemeOf({ scheme }: RawRequest): string {
  const lower = scheme.toLowerCase();
  return lower === 'http' || lower === 'https' ? lower : '';
}

/** A Host header may say what, before a path, would be read as a part of it. */
const NO_AUTHORITY = /[/?#@\\\s]/;

/** Host and port as RFC 9421 section 2.2.3 has them: lower case, without the scheme's own port; `''`: there is none. */
export function authorityOf(raw: RawRequest): string {
  const host = raw.host.toLowerCase();
  if (NO_AUTHORITY.test(host)) return '';
  const scheme = schemeOf(raw);
  if (scheme !== 'http' && host.endsWith(':443')) return host.slice(0, -4);
  return scheme === 'http' && host.endsWith(':80') ? host.slice(0, -3) : host;
}
