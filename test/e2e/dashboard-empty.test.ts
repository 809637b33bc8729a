import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPages, openBrowser, watchedPage } from '../support/browser.ts';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';

const SHOTS = process.env.BONAFIDE_SHOTS ?? mkdtempSync(join(tmpdir(), 'bonafide-shots-'));
let dashboard: TestDashboard;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  await buildPages();
  dashboard = await openDashboard();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await dashboard?.close();
});

it('a new install says on every page that nothing has arrived, and how to send a first log', async () => {
  const origin = await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const { page, faults } = await watchedPage(context, origin);
  await page.goto(dashboard.signIn.link(origin));
  await page.getByRole('heading', { name: 'Nobody is over the challenge line.' }).waitFor();
  await page.getByText('No request arrived in the last hour.').waitFor();
  await page.getByText('/v1/events').waitFor();
  await page.screenshot({ path: join(SHOTS, 'empty-now.png'), fullPage: true });
  await page.getByRole('link', { name: 'Entities', exact: true }).click();
  await page.getByText('None of these is above 0 dB.').waitFor();
  await page.getByLabel('Id, as it stands in the log').fill('192.0.2.1');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('heading', { name: /No event carried this address/ }).waitFor();
  await page.getByRole('link', { name: 'Attestation' }).click();
  await page
    .getByRole('heading', { name: 'No issuer has been watched for a day yet, so no outage could be told.' })
    .waitFor();
  await page.getByText('Keys are known by the credentials file').waitFor();
  await page.getByText('Nothing to measure yet').waitFor();
  await page.screenshot({ path: join(SHOTS, 'empty-attestation.png'), fullPage: true });
  await page.getByRole('link', { name: 'Ingest & health' }).click();
  await page.getByText('No event has arrived yet.').waitFor();
  await page.getByText('Every record could be read.').waitFor();
  await page.screenshot({ path: join(SHOTS, 'empty-ingest.png'), fullPage: true });
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByRole('heading', { name: /^Shadow mode/ }).waitFor();
  await page.screenshot({ path: join(SHOTS, 'empty-policy.png'), fullPage: true });
  // The one answer that is no success: an entity that nobody saw.
  expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
});
