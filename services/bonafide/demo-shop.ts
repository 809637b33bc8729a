import { z } from 'zod';
import { appUser, type DemoActor, type DemoCaller, type DemoRequest, scraper, stuffer } from './demo-actors.ts';

import { type FromShop, fromParent } from './demo-messages.ts';

/**
 * The made-up shop of `--demo`, a process of its own that holds a gateway key and nothing else. For each request it
 * does what a gateway does: asks the decision endpoint, obeys the answer, and sends the access-log record.
 */
const answer = z.object({
  decision: z.boolean(),
  context: z.object({
    id: z.string(),
    outcome: z.enum(['allow', 'challenge', 'block']),
    attestation: z.object({ status: z.string().nullable(), code: z.string(), issuer: z.string().nullable() }),
  }),
});

const APP_USERS = 40;
const OFFICE_USERS = 15;
const HOST = 'shop.example';
const WAVE_MS = 120_000;
const PAUSE_MS = 60_000;
const SEND_EVERY_MS = 250;
const SAY_EVERY_MS = 4_000;
/** Tokens live five minutes; apps renew theirs earlier. */
const RENEW_MS = 200_000;

const send = (message: FromShop) => process.send?.(message);
const say = (line: string) => send({ type: 'say', line });

function playShop(url: string, key: string, attackAfterMs: number): { token(device: string, token: string): void } {
  const startedAt = Date.now();
  const tokens = new Map<string, { token: string; at: number }>();
  const waiting = new Map<string, ((token: string) => void)[]>();
  const tally = new Map<
    DemoCaller['kind'],
    { requests: number; refused: number; firstAt: number; firstRefusedAt: number }
  >();
  let events: Record<string, unknown>[] = [];
  let trouble = '';
  let attacking = false;

  async function post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 200)}`);
    return JSON.parse(text);
  }

  function tokenOf(device: string): Promise<string> {
    const known = tokens.get(device);
    if (known !== undefined && Date.now() - known.at < RENEW_MS) return Promise.resolve(known.token);
    return new Promise((resolve) => {
      waiting.set(device, [...(waiting.get(device) ?? []), resolve]);
      send({ type: 'mint', device });
    });
  }

  async function play(request: DemoRequest): Promise<void> {
    const { caller } = request;
    const token = caller.device === '' ? undefined : await tokenOf(caller.device);
    const asked = answer.parse(
      await post('/access/v1/evaluation', {
        subject: caller.user === '' ? { type: 'anonymous', id: 'anonymous' } : { type: 'user', id: caller.user },
        action: { name: request.method },
        resource: { type: 'route', id: request.path },
        context: {
          ip: caller.address,
          host: HOST,
          user_agent: caller.userAgent,
          ...(caller.session === '' ? {} : { session: caller.session }),
          ...(caller.device === '' ? {} : { device: caller.device }),
          ...(request.subject === '' ? {} : { 'login.subject': request.subject }),
          ...(token === undefined ? {} : { attestation_token: token }),
        },
      }),
    );
    const { id, outcome, attestation } = asked.context;
    count(caller.kind, !asked.decision);
    events.push({
      time: Date.now(),
      'http.request.method': request.method,
      'url.path': request.path,
      'http.response.status_code': asked.decision ? request.status : outcome === 'challenge' ? 401 : 403,
      'http.response.size': asked.decision ? request.bytes : 0,
      'client.address': caller.address,
      'server.address': HOST,
      'user_agent.original': caller.userAgent,
      ...(caller.user === '' ? {} : { 'user.id': caller.user }),
      ...(caller.session === '' ? {} : { 'session.id': caller.session }),
      ...(caller.device === '' ? {} : { 'device.id': caller.device }),
      ...(request.subject === '' ? {} : { 'login.subject': request.subject }),
      ...(attestation.status === null
        ? {}
        : { 'attestation.status': attestation.status, 'attestation.code': attestation.code }),
      ...(attestation.issuer === null ? {} : { 'attestation.issuer': attestation.issuer }),
      'risk.outcome': asked.decision ? 'allow' : outcome,
      'risk.would': outcome,
      'risk.decision_id': id,
    });
  }

  function count(kind: DemoCaller['kind'], refused: boolean): void {
    const now = Date.now();
    const sum = tally.get(kind) ?? { requests: 0, refused: 0, firstAt: now, firstRefusedAt: 0 };
    sum.requests++;
    if (refused) {
      sum.refused++;
      if (sum.firstRefusedAt === 0) {
        sum.firstRefusedAt = now;
        if (kind === 'credential stuffing' || kind === 'scraper')
          say(`  → ${kind}: first request refused ${((now - sum.firstAt) / 1000).toFixed(1)} s after it began`);
      }
    }
    tally.set(kind, sum);
  }

  /** Lets an actor act until the wave is over. */
  async function live(actor: DemoActor, until: number): Promise<void> {
    while (Date.now() < until) {
      const { afterMs, request } = actor.next();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await play(request).catch(note);
    }
  }

  function note(error: unknown): void {
    trouble = error instanceof Error ? error.message : String(error);
  }

  async function waves(): Promise<void> {
    for (let wave = 0; ; wave++) {
      await new Promise((resolve) => setTimeout(resolve, wave === 0 ? attackAfterMs : PAUSE_MS));
      attacking = true;
      for (const kind of ['credential stuffing', 'scraper'] as const) tally.delete(kind);
      say('  → an attack begins: four addresses try leaked passwords, one walks through the catalogue');
      const until = Date.now() + WAVE_MS;
      const net = 10 + (wave % 200);
      await Promise.all([
        ...[1, 2, 3, 4].map((n) => live(stuffer(`203.0.${net}.${n * 17}`), until)),
        live(scraper(`198.51.${net}.66`), until),
      ]);
      attacking = false;
      say('  → the attack is over');
    }
  }

  function sayTally(): void {
    const part = (kind: DemoCaller['kind'], label: string) => {
      const { requests, refused } = tally.get(kind) ?? { requests: 0, refused: 0 };
      return `${label} ${refused} of ${requests}`;
    };
    const second = String(Math.round((Date.now() - startedAt) / 1000)).padStart(4);
    const genuine = `${part('app user', 'app users')}, ${part('office user', 'office')}`;
    const attack = `${part('credential stuffing', 'stuffing')}, ${part('scraper', 'scraper')}`;
    say(`${second} s  refused: ${genuine}${attacking || tally.has('scraper') ? `, ${attack}` : ''}`);
    if (trouble !== '') say(`  → trouble: ${trouble}`);
    trouble = '';
  }

  setInterval(() => {
    const batch = events;
    if (batch.length === 0) return;
    events = [];
    post('/v1/events', batch).catch(note);
  }, SEND_EVERY_MS);
  setInterval(sayTally, SAY_EVERY_MS);
  for (let i = 0; i < APP_USERS; i++)
    void live(appUser(i, `198.18.${i}.${10 + i}`, 'app user'), Number.POSITIVE_INFINITY);
  for (let i = 0; i < OFFICE_USERS; i++) void live(appUser(i, '192.0.2.10', 'office user'), Number.POSITIVE_INFINITY);
  void waves();

  return {
    token(device, token) {
      tokens.set(device, { token, at: Date.now() });
      for (const resolve of waiting.get(device) ?? []) resolve(token);
      waiting.delete(device);
    },
  };
}

let shop: ReturnType<typeof playShop> | undefined;
process.on('message', (raw) => {
  const message = fromParent.parse(raw);
  if (message.type === 'start') shop = playShop(message.url, message.key, message.attackAfterMs);
  else shop?.token(message.device, message.token);
});
// The parent is gone: nobody is left to play for. It is also who says when to stop, so Ctrl-C is for the parent alone.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
