import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTEGRITY_SIGNALS } from '../../../schemas/integrity.ts';
import { GATEWAY_KEY, openDecisionApp, policyOf } from '../../support/decision-app.ts';
import { type Call, identify, identityOf, SECONDS } from '../../support/identity.ts';
import { hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const WRONG = Buffer.alloc(32, 2);
const issuer = {
  name: 'app',
  keys: [{ secret_base64: SECRET.toString('base64') }],
  signals: { claim: 'threats', words: { ROOT_CLOAK: 'rooted', 'screen reader': 'emulator' } },
};
const by = identityOf({ issuers: [issuer] });
const good = { exp: SECONDS + 60 };
const report = (claims: Record<string, unknown>, secret = SECRET, call: Call = {}) =>
  identify(by, { ...call, headers: { 'approov-token': hs256({ ...good, ...claims }, secret), ...call.headers } });

describe('device signals', () => {
  it.each([
    [
      ['rooted', 'frida'],
      ['rooted', 'hooked', 'contraindicated'],
    ],
    ['jailbreak, proxy', ['rooted', 'proxy', 'warning']],
    [{ emulator: true, debugger: false, 'pinning-failure': 1 }, ['emulator', 'pinning_failure', 'contraindicated']],
    [
      ['ROOT_CLOAK', 'root', 'Rooted'],
      ['rooted', 'warning'],
    ],
    [['weather', 'constructor', '__proto__', '', 7, null], []],
    [7, []],
    [null, []],
  ])('%j are one vocabulary with a tier', (threats, signals) => {
    expect(report({ threats }).raw.signals).toEqual(signals);
  });

  it('take their tier from the token’s own attestation result too', () => {
    expect(report({ ear_status: 'contraindicated' }).raw.signals).toEqual(['contraindicated']);
    expect(report({ ear_status: 2, submods: { os: { ear_status: 32 } } }).raw.signals).toEqual(['warning']);
    expect(report({ ear_status: 'affirming' }).verdict?.what?.integrity).toEqual({ signals: [], tier: 'affirming' });
  });

  it('are believed inside a verified token alone', () => {
    expect(report({ threats: ['hooked'] }, WRONG).raw.signals).toEqual([]);
    expect(report({ threats: ['hooked'], exp: 1 }).raw.signals).toEqual([]);
    expect(report({}, SECRET, { headers: { threats: 'hooked', 'x-threats': 'hooked' } }).raw.signals).toEqual([]);
  });

  it('never make a reader fall over', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (threats) => {
        for (const signal of report({ threats }).raw.signals)
          expect([...INTEGRITY_SIGNALS, 'warning', 'contraindicated']).toContain(signal);
      }),
    );
  });
});

describe('a policy over signals and identities', () => {
  const evaluate = async (claims: Record<string, unknown>, policy = {}, headers: Record<string, string> = {}) => {
    const { app } = openDecisionApp({
      identity: () => identityOf({ issuers: [issuer, { ...issuer, name: 'login', proves: 'who' }] }),
      policy: () => policyOf({ mode: 'enforce', holdout: 0, ...policy }),
    });
    const reply = await app.inject({
      method: 'POST',
      url: '/access/v1/evaluation',
      headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
      payload: {
        subject: { type: 'anonymous', id: 'anonymous' },
        action: { name: 'GET' },
        resource: { type: 'route', id: '/v1/pay' },
        context: { ip: '192.0.2.7', headers: { 'Approov-Token': hs256({ ...good, ...claims }, SECRET), ...headers } },
      },
    });
    await app.close();
    const { context } = reply.json();
    return {
      outcome: context.outcome,
      status: context.attestation.status,
      codes: context.reasons.map(({ code }: { code: string }) => code),
    };
  };

  it('says what a device’s report means, by route; without a word of it the report is told and nothing more', async () => {
    const threats = ['rooted', 'hooked'];
    expect(await evaluate({ threats })).toEqual({
      outcome: 'allow',
      status: 'genuine',
      codes: ['attestation.rooted', 'attestation.hooked', 'attestation.contraindicated'],
    });
    const on_signals = { rooted: 'challenge', hooked: 'block' };
    expect(await evaluate({ threats }, { on_signals })).toMatchObject({
      outcome: 'block',
      codes: expect.arrayContaining(['attestation.hooked']),
    });
    expect(await evaluate({ threats: ['rooted'] }, { on_signals })).toMatchObject({ outcome: 'challenge' });
    const routes = [{ match: { path: '/v1/pay' }, on_signals: { rooted: 'block' } }];
    expect(await evaluate({ threats: ['rooted'] }, { on_signals, routes })).toMatchObject({ outcome: 'block' });
    expect(await evaluate({ threats }, { on_signals, attestation: 'off' })).toMatchObject({ outcome: 'allow' });
  });

  it('says what a forged user token means', async () => {
    const headers = { Authorization: `Bearer ${hs256({ ...good, sub: 'alice' }, WRONG)}` };
    expect(await evaluate({}, {}, headers)).toMatchObject({ outcome: 'allow', codes: ['identity.signature_invalid'] });
    expect(await evaluate({}, { on_failed_identity: 'block' }, headers)).toMatchObject({ outcome: 'block' });
    // Tokens of another kind are nobody's forgery.
    expect(await evaluate({}, { on_failed_identity: 'block' }, { Authorization: 'Basic YTpi' })).toMatchObject({
      outcome: 'allow',
    });
  });
});
