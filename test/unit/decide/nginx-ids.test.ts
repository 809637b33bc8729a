import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { validateHeaderValue } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCredentials } from '../../../services/decide/credentials-store.ts';
import { createNginxAdapter } from '../../../services/decide/gateways/nginx.ts';
import { nginxJson } from '../../../services/ingest/formats/nginx-json.ts';
import { createAccess } from '../../../shared/access.ts';
import { identityId } from '../../../shared/identity.ts';
import { GATEWAY_KEY, NOW, openDecisionApp } from '../../support/decision-app.ts';
import { hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 5);
const folder = mkdtempSync(join(tmpdir(), 'bonafide-nginx-ids-'));
const file = join(folder, 'credentials.json');
writeFileSync(
  file,
  JSON.stringify({ issuers: [{ name: 'login', proves: 'who', keys: [{ secret_base64: SECRET.toString('base64') }] }] }),
);
chmodSync(file, 0o600);
const { identity } = readCredentials(file);
const { app, decider } = openDecisionApp({ identity: () => identity });
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const access = createAccess({ gatewayKeys: [{ name: 'test', secret: GATEWAY_KEY }], adminToken: null });
const nginx = createNginxAdapter({ decider, access, trustedHops: 0 });
const ask = (claims: Record<string, unknown>, more: Record<string, string> = {}) =>
  nginx.answer({
    'x-bonafide-key': GATEWAY_KEY,
    'x-original-uri': '/v1/me',
    'x-original-method': 'GET',
    'x-real-ip': '192.0.2.1',
    authorization: `Bearer ${hs256({ exp: NOW / 1000 + 60, ...claims }, SECRET)}`,
    ...more,
  });
/** The bytes that nginx gets and writes into its log. */
const told = (value: unknown) => Buffer.from(String(value), 'latin1').toString('utf8');

describe('ids in the answer to nginx', () => {
  it('are those that were verified, whatever the question claims, in the form that ingest stores', () => {
    const { headers } = ask({ sub: 'alice', sid: 's1' }, { 'x-bonafide-user': 'mallory', 'x-bonafide-device': 'd1' });
    expect(headers).toMatchObject({
      'x-bonafide-user': 'alice',
      'x-bonafide-session': 's1',
      'x-bonafide-device': 'd1',
    });
    expect(headers['x-bonafide-client']).toBeUndefined();
  });

  it('are never a token: one that is a token comes back as its hash', () => {
    const token = hs256({ sub: 'x' }, 'y');
    const { headers } = ask({ sub: 'alice' }, { 'x-bonafide-session': token });
    expect(headers['x-bonafide-session']).toBe(identityId(token));
    expect(JSON.stringify(headers)).not.toContain(token.split('.')[2]);
  });

  it('make no header that cannot be sent, and come back from the log as the same id', () => {
    const text = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary', maxLength: 600 }),
      fc.constantFrom('jürgen', '日本', 'a\r\nX-Risk-Decision: allow', '\u0000', '\ud800', ' lead', 'p_x'),
    );
    fc.assert(
      fc.property(text, (sub) => {
        const { status, headers } = ask({ sub });
        expect(status).toBe(200);
        for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
        expect(headers['x-risk-decision']).toBe('allow');
        const id = told(headers['x-bonafide-user'] ?? '');
        expect(id).toBe(identityId(sub));
        // What nginx logs goes through ingest once more, and must stay what it is.
        const parsed = nginxJson.parse(JSON.stringify({ nginx: 1, msec: '1.0', user: id, method: 'GET', target: '/' }));
        if (!parsed.ok || id === '' || id === '-') return;
        expect(identityId(String(parsed.fields['user.id']))).toBe(id);
      }),
      { numRuns: 200 },
    );
  });
});
