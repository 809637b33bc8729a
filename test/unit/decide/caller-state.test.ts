import { describe, expect, it } from 'vitest';
import { liftRequest, revokeRequest } from '../../../schemas/revocation.ts';
import { createReplayMemory } from '../../../services/decide/caller-state/replay.ts';
import { createRevocationMemory } from '../../../services/decide/caller-state/revocations.ts';
import { decide } from '../../../services/decide/decide.ts';
import { createLimits } from '../../../services/decide/limits.ts';
import { GENUINE_CURVE, NOW, policyOf, snapshotOf } from '../../support/decision-app.ts';
import { identify, identityOf } from '../../support/identity.ts';
import { hs256 } from '../../support/tokens.ts';

const MINUTE = 60_000;
const APP = { kind: 'issuer', name: 'app' } as const;

describe('single-use tokens in memory', () => {
  it('count once, and are unreadable with a signature written in another way', () => {
    const secret = Buffer.alloc(32, 1);
    const issuer = { keys: [{ secret_base64: secret.toString('base64') }], one_time: true };
    const issuers = [
      { name: 'app', header: 'App-Token', ...issuer },
      { name: 'other', header: 'Other-Token', ...issuer },
    ];
    const hooks = { firstUse: createReplayMemory().firstUse, revoked: () => false };
    const identity = identityOf({ issuers }, {}, { hooks });
    const send = (text: string, header = 'App-Token') =>
      identify(identity, { headers: { [header]: text } }).raw.attestation.code;
    const token = hs256({ exp: NOW / 1000 + 60 }, secret);
    // 43 letters hold 258 bits: the last two bits of the last letter are nobody's, and decoders ignore them.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = letters.indexOf(token.at(-1) ?? '');
    const twin = `${token.slice(0, -1)}${letters[(last & ~3) | ((last + 1) & 3)]}`;
    const signature = (text: string) => Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url');
    expect([twin === token, signature(twin).equals(signature(token))]).toEqual([false, true]);
    expect([send(token), send(token), send(twin)]).toEqual(['unbound', 'replayed', 'malformed']);
    expect(send(token, 'Other-Token')).toBe('unbound');
  });

  it('are told to other processes once, and learnt from them', () => {
    const [here, there] = [createReplayMemory(), createReplayMemory()];
    here.firstUse('h.p.s', NOW + MINUTE, NOW, APP);
    const told = here.takeUntold();
    expect([told.length, here.takeUntold().length]).toEqual([1, 0]);
    // The table holds whole seconds.
    for (const { use, untilMs } of told) there.learn(use, Math.ceil(untilMs / 1000) * 1000);
    expect(there.firstUse('h.p.s', NOW + MINUTE, NOW, APP)).toBe(false);
    expect(there.takeUntold()).toEqual([]);
    here.putBack(told);
    expect(here.takeUntold()).toEqual(told);
  });

  it('never take more memory than their bound, forget what expires first, and say so', () => {
    const replay = createReplayMemory(200);
    for (let i = 0; i < 250; i++) replay.firstUse(`h.${i}.s`, NOW + (1 + (i % 5)) * MINUTE, NOW, APP);
    expect(replay.size()).toBeLessThanOrEqual(100);
    expect(replay.size() + replay.forgotten()).toBe(250);
    expect(replay.firstUse('h.249.s', NOW + 5 * MINUTE, NOW, APP)).toBe(false);
    replay.sweep(NOW + 10 * MINUTE);
    expect(replay.size()).toBe(0);
  });

  it('of one key are not pushed out by another key, nor those of issuers, here and where they are learnt', () => {
    const [here, there] = [createReplayMemory(2000), createReplayMemory(2000)];
    const key = (name: string) => ({ kind: 'key', name }) as const;
    const phones = Array.from({ length: 200 }, (_, i) => key(`phone-${i}`));
    const used = (replay: typeof here) =>
      [...phones, APP].filter((owner) => !replay.firstUse(`by ${owner.name}`, NOW + MINUTE, NOW, owner)).length;
    for (const owner of [...phones, APP]) here.firstUse(`by ${owner.name}`, NOW + MINUTE, NOW, owner);
    for (let i = 0; i < 20_000; i++) here.firstUse(`flood ${i}`, NOW + 2 * MINUTE, NOW, key('farmer'));
    for (const { use, untilMs } of here.takeUntold()) there.learn(use, untilMs);
    expect(here.forgotten()).toBeGreaterThan(15_000);
    expect(there.size()).toBeLessThanOrEqual(1001);
    // A few phones may share the flood's share, which is drawn by lot.
    expect(used(here)).toBeGreaterThan(195);
    expect(used(there)).toBeGreaterThan(195);
  });

  it('with an expiry beyond what the table can hold are still single-use', () => {
    const replay = createReplayMemory();
    for (const until of [Number.MAX_SAFE_INTEGER, 1e300]) replay.firstUse('h.p.s', until, NOW, APP);
    expect(replay.size()).toBe(1);
    for (const { untilMs } of replay.takeUntold()) expect(untilMs / 1000).toBeLessThan(2 ** 32);
  });
});

const alice = [{ kind: 'user' as const, id: 'alice' }];
const ask = { scope: 'shop', entities: alice, tokenId: '', issuedAtS: null };
const revoked = {
  scope: '',
  kind: 'user' as const,
  id: 'alice',
  untilMs: NOW + MINUTE,
  issuedBeforeMs: 0,
};

const plain = {
  id: 'r1',
  method: 'GET',
  path: '/v1/orders',
  host: '',
  scope: 'default',
  address: '',
  entities: alice,
  attestation: { status: 'failed' as const, code: 'unknown_key' as const, issuer: 'app' },
  platform: 'android',
  canAttest: true,
  userAgent: '',
  route: '',
  cohort: '',
};

describe('a caller who is relaxed in an outage', () => {
  const part = (feature: string, db: number) => ({ feature, value: 9, usual: 1, part: db });
  const answer = (reasons: ReturnType<typeof part>[], score: number, held: 0 | 1 | 2, relaxed: boolean) =>
    decide(
      { ...plain, relaxed },
      snapshotOf([{ kind: 'user', id: 'alice', score, held, reasons }], { curve: GENUINE_CURVE }),
      policyOf({ mode: 'enforce', holdout: 0, attestation: 'require' }),
      NOW,
      createLimits(),
    ).context;

  it('is not refused for the token, nor for the failing tokens of the minutes before', () => {
    const failing = [part('attestation_failed:10m', 55), part('requests:1m', 4)];
    expect(answer(failing, 59, 2, false).outcome).toBe('block');
    const relaxed = answer(failing, 59, 2, true);
    expect([relaxed.outcome, relaxed.risk]).toEqual(['allow', 4]);
    expect(relaxed.attestation.status).toBe('failed');
    expect(relaxed.reasons.map(({ code }) => code)).toContain('attestation.unknown_key');
    expect(relaxed.reasons.find(({ code }) => code === 'attestation.unknown_key')?.evidence).toMatch(/outage/);
  });

  it('is refused for what it does all the same', () => {
    const stuffing = [part('signin_failures:10m', 48), part('attestation_failed:10m', 30)];
    expect(answer(stuffing, 78, 0, true).outcome).toBe('block');
    expect(answer(stuffing, 10, 2, true).outcome).toBe('block');
  });
});

describe('revocations in memory', () => {
  it('hold for the user, the session and the token that they name, until they end', () => {
    const memory = createRevocationMemory();
    memory.put(revoked, NOW);
    memory.put({ ...revoked, kind: 'session', id: 's1' }, NOW);
    memory.put({ ...revoked, kind: 'token', id: 't1' }, NOW);
    expect(memory.find(ask, NOW)?.id).toBe('alice');
    expect(memory.find({ ...ask, entities: [{ kind: 'session', id: 's1' }] }, NOW)?.kind).toBe('session');
    expect(memory.find({ ...ask, entities: [], tokenId: 't1' }, NOW)?.kind).toBe('token');
    // A device or a client of that name is somebody else.
    expect(memory.find({ ...ask, entities: [{ kind: 'device', id: 'alice' }], tokenId: 't2' }, NOW)).toBeUndefined();
    expect(memory.find(ask, NOW + MINUTE)).toBeUndefined();
    memory.sweep(NOW + MINUTE);
    expect(memory.size()).toBe(0);
  });

  it('that ended are forgotten a part at a time, however many there are: decisions wait for it', () => {
    const memory = createRevocationMemory();
    for (let i = 0; i < 5000; i++) memory.put({ ...revoked, id: `user-${i}` }, NOW);
    for (let i = 0; i < 5000; i++) memory.put({ ...revoked, kind: 'session', id: `s-${i}` }, NOW);
    memory.put({ ...revoked, untilMs: NOW + 2 * MINUTE }, NOW);
    const sizes = Array.from({ length: 6 }, () => {
      memory.sweep(NOW + MINUTE);
      return memory.size();
    });
    expect(sizes).toEqual([8001, 6001, 4002, 2002, 2, 1]);
    memory.put({ ...revoked, id: 'late' }, NOW);
    for (let i = 0; i < 2; i++) memory.sweep(NOW + MINUTE);
    expect([memory.size(), memory.find(ask, NOW + MINUTE)?.id]).toEqual([1, 'alice']);
  });

  it('of one scope hold in no other (law 8), and one of every scope stays when that one is lifted', () => {
    const memory = createRevocationMemory();
    memory.put({ ...revoked, scope: 'bank' }, NOW);
    expect(memory.find(ask, NOW)).toBeUndefined();
    memory.put(revoked, NOW);
    memory.put({ ...revoked, scope: 'bank', untilMs: NOW }, NOW);
    expect([memory.size(), memory.find(ask, NOW)?.scope]).toEqual([1, '']);
    memory.put(revoked, NOW);
    expect(memory.size()).toBe(1);
  });

  it('let a user in who signed in anew, and nobody whose token does not say when it was issued', () => {
    const memory = createRevocationMemory();
    memory.put({ ...revoked, issuedBeforeMs: NOW }, NOW);
    expect(memory.find({ ...ask, issuedAtS: NOW / 1000 - 1 }, NOW)).toBeDefined();
    expect(memory.find({ ...ask, issuedAtS: NOW / 1000 }, NOW)).toBeUndefined();
    expect(memory.find(ask, NOW)).toBeDefined();
  });

  it('decide by the policy, and an override still comes first', () => {
    const request = {
      id: 'r1',
      method: 'GET',
      path: '/v1/orders',
      host: '',
      scope: 'default',
      address: '',
      entities: alice,
      attestation: { status: null, code: 'not_observed' as const, issuer: null },
      platform: '',
      canAttest: null,
      userAgent: '',
      route: '',
      cohort: '',
      revoked,
    };
    const answer = (policy: Parameters<typeof policyOf>[0]) =>
      decide(request, snapshotOf([]), policyOf({ mode: 'enforce', ...policy }), NOW, createLimits());
    const blocked = answer({});
    expect([blocked.decision, blocked.context.outcome, blocked.context.ttl_ms]).toEqual([false, 'block', 0]);
    expect(blocked.context.reasons).toMatchObject([{ code: 'identity.revoked', entity: 'user:alice', risk: 0 }]);
    expect(answer({ on_revoked: 'challenge' }).context.outcome).toBe('challenge');
    expect(answer({ routes: [{ match: { path: '/v1/*' }, on_revoked: 'allow' }] }).context.outcome).toBe('allow');
    const entity = { kind: 'user' as const, id: 'alice' };
    const overrides = [{ entity, outcome: 'allow' as const, until: '2030-01-01T00:00:00Z', reason: 'test' }];
    expect(answer({ overrides }).context.outcome).toBe('allow');
  });

  it('take no kind, time or member that nobody knows', () => {
    const body = (entry: object) => ({ revocations: [entry], reason: 'lost phone' });
    expect(revokeRequest.safeParse(body({ kind: 'user', id: 'alice' })).success).toBe(true);
    for (const entry of [
      { kind: 'ip', id: '1' },
      { kind: 'user', id: '' },
      { kind: 'user', id: 'a', untill: 'x' },
    ]) {
      expect(revokeRequest.safeParse(body(entry)).success).toBe(false);
    }
    expect(liftRequest.safeParse(body({ kind: 'user', id: 'alice', until: '2030-01-01T00:00:00Z' })).success).toBe(
      false,
    );
  });
});
