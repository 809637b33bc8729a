import { describe, expect, it } from 'vitest';
import { createBudget } from '../../../services/decide/identity/budget.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { messageSignature, signer } from '../../support/signers.ts';

const LIMITS = {
  address: { burst: 3, perSecond: 1 },
  network: { burst: 10, perSecond: 1 },
  repeated: { burst: 5, perSecond: 2 },
  first: { burst: 20, perSecond: 4 },
};
const NOW = 1_000_000;
const A = '192.0.2.1';

describe('the budget for bad signatures', () => {
  it('is of each address, and comes back with time', () => {
    const budget = createBudget(LIMITS);
    for (let i = 0; i < 3; i++) {
      expect(budget.allows(A, NOW)).toBe(true);
      budget.spend(A, NOW);
    }
    expect(budget.allows(A, NOW)).toBe(false);
    expect(budget.allows(`::ffff:${A}`, NOW)).toBe(false);
    expect(budget.allows('192.0.2.2', NOW)).toBe(true);
    expect(budget.allows(A, NOW - 60_000)).toBe(false);
    expect(budget.allows(A, NOW + 1000)).toBe(true);
  });

  it('is of all strangers together, and never of an address that sent no bad one', () => {
    const budget = createBudget(LIMITS);
    budget.earn('198.51.100.1');
    for (let i = 0; i < 9; i++) for (let again = 0; again < 2; again++) budget.spend(`203.0.${i}.1`, NOW);
    budget.spend('198.51.100.1', NOW);
    expect(budget.allows('203.0.1.1', NOW)).toBe(false);
    // Good ones came from here: one bad one among them is no stranger's.
    expect(budget.allows('198.51.100.1', NOW)).toBe(true);
    expect(budget.allows('198.51.100.2', NOW)).toBe(true);
    // Without an address there is only the common one.
    expect(budget.allows('', NOW)).toBe(false);
    expect(budget.allows('203.0.1.1', NOW + 1000)).toBe(true);
  });

  it('holds newcomers apart from those that go on: their floods take nothing from one another', () => {
    const budget = createBudget(LIMITS);
    for (let i = 0; i < 25; i++) budget.spend(`2001:db8:${i}::1`, NOW);
    expect(budget.allows('203.0.113.1', NOW)).toBe(false);
    expect(budget.allows('2001:db8:1::1', NOW)).toBe(true);
    expect(budget.allows('2001:db8:1::1', NOW + 60_000)).toBe(true);
  });

  it('counts an IPv6 network of /64 as one', () => {
    const budget = createBudget(LIMITS);
    for (let i = 0; i < 3; i++) budget.spend(`2001:db8::${i}`, NOW);
    expect(budget.allows('2001:db8::9', NOW)).toBe(false);
    expect(budget.allows('2001:db8:0:1::9', NOW)).toBe(true);
  });

  it('is of a network too, however many addresses it has', () => {
    const budget = createBudget(LIMITS);
    budget.earn('2001:db8:0:ffff::1');
    for (let i = 0; i < 10; i++) budget.spend(`2001:db8:0:${i}::1`, NOW);
    expect(budget.allows('2001:db8:0:99::1', NOW)).toBe(false);
    // Its customers who sent good ones before are none of it.
    expect(budget.allows('2001:db8:0:ffff::1', NOW)).toBe(true);
    expect(budget.allows('2001:db8:1:99::1', NOW)).toBe(true);
    expect(budget.allows('2001:db8:0:99::1', NOW + 1000)).toBe(true);
  });

  it('is of all newcomers together: new addresses are no way around it', () => {
    const budget = createBudget(LIMITS);
    budget.earn('198.51.100.1');
    const checked = Array.from({ length: 500 }, (_, i) => {
      const address = `2001:db8:${i.toString(16)}::1`;
      const allowed = budget.allows(address, NOW);
      if (allowed) budget.spend(address, NOW);
      return allowed;
    });
    expect(checked.filter(Boolean)).toHaveLength(20);
    expect(budget.allows('198.51.100.1', NOW)).toBe(true);
    expect(budget.allows('203.0.113.1', NOW + 1000)).toBe(true);
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
    expect(codes.filter((code) => code === 'signature_invalid')).toHaveLength(3);
    expect(new Set(codes.slice(3))).toEqual(new Set(['not_verified']));
    // No more than a token that was not sent: neither genuine nor evidence.
    expect(ask(key.jwt({ exp: SECONDS + 60, did: 'b' }), A)).toMatchObject({ status: 'missing', code: 'not_verified' });
    expect(ask(mine, A).status).toBe('genuine');
    expect(ask(key.jwt({ exp: SECONDS + 60, did: 'c' }), '198.51.100.7').status).toBe('genuine');
  });
});
