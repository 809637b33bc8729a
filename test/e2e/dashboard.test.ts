import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EntitiesAnswer, OverviewAnswer } from '../../schemas/api.ts';
import { breaches, buildPages, jumps, openBrowser, type Watched, watchedPage } from '../support/browser.ts';
import { ADMIN_TOKEN, openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { fillShop, HOSTILE, publish } from '../support/dashboard-rows.ts';
import { openWire } from '../support/wire.ts';

/** What it says, with plain spaces before units. */
const spaced = async (of: Locator) => (await of.textContent())?.replaceAll('\u00a0', ' ');

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** Where pictures go: given by whoever wants to look at them, else a folder that nobody keeps. */
const SHOTS = process.env.BONAFIDE_SHOTS ?? mkdtempSync(join(tmpdir(), 'bonafide-shots-'));

let dashboard: TestDashboard;
let browser: Browser;
let origin: string;
let context: BrowserContext;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  await buildPages();
  dashboard = await openDashboard({
    policy: {
      mode: 'enforce',
      routes: [{ match: { method: 'POST', path: '/v1/login' }, attestation: 'require', budgets: { challenge: 0.01 } }],
      clients: [
        { match: { user_agent: 'shop/*' }, platform: 'android', issuer: 'app' },
        { match: { api_client: 'partner-*' }, can_attest: false, attestation: 'off', on_failed_identity: 'challenge' },
      ],
      limits: [{ name: 'search', match: { path: '/v1/search' }, by: 'ip', rate: '60/m', burst: 20 }],
      overrides: [
        {
          entity: { kind: 'net', id: '203.0.113.0/28' },
          outcome: 'allow',
          until: '2030-01-01T00:00:00Z',
          reason: `partner load test ${HOSTILE.script}`,
        },
      ],
    },
  });
  await fillShop(dashboard, Date.now());
  origin = await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await dashboard?.close();
});

async function signIn(viewport: { width: number; height: number }, colorScheme: 'light' | 'dark' = 'light') {
  context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  watched = await watchedPage(context, origin);
  page = watched.page;
  await page.goto(dashboard.signIn.link(origin));
  await page.waitForURL(`${origin}/`);
}
const shoot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
const sidewaysScroll = () =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Each page with what must be on it, from what the API answers. */
const PAGES: { name: string; path: string; ready: string }[] = [
  { name: 'now', path: '/', ready: '.risk-row' },
  { name: 'entities', path: '/entity', ready: '.risk-row' },
  { name: 'entity', path: '/entity?kind=ip&id=203.0.113.9', ready: 'tbody tr' },
  { name: 'hostile', path: '/entity?kind=ip&id=192.0.2.77', ready: 'tbody tr' },
  { name: 'attestation', path: '/attestation', ready: 'tbody tr' },
  { name: 'ingest', path: '/ingest', ready: 'tbody tr' },
  { name: 'policy', path: '/policy', ready: 'tbody tr' },
];

interface Focused {
  at: number;
  counts: boolean;
  outlined: boolean;
}
/** Runs in the page: what has the focus, and whether one sees it. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const outlined = (e) => e !== null && getComputedStyle(e).outlineStyle !== 'none';
  return {
    at: [...document.querySelectorAll('*')].indexOf(element),
    counts: element.matches('a[href], button, select, input[type=text]'),
    outlined: outlined(element) || outlined(element.closest('label')),
  };
})()`;

async function visit(path: string, ready: string) {
  await page.goto(origin + path);
  await page.locator(ready).first().waitFor();
  await page.locator('.live-live').waitFor();
}

describe('signing in', () => {
  beforeEach(async () => {
    context = await browser.newContext({ viewport: DESK });
    watched = await watchedPage(context, origin);
    page = watched.page;
  });
  afterEach(() => context.close());

  it('shows strangers nothing but the sign-in page, whatever page they ask for', async () => {
    for (const path of ['/', '/entity', '/ingest', '/policy']) {
      await page.goto(origin + path);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    }
    await shoot('sign-in');
    expect((await page.request.get(`${origin}/api/v1/overview`)).status()).toBe(401);
    expect(watched.faults).toEqual([]);
  });
  it('opens the link once, and a preview of it burns nothing', async () => {
    const link = dashboard.signIn.link(origin);
    await page.request.get(link);
    await page.goto(link);
    await page.waitForURL(`${origin}/`);
    await page.getByRole('navigation').waitFor();
    const other = await browser.newContext();
    const late = await other.newPage();
    await late.goto(link);
    await late.getByText('was used already').waitFor();
    await other.close();
  });
  it('takes the admin token, says when it is wrong, and signs out', async () => {
    await page.goto(`${origin}/ingest`);
    await page.getByLabel('Admin token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the admin token.').waitFor();
    await page.getByLabel('Admin token').fill(ADMIN_TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect((await page.request.get(`${origin}/api/v1/overview`)).status()).toBe(401);
  });
});

describe('a link that comes from elsewhere', () => {
  afterEach(() => context.close());
  it('shows its page to whoever is signed in, though another site led here', async () => {
    await signIn(DESK);
    await page.goto(`${origin.replace('127.0.0.1', 'localhost')}/livez`);
    await page.evaluate(`location.href = ${JSON.stringify(`${origin}/entity?kind=ip&id=203.0.113.9`)}`);
    await page.getByRole('heading', { name: '203.0.113.9' }).waitFor();
  });
});

describe('every page', () => {
  afterEach(() => context.close());

  it.each([
    { width: 'desk', viewport: DESK, scheme: 'light' },
    { width: 'phone', viewport: PHONE, scheme: 'light' },
    { width: 'desk-dark', viewport: DESK, scheme: 'dark' },
    { width: 'phone-dark', viewport: PHONE, scheme: 'dark' },
  ] as const)('stands without fault, breach, jump or sideways scroll: $width', async ({ width, viewport, scheme }) => {
    await signIn(viewport, scheme);
    for (const { name, path, ready } of PAGES) {
      await visit(path, ready);
      await shoot(`${name}-${width}`);
      expect(await sidewaysScroll(), `${name} scrolls sideways`).toBeLessThanOrEqual(0);
      expect(await breaches(page), name).toEqual([]);
      // Below 0.1 is called good; what the eye rests on must not move when numbers arrive.
      expect(await jumps(page), `${name} jumps`).toBeLessThan(0.1);
    }
    expect(watched.faults).toEqual([]);
  });

  it('shows hostile log text as text, hidden characters by their code, and runs nothing of it', async () => {
    await signIn(DESK);
    for (const { path, ready } of PAGES) {
      await visit(path, ready);
      expect(await page.evaluate("'pwned' in globalThis")).toBe(false);
      expect(await page.locator('main script, main img, main iframe, main [onerror]').count()).toBe(0);
    }
    await visit('/entity?kind=ip&id=192.0.2.77', 'tbody tr');
    await page.locator('table').getByText(HOSTILE.script.slice(0, 40)).first().waitFor();
    await page.locator('table').getByText('U+202E').first().waitFor();
    await page.locator('table').getByText('U+0000').first().waitFor();
    const text = await page.locator('main').textContent();
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
    const cut = page.locator('table button.more').first();
    const short = (await page.locator('table').textContent()) ?? '';
    await cut.click();
    expect((await page.locator('table').textContent())?.length).toBeGreaterThan(short.length);
  });

  it('can be walked by keyboard, with the focus visible', async () => {
    await signIn(DESK);
    for (const { path, ready, name } of PAGES) {
      await visit(path, ready);
      const wanted = await page
        .locator('a[href]:visible, button:visible:enabled, select:visible, input[type=text]:visible')
        .count();
      const met = new Set<number>();
      for (let i = 0; i < wanted + 20; i++) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate<Focused | null>(FOCUSED);
        if (seen === null) continue;
        expect(seen.outlined, `${name}: focus is visible`).toBe(true);
        if (seen.counts) met.add(seen.at);
      }
      expect(met.size, `${name}: reached by Tab`).toBeGreaterThanOrEqual(wanted);
    }
  });
});

describe('the built files', () => {
  it('are compressed, known again by their content, and carry the strict policy', async () => {
    const get = (url: string, headers: Record<string, string> = {}) => dashboard.app.inject({ url, headers });
    const html = await get('/', { 'accept-encoding': 'gzip, br' });
    expect(html.headers['content-encoding']).toBe('br');
    expect(html.headers['cache-control']).toBe('private, no-cache');
    const csp = String(html.headers['content-security-policy']);
    expect(csp).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/);
    expect(csp).not.toMatch(/unsafe|https?:/);
    expect(html.headers['x-content-type-options']).toBe('nosniff');
    expect(html.headers['referrer-policy']).toBe('no-referrer');
    const plain = await get('/');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>|<style|\son[a-z]+=/);
    expect((await get('/', { 'if-none-match': String(plain.headers.etag) })).statusCode).toBe(304);
    const asset = /\/assets\/[^"]+\.js/.exec(plain.body)?.[0] ?? '';
    expect((await get(asset, { 'accept-encoding': 'br;q=0, gzip' })).headers['content-encoding']).toBe('gzip');
    expect((await get(asset)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await get('/assets/../../package.json')).statusCode).toBe(404);
  });
});

describe('the numbers on the pages', () => {
  beforeEach(() => signIn(DESK));
  afterEach(() => context.close());

  it('are those of the API: riskiest entities and refusals on Now', async () => {
    await visit('/', '.risk-row');
    const { entities } = await dashboard.get<EntitiesAnswer>('/api/v1/entities?limit=12');
    const rows = page.locator('.risk-row');
    expect(await rows.count()).toBe(entities.length);
    expect(await spaced(rows.first())).toContain(`${entities[0]?.risk_db.toFixed(1)} dB`);
    expect(await rows.first().textContent()).toContain(entities[0]?.reasons[0]?.sentence);
    const overview = await dashboard.get<OverviewAnswer>('/api/v1/overview?minutes=60');
    const refused = overview.total.challenge + overview.total.block;
    expect(await page.locator('.answer h1').textContent()).toMatch(/^1\saddress is over the block line/);
    expect(await page.locator('.answer p').textContent()).toMatch(
      new RegExp(`^${refused} of [\\d,]+ requests were refused in the last hour, 0 of them genuine\\.$`),
    );
  });

  it('lead from an entity to its evidence and to every raw event, page by page', async () => {
    await visit('/', '.risk-row');
    await page.locator('.risk-row').first().getByRole('link').click();
    await page.waitForURL(/\/entity\?kind=ip&id=203\.0\.113\.9/);
    await page.locator('.reasons li').first().waitFor();
    expect(await page.locator('.reasons li').count()).toBe(4);
    await page.getByText('API2:2023').first().waitFor();
    const older = page.getByRole('button', { name: 'Older' });
    await older.waitFor();
    while (await older.isVisible()) {
      const before = await page.locator('tbody tr').count();
      await older.click();
      await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(before);
    }
    expect(await page.locator('tbody tr').count()).toBe(620);
    await page.goBack();
    await page.getByRole('heading', { name: 'Riskiest now' }).waitFor();
  });

  it('say of each reason since when, what is usual for genuine callers, and what would have been allowed', async () => {
    await visit('/entity?kind=ip&id=192.0.2.77', '.reasons li');
    const payloads = page.locator('.reasons li').first();
    await payloads.getByText(/^(Fewer than )?1 in 100 hours of genuine addresses .* would have been allowed/).waitFor();
    expect(await spaced(payloads)).toMatch(/Without a pause since .*36\.0 dB alone/);
    const meets = page.getByText(/Every request of this address meets/);
    expect(await meets.isVisible()).toBe(false);
    await page.getByText('What a request meets of it').click();
    await meets.waitFor();
  });

  it('show how attestation does, and how much of an API key is not from a genuine app', async () => {
    await visit('/attestation', 'tbody tr');
    await page.getByRole('heading', { name: '1 issuer on a platform has an outage.' }).waitFor();
    await page.getByText('At most 70 % of what was sent with one API key').waitFor();
    const key = page.getByRole('row', { name: /key-and-1/ });
    expect(await spaced(key)).toContain('25 %');
    const unnamed = page.getByRole('row', { name: /key-ios-1/ });
    expect(await spaced(unnamed)).toMatch(/70 %.*28 not observed/);
    await key.getByRole('img', { name: /not genuine over the last 24 hours, for the key key-and-1/ }).waitFor();
    const outage = page.getByRole('row', { name: /outage/ });
    expect(await outage.textContent()).toMatch(/120 of 150.*Relaxed until/);
    const weights = page.getByRole('region', { name: 'What a status weighs' });
    expect(await spaced(weights)).toMatch(/2,900.*24\.8 dB.*2\.2 dB.*16\.6 dB/);
    const paid = page.getByRole('region', { name: 'What genuine callers pay, the last 14 days' });
    expect(await spaced(paid)).toMatch(/challenge.*0\.1 %0 %.*block.*0\.01 %0 %/);
    await page.getByText('1 h', { exact: true }).click();
    await page.getByRole('region', { name: 'API keys in the last hour' }).waitFor();
  });

  it('show what the policy says of each client', async () => {
    await visit('/policy', 'tbody tr');
    const partner = page.getByRole('row', { name: /partner-\*/ });
    expect(await partner.textContent()).toMatch(/no.*off.*identity: challenge/);
  });

  it('say so when how attestation does cannot be read, and come back', async () => {
    await dashboard.clickhouse.run('RENAME TABLE {db}.attestation_health_v1 TO {db}.attestation_away');
    await page.goto(`${origin}/attestation`);
    await page.getByRole('alert').getByText('The database did not answer').first().waitFor();
    await dashboard.clickhouse.run('RENAME TABLE {db}.attestation_away TO {db}.attestation_health_v1');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('tbody tr').first().waitFor();
    await expect.poll(() => page.getByRole('alert').count(), { timeout: 20_000 }).toBe(0);
  });

  it('list dead letters, and send one again on a click', async () => {
    await visit('/ingest', 'tbody tr');
    await page.getByText('client.address is missing').waitFor();
    await page
      .getByRole('row', { name: /client.address is missing/ })
      .getByRole('button', { name: 'Send again' })
      .click();
    await page.getByText('1 record was sent again.').waitFor();
    expect(dashboard.resent).toContain('kafka:api.access-log/2/9120');
  });

  it('give way to a sentence while the database is away, and come back by themselves', async () => {
    await dashboard.clickhouse.run('RENAME TABLE {db}.events_raw_v1 TO {db}.events_away');
    await page.goto(`${origin}/`);
    await page.getByRole('alert').getByText('The database did not answer').first().waitFor();
    await shoot('away');
    await dashboard.clickhouse.run('RENAME TABLE {db}.events_away TO {db}.events_raw_v1');
    await page.getByRole('heading', { name: /over the block line/ }).waitFor();
    await page.locator('.risk-row').first().waitFor();
    await expect.poll(() => page.getByRole('alert').count(), { timeout: 20_000 }).toBe(0);
  });

  it('change without a reload, say when they are stale, and come back by themselves', async () => {
    const wire = await openWire(Number(new URL(origin).port));
    const through = `http://127.0.0.1:${wire.port}`;
    await page.goto(dashboard.signIn.link(through));
    await page.waitForURL(`${through}/`);
    await page.locator('.risk-row').first().waitFor();
    await page.locator('.live-live').waitFor();
    await page.evaluate('globalThis.neverReloaded = true');
    expect(await page.locator('h1').textContent()).not.toContain('API client');
    const second = Math.floor(Date.now() / 1000);
    await dashboard.insertRisk([
      { step: second, kind: 6, id: 'key-live', score: 60, reasons: [['requests:10s', 500, 20, 60]] },
    ]);
    await publish(dashboard, second);
    await page.getByRole('heading', { name: /1\saddress and 1\sAPI client are over the block line/ }).waitFor();
    await page.locator('.risk-row').getByText('key-live').waitFor();
    await wire.cut();
    await page.getByText(/^Stale since/).waitFor();
    await shoot('stale');
    await wire.mend();
    await page.locator('.live-live').waitFor({ timeout: 60_000 });
    expect(await page.evaluate('globalThis.neverReloaded')).toBe(true);
    await wire.close();
  });
});
