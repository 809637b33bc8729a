import type { Issuer } from '../../../schemas/credentials.ts';
import type { Attestation } from '../../../schemas/decision.ts';
import type { AttestationStatus } from '../../../schemas/event.ts';
import { type BoundedCache, createBoundedCache } from '../../../shared/bounded-cache.ts';
import { type ReplayMemory, useName } from '../caller-state/replay.ts';
import { type HeaderView, NO_HEADERS } from './headers.ts';
import { judgeClaims, readSigned, type TokenKey, type Verdict } from './token.ts';

/** What is calling: the attestation of one request. `device` is the installation that a genuine token names, else `''`. */
export interface WhatResult {
  attestation: Attestation;
  device: string;
}

export interface WhatVerifier {
  /**
   * @param headers `NO_HEADERS` when the gateway passes none: then nothing is known of a token either.
   * @param given the gateway's `attestation_token`, `''` when it found none, null when it passes headers alone.
   * @param canAttest what the policy says of this client; null: nothing.
   */
  verify(headers: HeaderView, given: string | null, canAttest: boolean | null, now: number): WhatResult;
}

const CACHE_SIZE = 4096;
/** Longer tokens are verified each time. */
const REMEMBERED = 4096;
/** An SDK that has no token may send its status instead: one word, never a token. */
const STATUS_WORD = /^[A-Za-z][A-Za-z_]{1,39}$/;
const HARD_WORDS = new Set(['REJECTED', 'MITM_DETECTED']);

interface Source {
  issuer: Issuer;
  keys: readonly TokenKey[];
  /** Signature checks are dear; what they found does not change. Good and bad ones apart: a flood of forged tokens must not push out the good. */
  good: BoundedCache<Readonly<Record<string, unknown>>>;
  bad: BoundedCache<Verdict>;
  replay: ReplayMemory;
}

/** Verifies attestation tokens of every `what` issuer. */
/** @param replay tokens that were used, for issuers whose tokens count once. */
export function createWhatVerifier(
  issuers: readonly { issuer: Issuer; keys: readonly TokenKey[] }[],
  replay: ReplayMemory,
): WhatVerifier {
  const byHeader = new Map<string, Source[]>();
  for (const { issuer, keys } of issuers) {
    const source: Source = {
      issuer,
      keys,
      good: createBoundedCache(CACHE_SIZE, REMEMBERED),
      bad: createBoundedCache(CACHE_SIZE, REMEMBERED),
      replay,
    };
    byHeader.set(issuer.header, [...(byHeader.get(issuer.header) ?? []), source]);
  }
  const groups = [...byHeader];
  const all = groups.flatMap(([, sources]) => sources);

  return {
    verify(headers, given, canAttest, now) {
      if (given !== null) return given.trim() === '' ? absent(canAttest) : judge(given, all, headers, canAttest, now);
      if (headers === NO_HEADERS) return absent(null);
      let worst: WhatResult | null = null;
      for (const [header, sources] of groups) {
        const value = headers(header);
        if (value === null) continue;
        const token = header === 'authorization' ? value.replace(/^Bearer +/i, '') : value;
        const result = judge(token, sources, headers, canAttest, now);
        if (worst === null || weight(result) > weight(worst)) worst = result;
      }
      return worst ?? absent(canAttest);
    },
  };
}

/** Evidence against the caller outweighs evidence for it, which outweighs none. */
const WEIGHT: Readonly<Record<AttestationStatus, number>> = { failed: 4, genuine: 3, expired: 2, missing: 1, none: 0 };
const weight = ({ attestation: { status } }: WhatResult) => (status === null ? -1 : WEIGHT[status]);

function judge(
  token: string,
  sources: readonly Source[],
  headers: HeaderView,
  canAttest: boolean | null,
  now: number,
): WhatResult {
  const [first] = sources;
  const issuer = first !== undefined && sources.length === 1 ? first.issuer.name : null;
  const result = (status: AttestationStatus, code: Attestation['code']): WhatResult => ({
    attestation: { status, code, issuer },
    device: '',
  });
  const text = token.trim();
  // A client that has the SDK can attest, whatever the policy forgot to say; what the policy does say stands.
  if (text === '') return canAttest === false ? result('none', 'cannot_attest') : result('missing', 'no_token');
  if (STATUS_WORD.test(text)) {
    return HARD_WORDS.has(text.toUpperCase()) ? result('failed', 'rejected') : result('missing', 'status_word');
  }
  // Issuers that share a header are tried in turn: the token is one of theirs, so the best answer is the right one.
  let best: { verdict: Verdict; source: Source } | null = null;
  for (const source of sources) {
    const verdict = judgeFor(text, source, headers, now);
    if (best === null || verdictRank(verdict) > verdictRank(best.verdict)) best = { verdict, source };
  }
  if (best === null) return absent(canAttest);
  return conclude(best.verdict, best.source, text, now);
}

const verdictRank = ({ code, claims }: Verdict) =>
  code === 'ok' || code === 'unbound' ? 3 : code === 'expired' ? 2 : claims === null ? 0 : 1;

function judgeFor(token: string, source: Source, headers: HeaderView, now: number): Verdict {
  const { issuer, keys, good, bad } = source;
  const known = bad.get(token);
  if (known !== undefined) return known;
  let claims = good.get(token);
  if (claims === undefined) {
    const signed = readSigned(token, issuer, keys);
    if ('code' in signed) {
      bad.set(token, signed);
      return signed;
    }
    claims = signed.claims;
    good.set(token, claims);
  }
  return judgeClaims(claims, issuer, headers(issuer.binding.header.toLowerCase()), now);
}

function conclude({ code, claims }: Verdict, { issuer, replay }: Source, token: string, now: number): WhatResult {
  const answer = (status: AttestationStatus, why: Attestation['code'], device = ''): WhatResult => ({
    attestation: { status, code: why, issuer: issuer.name },
    device,
  });
  if (code === 'expired') return answer('expired', code);
  if (code !== 'ok' && code !== 'unbound') return answer('failed', code);
  if (code === 'unbound' && issuer.binding.required) return answer('failed', code);
  const exp = typeof claims?.exp === 'number' ? claims.exp : 0;
  if (issuer.one_time && !replay.firstUse(useName(issuer.name, token), (exp + issuer.leeway_s) * 1000, now)) {
    return answer('failed', 'replayed');
  }
  const did = claims?.did;
  return answer('genuine', code, typeof did === 'string' ? did : '');
}

function absent(canAttest: boolean | null): WhatResult {
  const attestation: Attestation =
    canAttest === null
      ? { status: null, code: 'not_observed', issuer: null }
      : canAttest
        ? { status: 'missing', code: 'no_token', issuer: null }
        : { status: 'none', code: 'cannot_attest', issuer: null };
  return { attestation, device: '' };
}
