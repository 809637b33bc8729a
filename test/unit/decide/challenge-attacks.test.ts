import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { challengeParts } from '../../support/challenge.ts';
import {
  advance,
  app,
  appToken,
  ask,
  base,
  beginCase,
  challenged,
  counted,
  MINUTE,
  parts,
  risks,
  SECRET,
  seconds,
  token,
  wallet,
  world,
} from '../../support/challenge-app.ts';
import { GENUINE_CURVE, policyOf, snapshotOf } from '../../support/decision-app.ts';
import { dpop, signer } from '../../support/signers.ts';
import { bindingOf, hs256 } from '../../support/tokens.ts';

beforeEach(beginCase);
afterAll(() => app.close());

describe('what an attacker shows lifts nothing, and costs an honest caller nothing:', () => {
  const refuses = async (why: string, headers: Record<string, string>, more: Parameters<typeof ask>[1] = {}) => {
    const before = counted(why);
    expect(await ask(headers, more)).toMatchObject({ outcome: 'challenge', result: 'unmet', status: 'genuine' });
    expect(counted(why)).toBe(before + 1);
  };

  it('the nonce of another caller', async () => {
    risks({ kind: 'user', id: world.who.user, score: 35 }, { kind: 'user', id: 'mallory', score: 35 });
    const nonce = await challenged({}, { user: 'mallory', ip: '198.51.100.9' });
    await refuses('other_caller', appToken({ nonce }));
    // Of the right caller in another scope.
    world.policy = policyOf({ ...base, scopes: [{ name: 'shop', hosts: ['api'] }] });
    world.view = snapshotOf([{ scope: 'shop', kind: 'user', id: world.who.user, score: 35 }], { curve: GENUINE_CURVE });
    const elsewhere = parts.nonces.issue(
      parts.nonces.nameOf('default', { kind: 'user', id: world.who.user }),
      world.clock.now(),
    );
    await refuses('other_caller', appToken({ nonce: elsewhere }));
  });

  it('a nonce that is over, to the millisecond', async () => {
    const [nonce, other] = [await challenged(), await challenged()];
    advance(300_000);
    await refuses('stale', appToken({ nonce }));
    await refuses('stale', appToken({ pay: bindingOf(other) }, { 'attestation-nonce': other }));
    const last = await challenged();
    advance(299_999);
    expect((await ask(appToken({ nonce: last }))).result).toBe('met');
  });

  it('a nonce a second time, after what it lifted is over', async () => {
    world.policy = policyOf({ ...base, challenge_grace: '1m' });
    const nonce = await challenged({});
    expect((await ask(appToken({ nonce }))).result).toBe('met');
    advance(MINUTE);
    await refuses('used', appToken({ nonce }));
    // Another installation of the same user.
    world.who.device = `${world.who.device}-second`;
    await refuses('used', appToken({ nonce }));
  });

  it('a token of before, with or without a proof of now', async () => {
    const [early, undated] = [wallet({}), wallet({}, { iat: undefined })];
    advance(5000);
    const nonce = await challenged({});
    advance(2000);
    expect(await ask(early)).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    for (const { 'oauth-client-attestation': attestation } of [early, undated]) {
      const proof = wallet({ challenge: nonce })['oauth-client-attestation-pop'];
      await refuses('token_before', {
        'oauth-client-attestation': attestation,
        'oauth-client-attestation-pop': proof,
      });
    }
    // What holds the nonce was made after it, whatever a clock says that is half a minute behind.
    const behind = (s: number) => appToken({ nonce, iat: seconds() - 2 - s });
    await refuses('token_before', behind(31));
    expect((await ask(behind(30))).result).toBe('met');
  });

  it('a nonce beside a token that is not bound to it', async () => {
    const nonce = await challenged();
    for (const headers of [
      appToken({}, { 'attestation-nonce': nonce }),
      appToken({ pay: bindingOf('Bearer x') }, { authorization: 'Bearer x', 'attestation-nonce': nonce }),
      appToken({ jti: nonce }),
    ])
      expect(await ask(headers)).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    // In the user's token, and in its proof by another key.
    const user = hs256({ exp: seconds() + 300, aud: 'api', sub: world.who.user, nonce }, SECRET);
    expect((await ask(appToken({}, { authorization: `Bearer ${user}` }))).outcome).toBe('challenge');
    const other = signer('ES256');
    const bound = hs256(
      { exp: seconds() + 300, aud: 'api', sub: world.who.user, cnf: { jkt: other.thumbprint } },
      SECRET,
    );
    const proof = dpop(other, { htm: 'GET', htu: 'https://api/v1/orders', iat: seconds(), accessToken: bound, nonce });
    expect((await ask(appToken({}, { authorization: `DPoP ${bound}`, dpop: proof }))).outcome).toBe('challenge');
  });

  it('a nonce in a token that is not genuine', async () => {
    const nonce = await challenged();
    expect(await ask(appToken({ nonce, exp: seconds() - 1 }))).toMatchObject({
      outcome: 'challenge',
      status: 'expired',
    });
    const forged = hs256({ exp: seconds() + 300, nonce, did: world.who.device }, Buffer.alloc(32, 9));
    expect(await ask({ 'approov-token': forged })).toMatchObject({ outcome: 'block', status: 'failed' });
    expect((await ask(appToken({ nonce }))).result).toBe('met');
  });

  it.each([
    ['', 'approov-token'],
    [' and the credentials name that header', 'listed-token'],
  ])('a token of another’s header, cut where a text of the caller’s own would fit%s', async (_where, header) => {
    const stolen = { [header]: token({ pay: bindingOf('Bearer abcdef') }) };
    for (const [authorization, rest] of [
      ['Bearer abc', 'def'],
      ['', 'Bearer abcdef'],
    ] as const)
      expect((await ask({ ...stolen, authorization, 'attestation-nonce': rest })).status).toBe('failed');
  });

  it('forged nonces, of which nothing is remembered', async () => {
    const nonce = await challenged();
    const before = [parts.graces.size(), parts.replay.size()];
    const flip = (at: number) => `${nonce.slice(0, at)}${nonce[at] === 'A' ? 'B' : 'A'}${nonce.slice(at + 1)}`;
    for (let at = 0; at < nonce.length; at++)
      expect((await ask(appToken({ nonce: flip(at) }))).outcome).toBe('challenge');
    for (const odd of ['', nonce.slice(1), `${nonce}A`, nonce.toLowerCase(), [nonce], { nonce }, 7, null, `${nonce}=`])
      expect(await ask(appToken({ nonce: odd }))).toMatchObject({ outcome: 'challenge', status: 'genuine' });
    const others = challengeParts('another key').nonces;
    const name = others.nameOf('default', { kind: 'device', id: world.who.device });
    for (let i = 0; i < 200; i++) await ask(appToken({ nonce: others.issue(name, world.clock.now()) }));
    expect([parts.graces.size(), parts.replay.size()]).toEqual(before);
    expect((await ask(appToken({ nonce }))).result).toBe('met');
  });
});
