import { z } from 'zod';
import { header, jwksUri, name, secretBase64 } from './credential-parts.ts';

const lower = (text: string) => text.toLowerCase();

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
  covers: z.array(z.string().min(1).max(128)).max(32).default(['@method', '@path']),
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
    covers: z.array(z.string().min(1).max(128)).max(32).default(['@method', '@path']),
  })
  .refine(({ jwks_file, jwks_uri }) => (jwks_file === undefined) !== (jwks_uri === undefined), {
    message: 'needs jwks_file or jwks_uri',
  });

export const clientSchema = z
  .strictObject({
    id: name,
    /** Header that carries the API key. */
    header: header.default('X-Api-Key').transform(lower),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
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
