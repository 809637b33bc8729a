import type { Attestation } from '../../../schemas/decision.ts';
import type { AttestationStatus } from '../../../schemas/event.ts';
import type { BoundNonce } from '../challenge/nonce.ts';
import { NO_HEADERS } from './headers.ts';
import { installationOf } from './key-binding.ts';
import type { IdentityRequest } from './request.ts';
import { type Integrity, integrityOf, NO_INTEGRITY, worstSignal } from './signals.ts';
import type { TokenVerifier } from './token-verifier.ts';
import type { TokenVerdict, VerifiedToken } from './verdict.ts';

/** What is calling: the attestation of one request. */
export interface WhatResult {
  readonly attestation: Attestation;
  /** The installation that a genuine token names, or one that was revoked; else `''`. */
  readonly device: string;
  /** The software that a genuine token names, else `''`. */
  readonly apiClient: string;
  readonly integrity: Integrity;
  /** The token whose signature is good, whatever else is wrong with it; null when there is none. */
  readonly token: VerifiedToken | null;
  /** A genuine token is all that its caller's software is known by: it names no installation, and is shown more than once. */
  readonly known: VerifiedToken | null;
  /** The challenge that a genuine token answers; null: none of ours. */
  readonly nonce: BoundNonce | null;
}

export interface WhatVerifier {
  /**
   * @param given the gateway's `attestation_token`, `''` when it found none, null when it passes headers alone.
   * @param canAttest what the policy says of this client; null: nothing.
   */
  verify(request: IdentityRequest, given: string | null, canAttest: boolean | null): WhatResult;
}

/** An SDK that has no token may send its status instead: one word, never a token. */
const STATUS_WORD = /^[A-Za-z][A-Za-z_]{1,39}$/;
/** Words by which the app itself says that it failed. `untrusted_network` is Approov's later word for the second. */
const HARD_WORDS = new Set(['rejected', 'mitm_detected', 'untrusted_network']);

/** Verifies attestation tokens of every `what` issuer. */
export function createWhatVerifier(verifiers: readonly TokenVerifier[]): WhatVerifier {
  const byHeader = new Map<string, TokenVerifier[]>();
  for (const verifier of verifiers) {
    const { header } = verifier.issuer;
    byHeader.set(header, [...(byHeader.get(header) ?? []), verifier]);
  }
  const groups = [...byHeader];
  const statusHeaders = [
    ...new Set(verifiers.flatMap(({ issuer }) => (issuer.status_header === null ? [] : [issuer.status_header]))),
  ];

  /** An SDK's status explains why there is no token and never excuses it: it is the client's own word. */
  function withoutToken(request: IdentityRequest, canAttest: boolean | null, issuer: string | null): WhatResult {
    for (const header of statusHeaders) {
      const word = request.headers(header)?.trim() ?? '';
      if (!STATUS_WORD.test(word)) continue;
      const name = verifiers.find((one) => one.issuer.status_header === header)?.issuer.name ?? issuer;
      if (HARD_WORDS.has(word.toLowerCase())) return result('failed', 'rejected', name);
      if (canAttest !== false) return result('missing', 'status_word', name);
    }
    return issuer === null ? absent(canAttest) : empty(canAttest, issuer);
  }

  function judge(
    text: string,
    group: readonly TokenVerifier[],
    request: IdentityRequest,
    canAttest: boolean | null,
  ): WhatResult {
    const [first] = group;
    const name = first !== undefined && group.length === 1 ? first.issuer.name : null;
    const token = text.trim();
    if (token === '') {
      const found = withoutToken(request, canAttest, name);
      return found.attestation.status === null ? empty(canAttest, name) : found;
    }
    if (STATUS_WORD.test(token)) {
      return HARD_WORDS.has(token.toLowerCase())
        ? result('failed', 'rejected', name)
        : result('missing', 'status_word', name);
    }
    // Issuers that share a header are tried in turn: the token is one of theirs, so the best answer is the right one.
    let best: TokenVerdict | null = null;
    let by = first;
    for (const verifier of group) {
      const verdict = verifier.verify(token, false, request);
      if (best === null || rank(verdict) > rank(best)) {
        best = verdict;
        by = verifier;
      }
    }
    return best === null || by === undefined ? absent(canAttest) : conclude(best, by, request);
  }

  return {
    verify(request, given, canAttest) {
      if (given !== null) {
        return given.trim() === ''
          ? withoutToken(request, canAttest, null)
          : judge(given, verifiers, request, canAttest);
      }
      if (request.headers === NO_HEADERS) return absent(null);
      let worst: WhatResult | null = null;
      for (const [header, group] of groups) {
        const value = request.headers(header);
        if (value === null) continue;
        const token = header === 'authorization' ? value.replace(/^(?:Bearer|DPoP) +/i, '') : value;
        const found = judge(token, group, request, canAttest);
        if (worst === null || weight(found) > weight(worst)) worst = found;
      }
      return worst ?? withoutToken(request, canAttest, null);
    },
  };
}

/** Evidence against the caller outweighs evidence for it, which outweighs none. */
const WEIGHT: Readonly<Record<AttestationStatus, number>> = { failed: 4, genuine: 3, expired: 2, missing: 1, none: 0 };
const weight = ({ attestation: { status } }: WhatResult) => (status === null ? -1 : WEIGHT[status]);

/** Which of several issuers' verdicts on one token is the right one. */
function rank(verdict: TokenVerdict): number {
  switch (verdict.kind) {
    case 'good':
      return 4;
    case 'late':
      return 3;
    case 'bad':
      return verdict.token === null ? 0 : 2;
    case 'unsure':
      return 1;
  }
}

function result(status: Attestation['status'], code: Attestation['code'], issuer: string | null): WhatResult {
  const attestation: Attestation = { status, code, issuer };
  return { attestation, device: '', apiClient: '', integrity: NO_INTEGRITY, token: null, known: null, nonce: null };
}

function conclude(verdict: TokenVerdict, { issuer }: TokenVerifier, { oneTime }: IdentityRequest): WhatResult {
  const { code, token } = verdict;
  switch (verdict.kind) {
    case 'good': {
      const { claims } = verdict.token;
      const client = issuer.client_claim === null ? undefined : claims[issuer.client_claim];
      const integrity = integrityOf(claims, issuer);
      const device = installationOf(claims, issuer);
      const once = issuer.one_time || oneTime === true;
      return {
        attestation: { status: 'genuine', code: worstSignal(integrity) ?? code, issuer: issuer.name },
        device,
        apiClient: typeof client === 'string' ? client : '',
        integrity,
        token: verdict.token,
        known: device === '' && !once ? verdict.token : null,
        nonce: verdict.nonce,
      };
    }
    case 'late':
      return { ...result('expired', code, issuer.name), token };
    case 'bad': {
      // Who was taken back is named: its revocation is found by the name, and what it still tries is its own.
      const device = code === 'revoked' && token !== null ? installationOf(token.claims, issuer) : '';
      return { ...result('failed', code, issuer.name), device, token };
    }
    case 'unsure':
      // Keys that were never fetched are ours to answer for. An unknown key and an unchecked signature are worth as
      // much as no token: more would be a way around a route that requires one.
      return result(code === 'keys_unavailable' ? null : 'missing', code, issuer.name);
  }
}

function absent(canAttest: boolean | null): WhatResult {
  if (canAttest === null) return result(null, 'not_observed', null);
  return canAttest ? result('missing', 'no_token', null) : result('none', 'cannot_attest', null);
}

/** A client that has the SDK can attest, whatever the policy forgot to say; what the policy does say stands. */
function empty(canAttest: boolean | null, issuer: string | null): WhatResult {
  return canAttest === false ? result('none', 'cannot_attest', issuer) : result('missing', 'no_token', issuer);
}
