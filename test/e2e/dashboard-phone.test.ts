import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../services/bonafide/backtest-report.ts';
import type { SummaryData } from '../../services/bonafide/backtest-summary.ts';
import { buildPages, openBrowser, watchedPage } from '../support/browser.ts';
import { ADMIN_TOKEN, openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { fillShop } from '../support/dashboard-rows.ts';

const PHONE = { width: 390, height: 844 };
const SHOTS = process.env.BONAFIDE_SHOTS ?? mkdtempSync(join(tmpdir(), 'bonafide-shots-'));

let dashboard: TestDashboard;
let browser: Browser;
let origin: string;
let page: Page;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  await buildPages();
  dashboard = await openDashboard();
  await fillShop(dashboard, Date.now());
  await dashboard.clickhouse.insert(
    'dead_letters_v1',
    ['source', 'partition', 'offset', 'received_at', 'format', 'reason', 'detail', 'sample'],
    Array.from({ length: 50 }, (_, n) => [
      ...['kafka:api.access-log', 0, 100_000 + n, Date.now() - n * 1000, 'combined', 'malformed'],
      ...[
        'The line ends before the status.',
        `192.0.2.${n} - - [29/Nov/2026:08:00:00 +0000] "GET /v1/orders?page=${n}`,
      ],
    ]),
  );
  for (let version = 1; version <= 5; version++) {
    const answer = await dashboard.app.inject({
      method: 'POST',
      url: '/api/v1/policy',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      payload: {
        policy: { holdout: version / 100 },
        by: `maria.von.und.zu.hohenlinden-${version}@operations.example.com`,
        reason: `Version ${version}: fewer challenges on sign-in while the mobile team rolls out the new attestation library`,
      },
    });
    expect(answer.statusCode).toBe(200);
  }
  origin = await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
  browser = await openBrowser();
  const context = await browser.newContext({ viewport: PHONE, reducedMotion: 'reduce' });
  ({ page } = await watchedPage(context, origin));
  await page.goto(dashboard.signIn.link(origin));
  await page.waitForURL(`${origin}/`);
});
afterAll(async () => {
  await browser?.close();
  await dashboard?.close();
});

const shoot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
/** Boxes of what a selector finds, in CSS pixels from the page's top left. */
const boxes = (selector: string) =>
  page.evaluate<{ text: string; top: number; height: number; hidden: number }[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => ({
      text: (e.textContent ?? '').slice(0, 40), top: e.getBoundingClientRect().top + scrollY,
      height: e.getBoundingClientRect().height, hidden: e.scrollWidth - e.clientWidth,
    }))`,
  );

describe('on a phone', () => {
  it('dead letters scroll in a region of their own, and what stands below them is near', async () => {
    await page.goto(`${origin}/ingest`);
    await page.locator('[aria-label="Dead letters, newest first"] tbody tr').nth(40).waitFor();
    await shoot('phone-ingest');
    const [letters] = await boxes('[aria-label="Dead letters, newest first"]');
    expect(letters?.height).toBeLessThanOrEqual(0.7 * PHONE.height + 1);
    expect(letters?.hidden, 'they are read without scrolling sideways').toBeLessThanOrEqual(0);
    const [parts] = await boxes('[aria-label="Parts"]');
    expect((parts?.top ?? Number.POSITIVE_INFINITY) - (letters?.top ?? 0)).toBeLessThan(3 * PHONE.height);
  });

  it('all pages are in sight in the navigation, on a narrow phone too', async () => {
    for (const width of [PHONE.width, 360, 320]) {
      await page.setViewportSize({ ...PHONE, width });
      const [pages] = await boxes('nav');
      expect(pages?.hidden, `${width} px`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(PHONE);
  });

  it('the history of the policy shows who and why without scrolling sideways', async () => {
    await page.goto(`${origin}/policy`);
    await page.locator('[aria-label^="Versions"] tbody tr').nth(4).waitFor();
    await shoot('phone-policy');
    const [history] = await boxes('[aria-label^="Versions"]');
    expect(history?.hidden).toBeLessThanOrEqual(0);
  });

  it('the report of a backtest can be read without scrolling sideways, but for its picture', async () => {
    const start = Date.UTC(2026, 10, 1);
    const top = ['ip:203.0.113.9', 'user:maria.von.und.zu.hohenlinden-4711@operations.example.com'].map((entity) => ({
      ...{ entity, name: entity, scope: 'default', peak: 72.4, requests: 12_034, refused: 11_980, firstRefused: start },
      evidence: '41 failed sign-ins in 10 minutes; 1 in 100 genuine callers have 2',
      codes: new Set(['behaviour.signin_failures', 'behaviour.newcomer_failures']),
    }));
    const data: SummaryData = {
      events: 100_000,
      again: 12,
      rejected: new Map([['malformed', 3]]),
      outcomes: { allow: 88_020, challenge: 1_000, block: 10_980 },
      bases: new Map([['shipped', 100_000]]),
      genuine: { requests: 0, refused: 0 },
      top,
      timeline: [0, 1, 2].map((n) => ({ startMs: start + n * 60_000, requests: 60, challenge: 1, block: 3, peak: 50 })),
      lines: { challenge: 30, block: 40 },
      falsePositives: { caller_hours: 0, challenged: 0, blocked: 0, challenged_without: 0, blocked_without: 0 },
    };
    const file = join(SHOTS, 'report.html');
    writeFileSync(file, reportHtml(data));
    await page.goto(`file://${file}`);
    await shoot('phone-report');
    const [whole] = await boxes('html');
    expect(whole?.hidden).toBeLessThanOrEqual(0);
    const [, table] = await boxes('.scroll');
    expect(table?.hidden).toBeLessThanOrEqual(0);
  });
});
