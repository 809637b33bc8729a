import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTESTATION_CODES, IDENTITY_CODES } from '../../../schemas/reasons.ts';
import { GATEWAY_KEY, openDecisionApp } from '../../support/decision-app.ts';
import { HOSTILE_KEYS, hostileCorpus, hostileCredentials } from '../../support/hostile-identity.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';

const { token: TOKEN, user: USER, headers: hostileHeaders, holdsGood } = hostileCorpus(SECONDS);
const identity = identityOf(
  hostileCredentials(() => 'x'),
  Object.fromEntries(Object.entries(HOSTILE_KEYS).map(([name, jwk]) => [name, keysOf(jwk)])),
);
const CODES: readonly string[] = ATTESTATION_CODES;
const FAULTS: readonly (string | null)[] = [...IDENTITY_CODES, null];

describe('made-up tokens and headers', () => {
  it('never throw, never pass for verified, and get a code of the published list', () => {
    fc.assert(
      fc.property(hostileHeaders, fc.string({ maxLength: 30 }), (headers, path) => {
        const { raw } = identify(identity, { headers, raw: { path, host: path, query: `?${path}` } });
        expect(CODES).toContain(raw.attestation.code);
        expect(FAULTS).toContain(raw.identityFault);
        if (holdsGood(headers)) return;
        expect(raw.attestation.status).not.toBe('genuine');
        expect([raw.user, raw.device]).toEqual(['', '']);
        if (headers['X-Api-Key'] !== 'k') expect(raw.apiClient).toBe('');
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it('is answered as any other question by whatever a signature says that it covers', async () => {
    const { app } = openDecisionApp({ identity: () => identity });
    const name = fc.oneof(
      fc.constantFrom(
        'constructor',
        '__proto__',
        '@query-param',
        '@status',
        'host',
        'signature',
        'signature-input',
        '',
      ),
      fc.string({ maxLength: 12 }).map((text) => text.toLowerCase().replace(/[^ !#-[\]-~]/g, '')),
    );
    const parameter = fc.constantFrom(
      '',
      ';key="a"',
      ';key="__proto__"',
      ';name="%ff"',
      ';sf',
      ';bs',
      ';req',
      ';a=1.5',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, parameter), { maxLength: 6 }), async (components) => {
        const covered = components.map(([text, more]) => `"${text}"${more}`).join(' ');
        const reply = await app.inject({
          url: '/gateway/nginx',
          headers: {
            'x-bonafide-key': GATEWAY_KEY,
            'x-original-uri': '/v1/orders?a=1',
            'x-original-method': 'GET',
            'signature-input': `s=("@method" "@path" ${covered});created=${SECONDS};keyid="p1"`,
            signature: 's=:AAAA:',
          },
        });
        expect([covered, reply.statusCode]).toEqual([covered, 200]);
      }),
      { numRuns: 300 },
    );
    await app.close();
  });

  it.each([
    ['a shared secret’s token', TOKEN, 'Approov-Token'],
    ['a user’s token', USER, 'Authorization'],
  ])('%s with any character changed is refused', (_what, token, header) => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABCDxyz019-_.= ,{'), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(changed !== token);
        const { raw } = identify(identity, { headers: { [header]: changed }, raw: { address: '' } });
        expect([raw.user, raw.device, raw.attestation.status === 'genuine']).toEqual(['', '', false]);
      }),
      { numRuns: 200 },
    );
  });

  it('any bit of a signature that is changed makes it a bad one', () => {
    const [head, body, signature = ''] = USER.split('.');
    fc.assert(
      fc.property(fc.nat(511), (bit) => {
        const bytes = Buffer.from(signature, 'base64url');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const headers = { Authorization: `Bearer ${head}.${body}.${bytes.toString('base64url')}` };
        expect(identify(identity, { headers }).raw.user).toBe('');
      }),
      { numRuns: 100 },
    );
  });
});
