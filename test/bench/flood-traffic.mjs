// What test/bench/verify-flood.mjs sends: good callers with ES256 tokens, and forged ones.
import { createPrivateKey, randomBytes, sign } from 'node:crypto';

export const GOOD = 500;
export const BAD = 2000;
export const ADDRESSES = 200;
/** Installations; their tokens come again and again, and every tenth request has a fresh one: half of those of new installations. */
const KNOWN = 2000;

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @param jwk private; @param seconds of traffic to have fresh tokens for. */
export function createTraffic(jwk, seconds) {
  const key = { key: createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const head = part({ alg: 'ES256', typ: 'JWT' });
  const genuine = (i, jti) => {
    const content = `${head}.${part({ exp, did: `install-${i}`, jti })}`;
    return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
  };
  // Header and claims of a forged token are an issuer's; its signature is any 64 bytes.
  const forged = (i) => `${head}.${part({ exp, did: `forged-${i}` })}.${randomBytes(64).toString('base64url')}`;
  const known = Array.from({ length: KNOWN }, (_, i) => genuine(i));
  const fresh = Array.from({ length: Math.ceil((GOOD / 10) * seconds) }, (_, i) =>
    genuine(i % 2 === 0 ? i % KNOWN : KNOWN + i, `fresh-${i}`),
  );
  const repeated = Array.from({ length: 500 }, (_, i) => forged(i));
  let taken = 0;
  let made = 0;
  const addressOf = (i) => `198.51.100.${i % 250}`;
  return {
    head,
    exp,
    /** Each installation once. */
    known: known.map((token, i) => ({ token, address: addressOf(i) })),
    good: (i) => ({
      token: i % 10 === 0 && taken < fresh.length ? fresh[taken++] : known[i % KNOWN],
      address: addressOf(i),
    }),
    distinct: (i) => ({ token: forged(made++), address: `203.0.113.${i % ADDRESSES}` }),
    /** From where the good ones are, as of one network of phones whose operator has few addresses. */
    neighbours: (i) => ({ token: forged(made++), address: `198.51.100.${i % ADDRESSES}` }),
    /** The same 500 again and again: what remembering bad ones is worth, and to distinct ones is not. */
    same: (i) => ({ token: repeated[i % 500], address: `203.0.113.${i % ADDRESSES}` }),
  };
}

/** Times of arrival in milliseconds: independent callers, exponential gaps; the same for the same seed (mulberry32). */
export function arrivals(perSecond, seconds, seed) {
  const times = [];
  let state = seed >>> 0;
  let at = 0;
  for (;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    at += (-Math.log(1 - ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) / perSecond) * 1000;
    if (at >= seconds * 1000) return times;
    times.push(at);
  }
}

export function summary(latencies) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2 === 1
    ? sorted[sorted.length >> 1]
    : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};
