import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { liveTick } from '../../schemas/api.ts';
import { ADMIN_TOKEN, openDashboard, type TestDashboard } from '../support/dashboard.ts';

let dashboard: TestDashboard;
let origin: string;
const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };

beforeAll(async () => {
  dashboard = await openDashboard();
  await dashboard.insertEvents([{ time: Date.now(), risk_outcome: 'block' }]);
  origin = await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => dashboard.close());

/** Opens the stream; `ticks` collects the data of its ticks, `ended` says that the service closed it. */
async function listen(headers: Record<string, string>) {
  const control = new AbortController();
  const answer = await fetch(`${origin}/api/v1/live`, { headers, signal: control.signal });
  const heard = { status: answer.status, ticks: [] as unknown[], troubles: [] as unknown[], ended: false };
  const reading = (async () => {
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
        if (event === 'tick') heard.ticks.push(JSON.parse(data ?? ''));
        if (event === 'trouble') heard.troubles.push(JSON.parse(data ?? ''));
        text = text.slice(end + 2);
      }
    }
    heard.ended = true;
  })().catch(() => undefined);
  return {
    heard,
    async stop() {
      control.abort();
      await reading;
    },
  };
}

describe('the live stream', () => {
  it('ticks about once a second with numbers of the published shape', async () => {
    const stream = await listen(bearer);
    await vi.waitFor(() => expect(stream.heard.ticks.length).toBeGreaterThanOrEqual(3), { timeout: 20_000 });
    const tick = liveTick.parse(stream.heard.ticks.at(-1));
    expect(tick).toMatchObject({ requests_1m: 1, refused_1m: 1 });
    await stream.stop();
  });

  it('opens for nobody without credentials, and ends with the session that opened it', async () => {
    expect((await listen({})).heard.status).toBe(401);
    const own = { 'x-bonafide-request': '1', 'content-type': 'application/json' };
    const signedIn = await fetch(`${origin}/api/v1/session`, {
      method: 'POST',
      headers: own,
      body: JSON.stringify({ token: ADMIN_TOKEN }),
    });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const stream = await listen({ cookie });
    await vi.waitFor(() => expect(stream.heard.ticks.length).toBeGreaterThan(0), { timeout: 20_000 });
    await fetch(`${origin}/api/v1/session`, { method: 'DELETE', headers: { cookie, 'x-bonafide-request': '1' } });
    await vi.waitFor(() => expect(stream.heard.ended).toBe(true), { timeout: 20_000 });
  });

  it('is bounded: the 51st page is told so, and may come once another left', async () => {
    const streams = await Promise.all(Array.from({ length: 50 }, () => listen(bearer)));
    expect(streams.every((stream) => stream.heard.status === 200)).toBe(true);
    expect((await listen(bearer)).heard.status).toBe(503);
    await streams[0]?.stop();
    await vi.waitFor(
      async () => {
        const late = await listen(bearer);
        await late.stop();
        expect(late.heard.status).toBe(200);
      },
      { timeout: 20_000 },
    );
    await Promise.all(streams.map((stream) => stream.stop()));
  });

  it('tells a database that is away in a sentence, and ticks again once it is back', async () => {
    const stream = await vi.waitFor(async () => {
      const opened = await listen(bearer);
      expect(opened.heard.status).toBe(200); // those of the test before are leaving still
      return opened;
    });
    await dashboard.clickhouse.run('RENAME TABLE {db}.events_raw_v1 TO {db}.events_away');
    await vi.waitFor(() => expect(stream.heard.troubles.length).toBeGreaterThan(0), { timeout: 20_000 });
    expect(stream.heard.troubles[0]).toEqual({ detail: expect.stringMatching(/^The database did not answer/) });
    const page = await dashboard.app.inject({ url: '/api/v1/events', headers: bearer });
    expect(page.statusCode).toBe(503);
    expect(page.json()).toMatchObject({ code: 'unavailable', detail: expect.not.stringMatching(/events_raw|SELECT/) });
    await dashboard.clickhouse.run('RENAME TABLE {db}.events_away TO {db}.events_raw_v1');
    const before = stream.heard.ticks.length;
    await vi.waitFor(() => expect(stream.heard.ticks.length).toBeGreaterThan(before), { timeout: 20_000 });
    await stream.stop();
  });
});
