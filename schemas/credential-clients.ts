import { z } from 'zod';
import { credentialHeader, header, jwksUri, name, secretBase64 } from './credential-parts.ts';

const lower = (text: string) => text.toLowerCase();

/** Derived components that a request has (RFC 9421 section 2.2). */
const DERIVED = new Set([
  '@method',
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
  '@query-param',
]);
const covers = z
  .array(
    z
      .string()
      .min(1)
      .max(128)
      .refine((name) => name === lower(name), 'is written in lower case')
      .refine((name) => !name.startsWith('@') || DERIVED.has(lower(name)), 'is nothing that a request has'),
  )
  .max(32)
  .default(['@method', '@path']);

/** SHA-256 of what is hashed by mistake: nothing, as of an unset variable, and a line break alone. */
const OF_NO_KEY = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

/** A shared secret that signs requests. */
const hmac = z.strictObject({
  /** `rfc9421`: HTTP Message Signatures with `hmac-sha256`. `x-signature`: over method, path, time and body digest. */
  scheme: z.enum(['rfc9421', 'x-signature']),
  secret_base64: secretBase64,
  /** `keyid` of the signature, or the value of `key_header`; the client's id when left out. */
  key_id: z.string().min(1).max(256).optional(),
  key_header: header.default('X-Key-Id').transform(lower),
  signature_header: header.default('X-Signature').transform(lower),
  timestamp_header: header.default('X-Timestamp').transform(lower),
  digest_header: header.default('X-Content-SHA256').transform(lower),
  /** Seconds that a signature is good for, before and after its time. */
  window_s: z.number().int().min(1).max(3600).default(300),
  /** What an `rfc9421` signature must cover at least. */
  covers,
});

/** A private key that signs requests: a declared agent (Web Bot Auth) or any client with RFC 9421 signatures. */
const signature = z
  .strictObject({
    scheme: z.enum(['web-bot-auth', 'rfc9421']),
    jwks_file: z.string().min(1).optional(),
    jwks_uri: jwksUri.optional(),
    /** The agent's address in `Signature-Agent`; null: any, as the key is what counts. */
    agent: z.string().min(1).max(512).nullable().default(null),
    window_s: z.number().int().min(1).max(86_400).default(300),
    covers,
  })
  .refine(({ jwks_file, jwks_uri }) => (jwks_file === undefined) !== (jwks_uri === undefined), {
    message: 'needs jwks_file or jwks_uri',
  });

export const clientSchema = z
  .strictObject({
    id: name,
    /** Header that carries the API key. */
    header: credentialHeader.default('X-Api-Key').transform(lower),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
      .refine((text) => !OF_NO_KEY.has(text), 'is the SHA-256 of an empty key: whoever sends none would be this client')
      .optional(),
    hmac: hmac.optional(),
    signature: signature.optional(),
  })
  .refine(
    ({ sha256, hmac: secret, signature: key }) =>
      [sha256, secret, key].filter((part) => part !== undefined).length === 1,
    { message: 'needs one of sha256 (an API key), hmac, signature' },
  );
export type ClientCredential = z.output<typeof clientSchema>;
export type HmacSettings = z.output<typeof hmac>;
export type SignatureSettings = z.output<typeof signature>;
