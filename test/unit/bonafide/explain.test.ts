import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../../services/bonafide/explain.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function explain(lines: string[], ...args: string[]): Promise<{ code: number; out: string }> {
  const path = join(folder, 'access.log');
  writeFileSync(path, lines.join('\n'));
  const stdout = new PassThrough();
  const out = text(stdout);
  const stderr = new PassThrough();
  const stdin = new PassThrough();
  const code = await run([path, ...args], { env: {}, stdin, stdout, stderr, signal: new AbortController().signal });
  stdout.end();
  return { code, out: await out };
}

const HEAD = '203.0.113.9 - - [10/Oct/2000:13:55:36 -0700]';
const GOOD = `${HEAD} "GET /v1/orders/8731?token=s3cr3t&page=2 HTTP/1.1" 200 2326 "-" "curl/8.5"`;
const BAD = `${HEAD} "GET /a HTTP/1.1 200 2326`;

describe('explain', () => {
  it('says which format read a line, what each field became, and what was learned from it', async () => {
    const { code, out } = await explain([GOOD]);
    expect(code).toBe(0);
    expect(out).toContain('line 1, byte 0: combined');
    expect(out).toMatch(/url\.path +\/v1\/orders\/8731/);
    expect(out).toMatch(/time +971211336000 {2}→ {2}2000-10-10T20:55:36\.000Z/);
    expect(out).toMatch(/url\.query .*→ {2}token=&page=/);
    expect(out).toMatch(/route +GET \/v1\/orders\/\{\} \(read\)/);
    expect(out).toContain('1 lines looked at, 1 read, 0 failed');
  });

  it('points at the part of a bad line that failed', async () => {
    const { out } = await explain([GOOD, BAD]);
    const lines = out.split('\n');
    const at = lines.findIndex((line) => line.startsWith('line 2'));
    expect(lines[at]).toMatch(/malformed, part "request", read as combined\. .*closing quote/);
    expect(lines[at + 2]?.indexOf('^')).toBe(lines[at + 1]?.indexOf('"GET'));
  });

  it('names the field that a canonical event lacks', async () => {
    const { code, out } = await explain(['{"time":1}']);
    expect(code).toBe(1);
    expect(out).toContain('missing_field');
    expect(out).toContain('http.request.method');
  });

  it('says of a record that it is skipped', async () => {
    const request = { remote_ip: '203.0.113.9', method: 'GET', uri: '/' };
    const record = { ts: 1795521600.25, logger: 'http.log.error', request, duration: 0.012, status: 502 };
    const { code, out } = await explain([JSON.stringify(record)]);
    expect(code).toBe(0);
    expect(out).toContain('line 1, byte 0: skipped, read as caddy. It tells of no request of its own.');
    expect(out).toContain('1 lines looked at, 0 read, 0 failed');
  });

  it('shows only failures when asked, and no more lines than asked', async () => {
    const failures = await explain([GOOD, BAD, GOOD], '--failures');
    expect(failures.out).not.toContain('line 1,');
    expect(failures.out).toContain('line 2,');
    const some = await explain([GOOD, GOOD, GOOD], '--lines', '2');
    expect(some.out).not.toContain('line 3,');
  });

  it('shows no secret and lets no log line play with the terminal', async () => {
    const { out } = await explain([
      GOOD,
      `${HEAD} "GET /\x1b[31m?password=hunter2 HTTP/1.1" 200 1`,
      `\x1b]0;x password=hunter2`,
    ]);
    expect(out).not.toMatch(/s3cr3t|hunter2|\p{Cc}(?<!\n)/u);
  });

  it.each([
    [['--format', 'nope'], /no format "nope".*combined/s],
    [['--lines', 'few'], /--lines/],
  ])('refuses %j with a sentence', async (args, message) => {
    await expect(explain([GOOD], ...args)).rejects.toThrow(message);
  });
});
