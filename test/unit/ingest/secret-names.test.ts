import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { createSecretNames } from '../../../services/ingest/secret-names.ts';
import { manualClock } from '../../../shared/clock.ts';
import { createLogger } from '../../../shared/logger.ts';
import { temporaryFolder } from '../../support/process.ts';

const SECRET = 'c2VjcmV0LW9mLTE2LWJ5dGVzLW9yLW1vcmU=';
const folder = temporaryFolder('secret-names');
afterAll(() => folder.remove());
const file = join(folder.path, 'credentials.yaml');
const log = createLogger('silent');

let mtime = 1_700_000_000;
function write(text: string): void {
  writeFileSync(file, text);
  mtime += 10;
  utimesSync(file, mtime, mtime);
}

describe('names of headers that carry secrets', () => {
  it('come from the credentials, and follow their file; a faulty one leaves them as they were', () => {
    let now = 0;
    const names = createSecretNames(file, log, () => now);
    const later = () => {
      now += 5_000;
      return names();
    };
    expect(names()).toEqual([]);
    write(
      JSON.stringify({
        issuers: [
          {
            name: 'a',
            header: 'X-Acme-Proof',
            keys: [{ secret_base64: SECRET }],
            binding: { header: ['X-Acme-Login', 'User-Agent'] },
          },
        ],
        clients: [
          { id: 'k', header: 'X-Acme-Partner', sha256: 'a'.repeat(64) },
          { id: 'h', hmac: { scheme: 'x-signature', secret_base64: SECRET, signature_header: 'X-Acme-Seal' } },
        ],
        tls_client_cert_header: 'X-Acme-Peer',
        introspection: [
          {
            name: 'i',
            endpoint: 'https://login.example/i',
            header: 'X-Acme-Opaque',
            client_id: 'c',
            client_secret: 's',
          },
        ],
      }),
    );
    const first = later();
    expect(first).toEqual([
      'x-acme-login',
      'x-acme-opaque',
      'x-acme-partner',
      'x-acme-peer',
      'x-acme-proof',
      'x-acme-seal',
    ]);
    expect(later()).toBe(first);
    write('clients: [');
    expect(later()).toBe(first);
    write(`clients: [{ id: k, header: X-Acme-Other, sha256: ${'b'.repeat(64)} }]`);
    expect(later()).toEqual(['x-acme-other']);
  });

  it('are taken out of what is stored, from the moment they are known', () => {
    let names: readonly string[] = [];
    const { ingest } = createPipeline({
      format: 'auto',
      scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
      routes: createRouteLearner(),
      clock: manualClock(0),
      pseudonymKey: null,
      secretNames: () => names,
      live: true,
    });
    const letter = () => {
      const bytes = Buffer.from('{"request":{"headers":{"x-acme-partner":"hunTer2","host":"h"}}}');
      return JSON.stringify(ingest({ source: 'http:a', partition: 0, offset: 1, bytes }));
    };
    expect(letter()).toContain('hunTer2');
    names = ['x-acme-partner'];
    expect(letter()).not.toContain('hunTer2');
  });
});
