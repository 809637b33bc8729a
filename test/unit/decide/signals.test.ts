import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INTEGRITY_SIGNALS, type PolicySignal } from '../../../schemas/integrity.ts';
import type { AttestationCode } from '../../../schemas/reasons.ts';
import { emptyRequest } from '../../../services/decide/decider.ts';
import { NOT_OBSERVED } from '../../../services/decide/facts.ts';
import { contextHeaders } from '../../../services/decide/identity/headers.ts';
import { signalsOfCause } from '../../../services/decide/identity/signals.ts';
import { signalReason } from '../../../services/decide/reasons.ts';
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

const row = (claims: Record<string, unknown>, tier: string): [Record<string, unknown>, string] => [claims, tier];

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
    [{ rooted: 'true', hooked: 'No', emulator: '1', debugger: '' }, ['rooted', 'emulator', 'contraindicated']],
    [
      { rooted: { detected: true }, hooked: { detected: false }, proxy: { found: 'yes' } },
      ['rooted', 'proxy', 'warning'],
    ],
    [
      [{ type: 'rooted' }, { name: 'frida', detected: true }, { threat: 'emulator', detected: 'false' }],
      ['rooted', 'hooked', 'contraindicated'],
    ],
    [{ rooted: 0.9, hooked: { detected: true, value: 'no' }, emulator: {} }, []],
    [7, []],
    [null, []],
  ])('%j are one vocabulary with a tier', (threats, signals) => {
    expect(report({ threats }).raw.signals).toEqual(signals);
  });

  it('take their tier from the token’s own attestation result too', () => {
    expect(report({ ear_status: 'contraindicated' }).raw.signals).toEqual(['contraindicated']);
    expect(report({ ear_status: 2, submods: { os: { ear_status: 32 } } }).raw.signals).toEqual(['warning']);
    expect(report({ ear_status: 'affirming' }).verdict?.what?.integrity).toMatchObject({
      signals: [],
      tier: 'affirming',
    });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ ear_status: 'affirming', ear_trustworthiness_vector: { executables: 96, hardware: 2 } }, 'contraindicated'],
    [{ ear_status: 2, ear_trustworthiness_vector: { configuration: 33 } }, 'warning'],
    [{ ear_status: 'warning', ear_trustworthiness_vector: { executables: 2 } }, 'warning'],
    [{ ear_trustworthiness_vector: { 'instance-identity': 2, hardware: 0, 'sourced-data': -1 } }, 'affirming'],
    [{ submods: { os: { ear_status: 2, ear_trustworthiness_vector: { 'runtime-opaque': 96 } } } }, 'contraindicated'],
    [{ 'ear.status': 'contraindicated' }, 'contraindicated'],
    [
      { submods: { os: { 'ear.status': 'affirming', 'ear.trustworthiness-vector': { 'file-system': 32 } } } },
      'warning',
    ],
    [{ ear_status: 'affirming', 'ear.status': 'Warning' }, 'warning'],
    ...[-1, 0, 1].map((value) => row({ ear_status: value }, 'none')),
    ...[2, 31, -2, -32].map((value) => row({ ear_status: value }, 'affirming')),
    ...[32, 95, -33, -96].map((value) => row({ ear_status: value }, 'warning')),
    ...[96, 127, -97, -128].map((value) => row({ ear_status: value }, 'contraindicated')),
  ])('%j: no tier is better than the worst claim', (claims, tier) => {
    expect(report(claims).verdict?.what?.integrity).toMatchObject({ tier, unread: { shapes: 0, words: 0 } });
  });

  it.each([
    [{ threats: ['rooted', 'weather', 'DEVICE_ROOTED'] }, { shapes: 0, words: 2 }],
    [
      { threats: { rooted: 0.9, hooked: { detected: true, value: 'no' }, emulator: {}, proxy: true } },
      { shapes: 3, words: 0 },
    ],
    [{ threats: [7, null, ['rooted'], { rooted: true }] }, { shapes: 3, words: 0 }],
    [{ threats: true }, { shapes: 1, words: 0 }],
    [
      { ear_status: 'good', ear_trustworthiness_vector: { hardware: 128, executables: 2.5 } },
      { shapes: 3, words: 0 },
    ],
    [{ ear_trustworthiness_vector: [96] }, { shapes: 1, words: 0 }],
    [{ threats: 'none' }, { shapes: 0, words: 0 }],
    [{ threats: {} }, { shapes: 0, words: 0 }],
    [{}, { shapes: 0, words: 0 }],
  ])('%j: what nobody can read is counted', (claims, unread) => {
    expect(report(claims).verdict?.what?.integrity.unread).toEqual(unread);
  });

  it('are believed inside a verified token alone', () => {
    expect(report({ threats: ['hooked'] }, WRONG).raw.signals).toEqual([]);
    expect(report({ threats: ['hooked'], exp: 1 }).raw.signals).toEqual([]);
    expect(report({}, SECRET, { headers: { threats: 'hooked', 'x-threats': 'hooked' } }).raw.signals).toEqual([]);
  });

  it.each([
    [['proxy', 'rooted', 'hooked'], 'hooked'],
    [['rooted', 'proxy'], 'rooted'],
    [[], 'unbound'],
  ])('%j: the worst is the cause beside the status', (threats, code) => {
    expect(report({ threats }).raw.attestation).toEqual({ status: 'genuine', code, issuer: 'app' });
  });

  it('without a name leave their tier as the cause, and nothing when they affirm', () => {
    expect(report({ ear_status: 32 }).raw.attestation.code).toBe('warning');
    expect(report({ threats: ['rooted'], ear_status: 96 }).raw.attestation.code).toBe('contraindicated');
    expect(report({ ear_status: 2 }).raw.attestation.code).toBe('unbound');
  });

  it('come back from a logged cause, if its token was verified', () => {
    const of = (status: 'genuine' | 'failed', code: AttestationCode) => signalsOfCause({ status, code });
    expect(of('genuine', 'hooked')).toEqual(['hooked', 'contraindicated']);
    expect(of('genuine', 'rooted')).toEqual(['rooted', 'warning']);
    expect(of('genuine', 'warning')).toEqual(['warning']);
    expect([of('genuine', 'ok'), of('failed', 'hooked')]).toEqual([[], []]);
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

describe('a report that nobody can read', () => {
  it('stands in the metrics, so that a misread SDK is no SDK that never finds anything', async () => {
    const { app, decider, metrics } = openDecisionApp({ identity: () => by });
    await app.close();
    const headers = contextHeaders({
      'approov-token': hs256({ ...good, threats: { rooted: 0.9, weather: true } }, SECRET),
    });
    decider.answer('authzen', emptyRequest('r', NOT_OBSERVED), headers, null);
    decider.flush();
    expect(metrics.text()).toContain('bonafide_device_reports_unread_total{what="shape"} 1');
    expect(metrics.text()).toContain('bonafide_device_reports_unread_total{what="word"} 1');
  });
});

describe('a policy over signals and identities', () => {
  const evaluate = async (
    claims: Record<string, unknown>,
    policy = {},
    headers: Record<string, string> = {},
    context = {},
  ) => {
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
        context: {
          ip: '192.0.2.7',
          headers: { 'Approov-Token': hs256({ ...good, ...claims }, SECRET), ...headers },
          ...context,
        },
      },
    });
    await app.close();
    const answer = reply.json().context;
    return {
      outcome: answer.outcome,
      status: answer.attestation.status,
      codes: answer.reasons.map(({ code }: { code: string }) => code),
    };
  };

  it('tells it in words, with the aspect and value of AR4SI', () => {
    const said = (signal: PolicySignal) => signalReason(signal, 'allow').reason.evidence;
    expect(said('rooted')).toBe(
      'The verified token reports that the device is rooted or jailbroken (AR4SI configuration 32)',
    );
    expect(said('debugger')).toMatch(/\(AR4SI runtime-opaque 96\)$/);
    expect(said('warning')).toBe('The verified token reports that the device’s integrity is in doubt');
  });

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

  it('hears it from a gateway that verified the token itself', async () => {
    const word = (status: string) => ({ 'attestation.status': status, 'attestation.code': 'hooked' });
    const on_signals = { contraindicated: 'challenge' };
    const ask = (context: Record<string, string>) => evaluate({}, { on_signals }, {}, { headers: {}, ...context });
    expect(await ask(word('genuine'))).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    expect(await ask(word('none'))).toMatchObject({ outcome: 'allow', codes: [] });
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
