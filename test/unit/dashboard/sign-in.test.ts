import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSignIn, type SignIn } from '../../../services/dashboard/sign-in.ts';
import { manualClock } from '../../../shared/clock.ts';
import { Problem } from '../../../shared/problem.ts';

const TOKEN = 'an-admin-token-of-some-length';
const start = Date.parse('2026-01-01T00:00:00Z');

function build(secure = false) {
  const clock = manualClock(start);
  const signIn = createSignIn({ clock, adminToken: TOKEN, secure });
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const problem = error instanceof Problem ? error : new Problem('internal', String(error));
    reply.code(problem.status).headers(problem.headers).send(problem.body());
  });
  signIn.register(app);
  app.all('/guarded', (request) => {
    signIn.requireAdmin(request);
    return 'in';
  });
  return { app, clock, signIn };
}
let world: ReturnType<typeof build>;
beforeEach(() => {
  world = build();
});
afterEach(() => world.app.close());

const codeOf = (signIn: SignIn) => signIn.link('http://127.0.0.1:8080').split('#')[1] ?? '';
const own = { 'x-bonafide-request': '1' };
const post = (payload: object, headers: Record<string, string> = own) =>
  world.app.inject({ method: 'POST', url: '/api/v1/session', payload, headers });
const guarded = async (headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') =>
  (await world.app.inject({ method, url: '/guarded', headers })).statusCode;
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String(answer.headers['set-cookie']).split(';')[0] ?? '';

describe('a sign-in link', () => {
  it('opens one session, once, and carries its code where no log sees it', async () => {
    expect(world.signIn.link('http://127.0.0.1:8080/')).toMatch(/^http:\/\/127\.0\.0\.1:8080\/sign-in#[\w-]{43}$/);
    const code = codeOf(world.signIn);
    const first = await post({ code });
    expect(first.statusCode).toBe(204);
    expect((await post({ code })).statusCode).toBe(401);
    expect(await guarded({ cookie: cookieOf(first) })).toBe(200);
  });
  it('ends after ten minutes', async () => {
    const code = codeOf(world.signIn);
    world.clock.set(start + 600_000);
    expect((await post({ code })).statusCode).toBe(401);
  });
});

describe('a session', () => {
  it('keeps its secret from scripts, other sites and, under TLS, from plain connections', async () => {
    const plain = await post({ token: TOKEN });
    expect(plain.headers['set-cookie']).toMatch(
      /^bonafide_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    );
    await world.app.close();
    world = build(true);
    const secure = await post({ token: TOKEN });
    expect(secure.headers['set-cookie']).toMatch(/^__Host-bonafide_session=.*; Secure$/);
  });
  it('ends when idle for 8 h, and after 24 h however busy', async () => {
    const idle = cookieOf(await post({ token: TOKEN }));
    const busy = cookieOf(await post({ token: TOKEN }));
    for (let hour = 1; hour < 24; hour++) {
      world.clock.set(start + hour * 3_600_000);
      expect(await guarded({ cookie: busy })).toBe(200);
    }
    expect(await guarded({ cookie: idle })).toBe(401);
    world.clock.set(start + 24 * 3_600_000);
    expect(await guarded({ cookie: busy })).toBe(401);
  });
  it('ends with sign-out', async () => {
    const cookie = cookieOf(await post({ token: TOKEN }));
    await world.app.inject({ method: 'DELETE', url: '/api/v1/session', headers: { cookie, ...own } });
    expect(await guarded({ cookie })).toBe(401);
  });
  it('changes nothing for a page of another site', async () => {
    const cookie = cookieOf(await post({ token: TOKEN }));
    const host = 'dash.example';
    expect(await guarded({ cookie, host, origin: 'https://evil.example' }, 'POST')).toBe(403);
    expect(await guarded({ cookie, host, origin: 'null' }, 'POST')).toBe(403);
    expect(await guarded({ cookie, host }, 'POST')).toBe(403);
    expect(await guarded({ cookie, host, origin: 'http://dash.example', 'sec-fetch-site': 'same-site' }, 'POST')).toBe(
      403,
    );
    expect(
      await guarded({ cookie, host, origin: 'http://dash.example', 'sec-fetch-site': 'same-origin' }, 'POST'),
    ).toBe(200);
    expect(await guarded({ cookie, host, ...own }, 'POST')).toBe(200);
    expect((await post({ token: TOKEN }, { origin: 'https://evil.example', host })).statusCode).toBe(403);
  });
});

describe('the admin token', () => {
  it('works as bearer for reads and changes alike', async () => {
    expect(await guarded({ authorization: `Bearer ${TOKEN}` }, 'POST')).toBe(200);
    expect(await guarded({ authorization: `Bearer ${TOKEN}x` })).toBe(401);
    expect(await guarded({ authorization: 'Bearer' })).toBe(401);
    expect(await guarded({})).toBe(401);
  });
  it('is guessed at most ten times a minute, and a right one waits as well', async () => {
    for (let i = 0; i < 10; i++) expect((await post({ token: `guess ${i}` })).statusCode).toBe(401);
    const blocked = await post({ token: TOKEN });
    expect(blocked.statusCode).toBe(429);
    // A link of the terminal opens all the same: a stranger behind the same proxy must not lock operators out.
    expect((await post({ code: codeOf(world.signIn) })).statusCode).toBe(204);
    expect(blocked.headers['retry-after']).toBe('60');
    world.clock.set(start + 60_000);
    expect((await post({ token: TOKEN })).statusCode).toBe(204);
  });
  it.each([{}, { token: '' }, { token: 5 }, { code: 'a', token: 'b' }, []])('answers 400 to %j', async (payload) => {
    expect((await post(payload)).statusCode).toBe(400);
  });
});
