import { z } from 'zod';
import { introspectionSchema } from './introspection.ts';

/** Names go into answers, headers and metrics labels. */
const name = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/, 'letters, digits and . _ : -');
const header = z.string().regex(/^[A-Za-z0-9-]{1,128}$/, 'a header name');
const secretBase64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'base64')
  .refine((text) => Buffer.from(text, 'base64').length >= 16, 'at least 16 bytes');

export const TOKEN_ALGORITHMS = ['HS256', 'RS256', 'ES256'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

const issuer = z
  .strictObject({
    name,
    /** What: the software that calls (attestation). Who: its user. */
    proves: z.enum(['what', 'who']).default('what'),
    header: header.optional(),
    algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).optional(),
    keys: z
      .array(z.strictObject({ kid: z.string().min(1).max(256).optional(), secret_base64: secretBase64 }))
      .default([]),
    /** JSON Web Key Set; relative to the credentials file. */
    jwks_file: z.string().min(1).optional(),
    audience: z.string().min(1).nullable().default(null),
    issuer: z.string().min(1).nullable().default(null),
    binding: z
      .strictObject({
        claim: z.string().min(1).default('pay'),
        header: header.default('Authorization'),
        required: z.boolean().default(false),
      })
      .default({ claim: 'pay', header: 'Authorization', required: false }),
    one_time: z.boolean().default(false),
    leeway_s: z.number().min(0).max(300).default(0),
  })
  .superRefine((value, context) => {
    if (value.keys.length === 0 && value.jwks_file === undefined)
      context.addIssue({ code: 'custom', message: 'needs keys (shared secrets) or jwks_file (public keys)' });
  })
  .transform((value) => ({
    ...value,
    header: (value.header ?? (value.proves === 'what' ? 'Approov-Token' : 'Authorization')).toLowerCase(),
    algorithms: value.algorithms ?? [...(value.keys.length > 0 ? (['HS256'] as const) : (['RS256', 'ES256'] as const))],
  }));

const client = z.strictObject({
  id: name,
  header: header.default('X-Api-Key').transform((text) => text.toLowerCase()),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex'),
});

/**
 * `BONAFIDE_CREDENTIALS`: who issues tokens, and which API keys are known. Times are seconds, header names match in any
 * case. Unknown keys are faults: a misspelt check would silently not be made.
 */
export const credentialsSchema = z.strictObject({
  issuers: z.array(issuer).max(100).default([]),
  clients: z.array(client).max(100_000).default([]),
  introspection: z.array(introspectionSchema).max(10).default([]),
});
export type Credentials = z.output<typeof credentialsSchema>;
export type Issuer = Credentials['issuers'][number];
