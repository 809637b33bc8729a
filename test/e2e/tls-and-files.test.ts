import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('tls');
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);

/** A line of the combined format, now. */
function line(path: string): string {
  const [, day, month, year, time] = new Date().toUTCString().split(/[ ,]+/);
  return `192.0.2.9 - - [${day}/${month}/${year}:${time} +0000] "GET ${path} HTTP/1.1" 200 12 "-" "curl/8"\n`;
}

describe('serve', () => {
  it('speaks TLS where a certificate is given, and links and cookies say so', async () => {
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync(
      'openssl',
      [...args, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', at('key.pem'), '-out', at('cert.pem')],
      {
        stdio: 'ignore',
      },
    );
    const port = await freePort();
    const serve = startCommand(['serve'], {
      BONAFIDE_DATA_DIR: at('data'),
      BONAFIDE_PORT: String(port),
      BONAFIDE_TLS_CERT: at('cert.pem'),
      BONAFIDE_TLS_KEY: at('key.pem'),
    });
    try {
      await serve.waitFor('/sign-in#');
      const code = /https:\/\/127\.0\.0\.1:\d+\/sign-in#(\S+)/.exec(serve.stdout())?.[1] ?? '';
      const cookie = await new Promise<string>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'x-bonafide-request': '1' };
        const ca = readFileSync(at('cert.pem'));
        const path = '/api/v1/session';
        const question = request({ host: '127.0.0.1', port, path, method: 'POST', ca, headers }, (answer) => {
          answer.resume();
          resolve(String(answer.headers['set-cookie']));
        });
        question.on('error', reject);
        question.end(JSON.stringify({ code }));
      });
      expect(cookie).toMatch(/^__Host-.*HttpOnly.*Secure/);
    } finally {
      expect(await serve.stop()).toBe(0);
    }
  });

  it('says which settings are at fault when the certificate is none', async () => {
    writeFileSync(at('none.pem'), 'not PEM');
    const none = { BONAFIDE_TLS_CERT: at('none.pem'), BONAFIDE_TLS_KEY: at('none.pem') };
    const { code, stderr } = await runCommand(['serve'], {
      BONAFIDE_DATA_DIR: at('no-tls'),
      BONAFIDE_PORT: '0',
      ...none,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('BONAFIDE_TLS_CERT and BONAFIDE_TLS_KEY are no certificate and its key in PEM');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('reads a file that grows, each line once, over a restart', async () => {
    const port = await freePort();
    const settings = { BONAFIDE_DATA_DIR: at('follow'), BONAFIDE_PORT: String(port) };
    writeFileSync(at('access.log'), line('/one') + line('/two'));
    const count = async () => {
      const keys = z.object({ adminToken: z.string() }).parse(JSON.parse(readFileSync(at('follow/keys.json'), 'utf8')));
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/counts`, {
        headers: { authorization: `Bearer ${keys.adminToken}` },
      });
      return z.object({ events: z.number(), dead_letters: z.number() }).parse(await answer.json());
    };
    const args = ['serve', '--file', at('access.log'), '--follow'];
    for (const [path, events] of [
      ['/three', 3],
      ['/four', 4],
    ] as const) {
      const serve = startCommand(args, settings);
      try {
        await serve.waitFor('/sign-in#');
        appendFileSync(at('access.log'), line(path));
        await until(`${events} events are stored`, async () => (await count()).events === events);
        expect(await count()).toEqual({ events, dead_letters: 0 });
      } finally {
        expect(await serve.stop()).toBe(0);
      }
    }
  });
});
