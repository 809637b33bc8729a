import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { dpop, type Jwk, messageSignature, signer } from './signers.ts';
import { hs256 } from './tokens.ts';

const SECRET = Buffer.alloc(32, 1);
const key = signer('ES256');
const bot = signer('EdDSA');
const secret_base64 = SECRET.toString('base64');

/** Public keys, by the issuer or client that has them. */
export const HOSTILE_KEYS: Readonly<Record<string, Jwk>> = { wallet: key.jwk, login: key.jwk, bot: bot.jwk };

/**
 * Credentials of every kind at once, so that nothing that is made up finds a way past one of them.
 * @param jwksFile where the key set of a name of {@link HOSTILE_KEYS} lies.
 */
export const hostileCredentials = (jwksFile: (name: string) => string) => ({
  issuers: [
    { name: 'app', preset: 'approov', keys: [{ secret_base64 }], message_keys: [{ kid: 'm', secret_base64 }] },
    { name: 'wallet', preset: 'oauth_client_attestation', jwks_file: jwksFile('wallet'), proof: { audience: 'api' } },
    { name: 'login', proves: 'who', jwks_file: jwksFile('login') },
  ],
  clients: [
    { id: 'key', header: 'X-Api-Key', sha256: createHash('sha256').update('k').digest('hex') },
    { id: 'p1', hmac: { scheme: 'rfc9421', secret_base64 } },
    { id: 'p2', hmac: { scheme: 'x-signature', secret_base64 } },
    { id: 'bot', signature: { scheme: 'web-bot-auth', jwks_file: jwksFile('bot') } },
  ],
  tls_client_cert_header: 'X-Bonafide-Client-Cert',
});

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
export interface HostileCorpus {
  /** A good attestation token of `app`, a good user token of `login`. */
  token: string;
  user: string;
  /** Headers that hold anything, parts of good tokens among it. */
  headers: fc.Arbitrary<Record<string, string>>;
  /** Does one of them hold a good token whole? Then it may be taken for one. */
  holdsGood(headers: Readonly<Record<string, string>>): boolean;
}

/** @param seconds when its good tokens are good. */
export function hostileCorpus(seconds: number): HostileCorpus {
  const good = { exp: seconds + 600 };
  const token = hs256({ ...good, did: 'install-1' }, SECRET);
  const user = key.jwt({ ...good, sub: 'alice' });
  const proof = dpop(key, { htm: 'GET', htu: 'https://api.example.com/v1/orders', iat: seconds, accessToken: user });
  const signed = messageSignature(
    'sig1',
    [['"@method"', 'GET']],
    `;created=${seconds};keyid="p1";alg="hmac-sha256"`,
    key.sign,
  );
  const pieces = [token, user, proof, signed['signature-input'], signed.signature, ...PIECES];
  const value = fc.oneof(
    fc.string({ maxLength: 200, unit: 'binary' }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((some) => some.join('')),
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
  const headers = fc.dictionary(fc.constantFrom(...HEADERS), value, { maxKeys: HEADERS.length });
  const verified = new Set([token, user]);
  return {
    token,
    user,
    headers,
    holdsGood: (sent) => Object.values(sent).some((one) => verified.has(one.trim().replace(/^(?:Bearer|DPoP) +/i, ''))),
  };
}
