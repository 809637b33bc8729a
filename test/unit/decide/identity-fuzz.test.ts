import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTESTATION_CODES, IDENTITY_CODES } from '../../../schemas/reasons.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { dpop, messageSignature, signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const key = signer('ES256');
const bot = signer('EdDSA');
const secret_base64 = SECRET.toString('base64');
/** Everything at once, so that nothing that is made up finds a way past one of them. */
const identity = identityOf(
  {
    issuers: [
      { name: 'app', preset: 'approov', keys: [{ secret_base64 }], message_keys: [{ kid: 'm', secret_base64 }] },
      { name: 'wallet', preset: 'oauth_client_attestation', jwks_file: 'x', proof: { audience: 'api' } },
      { name: 'login', proves: 'who', jwks_file: 'x' },
    ],
    clients: [
      { id: 'key', sha256: createHash('sha256').update('k').digest('hex') },
      { id: 'p1', hmac: { scheme: 'rfc9421', secret_base64 } },
      { id: 'p2', hmac: { scheme: 'x-signature', secret_base64 } },
      { id: 'bot', signature: { scheme: 'web-bot-auth', jwks_file: 'x' } },
    ],
    tls_client_cert_header: 'X-Bonafide-Client-Cert',
  },
  { wallet: keysOf(key.jwk), login: keysOf(key.jwk), bot: keysOf(bot.jwk) },
);

const good = { exp: SECONDS + 60 };
const TOKEN = hs256({ ...good, did: 'install-1' }, SECRET);
const USER = key.jwt({ ...good, sub: 'alice' });
const PROOF = dpop(key, { htm: 'GET', htu: 'https://api.example.com/v1/orders', iat: SECONDS, accessToken: USER });
const SIGNED = messageSignature(
  'sig1',
  [['"@method"', 'GET']],
  `;created=${SECONDS};keyid="p1";alg="hmac-sha256"`,
  key.sign,
);

const HEADERS = [
  'Approov-Token',
  'Approov-Status',
  'OAuth-Client-Attestation',
  'OAuth-Client-Attestation-PoP',
  'Authorization',
  'DPoP',
  'X-Api-Key',
  'X-Key-Id',
  'X-Signature',
  'X-Timestamp',
  'X-Content-SHA256',
  'Signature-Input',
  'Signature',
  'Signature-Agent',
  'X-Bonafide-Client-Cert',
] as const;

const PIECES = [
  TOKEN,
  USER,
  PROOF,
  SIGNED['signature-input'],
  SIGNED.signature,
  'p1',
  'p2',
  'bot',
  'eyJhbGciOiJub25lIn0.e30.',
  'eyJhbGciOiJIUzI1NiJ9',
  '{"alg":"HS256"}',
  '.',
  '..',
  '=',
  ':',
  '"',
  '(',
  ')',
  ';',
  ',',
  'sig1=',
  '%',
  '\u0000',
  '\ud800',
  '٣',
  'REJECTED',
  'NO_NETWORK',
  'Bearer ',
  'DPoP ',
  '-----BEGIN CERTIFICATE-----',
  '0'.repeat(64),
  'A'.repeat(9000),
  '__proto__',
  'constructor',
];
const part = (text: string) => Buffer.from(text).toString('base64url');
const hostileValue = fc.oneof(
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join('')),
  // A token of any JSON for header and claims, with a signature of any bytes.
  fc
    .tuple(
      fc.oneof(
        fc.json(),
        fc
          .record({ alg: fc.constantFrom('HS256', 'ES256', 'none', 'RS256'), kid: fc.json() })
          .map((h) => JSON.stringify(h)),
      ),
      fc.json(),
      fc.uint8Array({ maxLength: 70 }),
    )
    .map(
      ([header, claims, signature]) =>
        `${part(header)}.${part(claims)}.${Buffer.from(signature).toString('base64url')}`,
    ),
);
const hostileHeaders = fc.dictionary(fc.constantFrom(...HEADERS), hostileValue, { maxKeys: HEADERS.length });
const CODES: readonly string[] = ATTESTATION_CODES;
const FAULTS: readonly (string | null)[] = [...IDENTITY_CODES, null];

describe('made-up tokens and headers', () => {
  it('never throw, never pass for verified, and get a code of the published list', () => {
    const verified = new Set([TOKEN, USER]);
    fc.assert(
      fc.property(hostileHeaders, fc.string({ maxLength: 30 }), (headers, path) => {
        const { raw } = identify(identity, { headers, raw: { path, host: path, query: `?${path}` } });
        expect(CODES).toContain(raw.attestation.code);
        expect(FAULTS).toContain(raw.identityFault);
        const whole = Object.values(headers).some((value) =>
          verified.has(value.trim().replace(/^(?:Bearer|DPoP) +/i, '')),
        );
        if (whole) return;
        expect(raw.attestation.status).not.toBe('genuine');
        expect([raw.user, raw.device]).toEqual(['', '']);
        if (headers['X-Api-Key'] !== 'k') expect(raw.apiClient).toBe('');
      }),
      { numRuns: 300 },
    );
  }, 120_000);

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
