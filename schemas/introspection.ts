import { z } from 'zod';
import { credentialHeader, isSecureUri } from './credential-parts.ts';

/**
 * Where opaque user tokens are asked about (RFC 7662), in `BONAFIDE_CREDENTIALS`. Times are seconds.
 * Tokens that are JWTs are verified by `issuers` and never sent.
 */
export const introspectionSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/, 'letters, digits and . _ : -'),
  endpoint: z.string().max(2048).refine(isSecureUri, 'an https address without a password in it'),
  header: credentialHeader.default('Authorization').transform((text) => text.toLowerCase()),
  /** How Bonafide shows who asks: HTTP Basic, RFC 6749 section 2.3.1. */
  client_id: z.string().min(1).max(512),
  client_secret: z.string().min(1).max(4096),
  audience: z.string().min(1).nullable().default(null),
  issuer: z.string().min(1).nullable().default(null),
  /** How long an active token is believed before it is asked about again; never beyond its `exp`. */
  cache_s: z.number().min(1).max(3600).default(60),
  /** How long an inactive one is. */
  negative_cache_s: z.number().min(1).max(3600).default(30),
});
export type IntrospectionEndpoint = z.output<typeof introspectionSchema>;
