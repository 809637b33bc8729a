import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../services/bonafide/backtest.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder('pseudonyms');
afterAll(() => folder.remove());

/**
 * Users who shop, one who tries passwords of others, one who walks through ids.
 * @param nameOf how a user is called, and so is a part of the path of its cart.
 */
function traffic(nameOf: (n: number) => string): string {
  const start = Date.UTC(2026, 10, 24, 12);
  const lines: string[] = [];
  const add = (second: number, event: Record<string, unknown>) =>
    lines.push(
      JSON.stringify({
        time: start + second * 1000,
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        ...event,
      }),
    );
  for (let i = 0; i < 300; i++) {
    const n = i % 12;
    add(i * 2, {
      'client.address': `192.0.2.${n}`,
      'user.id': nameOf(n),
      'session.id': `s-${n}`,
      'device.id': `d-${n}`,
      'url.path': `/users/${nameOf(n)}/cart`,
    });
    add(i * 2, {
      'client.address': '203.0.113.66',
      'http.request.method': 'POST',
      'url.path': '/v1/auth/sign-in',
      'http.response.status_code': 401,
      'login.subject': nameOf(i),
      // What a client calls its device may be a word of the path.
      'device.id': 'auth',
    });
    add(i * 2 + 1, {
      'client.address': '198.51.100.9',
      'user.id': 'mallory',
      'device.id': 'd-m',
      'url.path': `/v1/orders/${1000 + i}`,
    });
  }
  return `${lines.join('\n')}\n`;
}

async function backtest(name: string, env: Record<string, string>) {
  const out = join(folder.path, `${name}.ndjson`);
  const stream = () => new PassThrough().resume();
  const io = { env, stdin: stream(), stdout: stream(), stderr: stream(), signal: new AbortController().signal };
  expect(await run([join(folder.path, 'traffic.ndjson'), '--out', out], io)).toBe(0);
  return readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const WORDS = ['alice', 'robert', 'charlotte', 'dominic', 'eleanor', 'frederick', 'georgia', 'hannah', 'isabella'];

describe('pseudonyms', () => {
  it.each([
    ['addresses', (n: number) => `user-${n}@example.com`],
    ['words', (n: number) => `${WORDS[n % 9]}${['', '-smith', '-jones'][Math.floor(n / 9) % 3]}`],
  ])('of names that are %s change no decision, and leave no identity in what a backtest says', async (_, nameOf) => {
    writeFileSync(join(folder.path, 'traffic.ndjson'), traffic(nameOf));
    const plain = await backtest('plain', {});
    const hidden = await backtest('hidden', { BONAFIDE_PSEUDONYM_KEY: 'a-key-for-pseudonyms' });
    const decisions = (rows: { outcome: string; risk: number; reasons: string[] }[]) =>
      rows.map(({ outcome, risk, reasons }) => [outcome, risk.toFixed(6), reasons]);
    expect(decisions(hidden)).toEqual(decisions(plain));
    expect(new Set(plain.map(({ outcome }) => outcome)).size).toBeGreaterThan(1);
    // Who is named at all is named by a pseudonym, or is an address.
    expect(JSON.stringify(hidden)).not.toMatch(/mallory|@example\.com|d-m|alice|hannah/);
  });
});
