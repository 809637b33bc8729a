import { describe, expect, it } from 'vitest';
import { createBudget } from '../../../services/decide/identity/budget.ts';
import type { KeySet } from '../../../services/decide/identity/key-set.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { dpop, messageSignature, signer } from '../../support/signers.ts';

const LIMITS = {
  address: { burst: 3, perSecond: 1 },
  network: { burst: 10, perSecond: 1 },
  repeated: { burst: 5, perSecond: 2 },
  first: { burst: 20, perSecond: 4 },
  name: { burst: 2, perSecond: 0.5 },
  names: { burst: 4, perSecond: 1 },
  proven: { burst: 4, perSecond: 1 },
};
const from = (address: string, name = '') => ({ address, name: () => name });
const NOW = 1_000_000;
const A = '192.0.2.1';

describe('the budget for bad signatures', () => {
  it('is of each address, and comes back with time', () => {
    const budget = createBudget(LIMITS);
    for (let i = 0; i < 3; i++) {
      expect(budget.allows(from(A), NOW)).toBe(true);
      budget.spend(from(A), NOW);
    }
    expect(budget.allows(from(A), NOW)).toBe(false);
    expect(budget.allows(from(`::ffff:${A}`), NOW)).toBe(false);
    expect(budget.allows(from('192.0.2.2'), NOW)).toBe(true);
    expect(budget.allows(from(A), NOW - 60_000)).toBe(false);
    expect(budget.allows(from(A), NOW + 1000)).toBe(true);
  });

  it('is of all strangers together, and never of an address that sent no bad one', () => {
    const budget = createBudget(LIMITS);
    budget.earn(from('198.51.100.1'));
    for (let i = 0; i < 9; i++) for (let again = 0; again < 2; again++) budget.spend(from(`203.0.${i}.1`), NOW);
    budget.spend(from('198.51.100.1'), NOW);
    expect(budget.allows(from('203.0.1.1'), NOW)).toBe(false);
    // Good ones came from here: one bad one among them is no stranger's.
    expect(budget.allows(from('198.51.100.1'), NOW)).toBe(true);
    expect(budget.allows(from('198.51.100.2'), NOW)).toBe(true);
    // Without an address there is only the common one.
    expect(budget.allows(from(''), NOW)).toBe(false);
    expect(budget.allows(from('203.0.1.1'), NOW + 1000)).toBe(true);
  });

  it('holds newcomers apart from those that go on: their floods take nothing from one another', () => {
    const budget = createBudget(LIMITS);
    for (let i = 0; i < 25; i++) budget.spend(from(`2001:db8:${i}::1`), NOW);
    expect(budget.allows(from('203.0.113.1'), NOW)).toBe(false);
    expect(budget.allows(from('2001:db8:1::1'), NOW)).toBe(true);
    expect(budget.allows(from('2001:db8:1::1'), NOW + 60_000)).toBe(true);
  });

  it('counts an IPv6 network of /64 as one', () => {
    const budget = createBudget(LIMITS);
    for (let i = 0; i < 3; i++) budget.spend(from(`2001:db8::${i}`), NOW);
    expect(budget.allows(from('2001:db8::9'), NOW)).toBe(false);
    expect(budget.allows(from('2001:db8:0:1::9'), NOW)).toBe(true);
  });

  it('is of a network too, however many addresses it has', () => {
    const budget = createBudget(LIMITS);
    budget.earn(from('2001:db8:0:ffff::1'));
    for (let i = 0; i < 10; i++) budget.spend(from(`2001:db8:0:${i}::1`), NOW);
    expect(budget.allows(from('2001:db8:0:99::1'), NOW)).toBe(false);
    // Its customers who sent good ones before are none of it.
    expect(budget.allows(from('2001:db8:0:ffff::1'), NOW)).toBe(true);
    expect(budget.allows(from('2001:db8:1:99::1'), NOW)).toBe(true);
    expect(budget.allows(from('2001:db8:0:99::1'), NOW + 1000)).toBe(true);
  });

  it('has some for whoever was good before, wherever he is, and for those who are new beside good ones', () => {
    const budget = createBudget(LIMITS);
    budget.earn(from(A, 'phone-1'));
    for (let i = 0; i < 3; i++) budget.spend(from(A), NOW);
    // A neighbour has spent what the address has of its own; some are left of those that good addresses have in common.
    expect(budget.allows(from(A), NOW)).toBe(true);
    for (let i = 0; i < 4; i++) budget.spend(from(A), NOW);
    expect(budget.allows(from(A), NOW)).toBe(false);
    expect(budget.allows(from(A, 'phone-2'), NOW)).toBe(false);
    expect(budget.allows(from(A, 'phone-1'), NOW)).toBe(true);
    expect(budget.allows(from('', 'phone-1'), NOW)).toBe(true);
    // In that name too only so many bad ones are paid for, and so many in all such names.
    for (let i = 0; i < 2; i++) budget.spend(from(A, 'phone-1'), NOW);
    expect(budget.allows(from(A, 'phone-1'), NOW)).toBe(false);
    for (const name of ['phone-3', 'phone-4', 'phone-5']) budget.earn(from('198.51.100.1', name));
    budget.spend(from(A, 'phone-3'), NOW);
    budget.spend(from(A, 'phone-4'), NOW);
    expect(budget.allows(from(A, 'phone-5'), NOW)).toBe(false);
    expect(budget.allows(from(A, 'phone-5'), NOW + 1000)).toBe(true);
    expect(budget.allows(from(A, 'phone-1'), NOW + 2000)).toBe(true);
  });

  it('is asked for each key that is tried', () => {
    const budget = createBudget(LIMITS);
    expect(budget.allows(from(A), NOW, 3)).toBe(true);
    expect(budget.allows(from(A), NOW, 4)).toBe(false);
    budget.spend(from(A), NOW, 3);
    expect(budget.allows(from(A), NOW)).toBe(false);
  });

  it('is of all newcomers together: new addresses are no way around it', () => {
    const budget = createBudget(LIMITS);
    budget.earn(from('198.51.100.1'));
    const checked = Array.from({ length: 500 }, (_, i) => {
      const address = `2001:db8:${i.toString(16)}::1`;
      const allowed = budget.allows(from(address), NOW);
      if (allowed) budget.spend(from(address), NOW);
      return allowed;
    });
    expect(checked.filter(Boolean)).toHaveLength(20);
    expect(budget.allows(from('198.51.100.1'), NOW)).toBe(true);
    expect(budget.allows(from('203.0.113.1'), NOW + 1000)).toBe(true);
  });

  it('is earned by good signatures of requests and by proofs too, which are new each time', () => {
    const key = signer('EdDSA');
    const by = identityOf(
      { clients: [{ id: 'partner-7', signature: { scheme: 'rfc9421', jwks_file: 'x', covers: ['@method'] } }] },
      { 'partner-7': keysOf({ ...key.jwk, kid: 'p7' }) },
      { budget: createBudget(LIMITS) },
    );
    const of = (with_: typeof key) =>
      messageSignature('sig1', [['"@method"', 'GET']], `;created=${SECONDS};keyid="p7"`, with_.sign);
    const ask = (headers: Record<string, string>, address: string) => identify(by, { headers, raw: { address } }).raw;
    expect(ask(of(key), A).apiClient).toBe('partner-7');
    const thief = signer('EdDSA');
    for (let i = 10; i < 40; i++) ask(of(thief), `192.0.2.${i}`);
    expect(ask(of(key), '192.0.2.9').apiClient).toBe('');
    expect(ask(of(key), A).apiClient).toBe('partner-7');
  });

  it('keeps a flood from being verified, and lets the good tokens of others and those seen before through', () => {
    const key = signer('ES256');
    const thief = signer('ES256');
    const by = identityOf(
      { issuers: [{ name: 'app', jwks_file: 'x' }] },
      { app: keysOf(key.jwk) },
      { budget: createBudget(LIMITS) },
    );
    const ask = (token: string, address: string) =>
      identify(by, { headers: { 'approov-token': token }, raw: { address } }).raw.attestation;
    const mine = key.jwt({ exp: SECONDS + 60, did: 'a' });
    expect(ask(mine, A).status).toBe('genuine');
    const codes = Array.from({ length: 20 }, (_, i) => ask(thief.jwt({ exp: SECONDS + 60, i }), A).code);
    // Three of the address, and the four that addresses with good ones have in common.
    expect(codes.filter((code) => code === 'signature_invalid')).toHaveLength(7);
    expect(new Set(codes.slice(7))).toEqual(new Set(['not_verified']));
    // No more than a token that was not sent: neither genuine nor evidence.
    expect(ask(key.jwt({ exp: SECONDS + 60, did: 'b' }), A)).toMatchObject({ status: 'missing', code: 'not_verified' });
    expect(ask(mine, A).status).toBe('genuine');
    expect(ask(key.jwt({ exp: SECONDS + 60, did: 'c' }), '198.51.100.7').status).toBe('genuine');
  });

  it('lets those who were here before in behind an address from which somebody else floods', () => {
    const key = signer('ES256');
    const thief = signer('ES256');
    const by = identityOf(
      {
        issuers: [
          { name: 'app', jwks_file: 'x' },
          { name: 'login', proves: 'who', jwks_file: 'x' },
        ],
      },
      { app: keysOf(key.jwk), login: keysOf(key.jwk) },
    );
    const ask = (token: string, address = A) =>
      identify(by, { headers: { 'approov-token': token }, raw: { address } }).raw.attestation;
    const signIn = (token: string) =>
      identify(by, { headers: { authorization: `Bearer ${token}` }, raw: { address: A } }).raw.user;
    const exp = SECONDS + 60;
    expect(ask(key.jwt({ exp, did: 'phone-1' }), '198.51.100.7').status).toBe('genuine');
    expect(signIn(key.jwt({ exp, sub: 'alice' }))).toBe('alice');
    // Fifty bad ones once, as by an app of an old release, harm nobody beside.
    for (let i = 0; i < 50; i++) ask(thief.jwt({ exp, i }));
    expect(ask(key.jwt({ exp, did: 'phone-2' })).status).toBe('genuine');
    for (let i = 0; i < 200; i++) ask(thief.jwt({ exp, i, again: true }));
    expect(ask(key.jwt({ exp, did: 'phone-3' })).code).toBe('not_verified');
    expect(ask(key.jwt({ exp, did: 'phone-1', jti: 'renewed' })).status).toBe('genuine');
    expect(ask(key.jwt({ exp, did: 'phone-2', jti: 'renewed' })).status).toBe('genuine');
    expect(signIn(key.jwt({ exp, sub: 'alice', jti: 'renewed' }))).toBe('alice');
    // Whoever names one of them has a few checked in its name, not as many as he likes.
    const codes = Array.from({ length: 9 }, (_, i) => ask(thief.jwt({ exp, did: 'phone-1', i })).code);
    expect(codes.filter((code) => code === 'signature_invalid')).toHaveLength(5);
  });

  it('lets the holder of a key in behind such an address, whose every request has a proof of its own', () => {
    const key = signer('ES256');
    const mine = signer('ES256');
    const thief = signer('ES256');
    const by = identityOf({ issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }] }, { login: keysOf(key.jwk) });
    const token = key.jwt({ exp: SECONDS + 60, sub: 'alice', cnf: { jkt: mine.thumbprint } });
    const ask = (bearer: string, proof?: string) =>
      identify(by, {
        headers: { authorization: `DPoP ${bearer}`, ...(proof === undefined ? {} : { dpop: proof }) },
        raw: { address: A },
      }).raw.user;
    const proof = () =>
      dpop(mine, { htm: 'GET', htu: 'https://api.example.com/v1/orders', iat: SECONDS, accessToken: token });
    expect(ask(token, proof())).toBe('alice');
    for (let i = 0; i < 300; i++) ask(thief.jwt({ exp: SECONDS + 60, sub: 'bob', i }));
    for (let i = 0; i < 20; i++) expect(ask(token, proof())).toBe('alice');
  });

  it('pays for each key that a token without a kid is tried with, and tries the likely one first', () => {
    const keys = Array.from({ length: 20 }, () => signer('ES256'));
    const set = keysOf(...keys.map(({ jwk }, i) => ({ ...jwk, kid: `k${i}` })));
    let checks = 0;
    const counted: KeySet = {
      ...set,
      keys: () => all,
      has: (key) => all.includes(key),
    };
    const all = set.keys().map((key) => ({
      ...key,
      verify(signed: string, signature: string) {
        checks++;
        return key.verify(signed, signature);
      },
    }));
    const by = identityOf({ issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }] }, { login: counted });
    const ask = (token: string, address: string) =>
      identify(by, { headers: { authorization: `Bearer ${token}` }, raw: { address } }).raw;
    const last = keys[19] ?? signer('ES256');
    expect(ask(last.jwt({ exp: SECONDS + 60, sub: 'alice' }), '198.51.100.1').user).toBe('alice');
    expect(checks).toBe(20);
    expect(ask(last.jwt({ exp: SECONDS + 60, sub: 'bob' }), '198.51.100.1').user).toBe('bob');
    expect(checks).toBe(21);
    const thief = signer('ES256');
    for (let i = 0; i < 100; i++) ask(thief.jwt({ exp: SECONDS + 60, i }), A);
    // One address has fifty at once.
    expect(checks).toBeLessThanOrEqual(21 + 50);
  });
});
