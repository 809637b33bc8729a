import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { ensureChromium } from './tools.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What `npm run build` does for the pages: tests look at the sources as they stand. */
export async function buildPages(): Promise<void> {
  await build({ configFile: join(PACKAGE_ROOT, 'dashboards', 'web', 'vite.config.ts'), logLevel: 'error' });
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: ensureChromium(), args: FLAGS });
}

/** A page that remembers everything that went wrong in it. */
export interface Watched {
  page: Page;
  /** Console errors, page errors, breaches of the content security policy, requests to another origin. */
  faults: string[];
}

export async function watchedPage(context: BrowserContext, origin: string): Promise<Watched> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:')) faults.push(`left the origin: ${url}`);
  });
  // Scripts of the page are text here: this program is typed for Node, not for a browser.
  await page.addInitScript(`
    globalThis.breaches = [];
    globalThis.jumps = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) jumps += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    addEventListener('securitypolicyviolation', (event) => breaches.push(event.violatedDirective + ' ' + event.blockedURI));
  `);
  return { page, faults };
}

/** Breaches of the content security policy that this page has seen since it was loaded. */
export function breaches(page: Page): Promise<string[]> {
  return page.evaluate<string[]>('globalThis.breaches');
}

/** Cumulative layout shift since the page was loaded: how much of it jumped without being asked. */
export function jumps(page: Page): Promise<number> {
  return page.evaluate<number>('globalThis.jumps');
}
