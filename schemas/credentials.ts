import { z } from 'zod';
import { clientSchema } from './credential-clients.ts';
import { clientConflicts } from './credential-conflicts.ts';
import { credentialHeader, header, jwksUri, name, secretBase64 } from './credential-parts.ts';
import { INTEGRITY_SIGNALS } from './integrity.ts';
import { introspectionSchema } from './introspection.ts';

export const TOKEN_ALGORITHMS = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];
const PUBLIC_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

export const PRESETS = ['approov', 'firebase_app_check', 'oauth_client_attestation', 'access_token'] as const;

const texts = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(64)])
  .transform((value) => [value].flat());
const headers = z
  .union([header, z.array(header).min(1).max(8)])
  .transform((value) => [value].flat().map((text) => text.toLowerCase()));
const claim = z.string().min(1).max(256);
const secret = z.strictObject({ kid: z.string().min(1).max(256).optional(), secret_base64: secretBase64 });

/** One entry of `issuers` as it is written. */
export const issuerInput = z.strictObject({
  name,
  /** What: the software that calls (attestation). Who: its user. */
  proves: z.enum(['what', 'who']).default('what'),
  /** Fills in what a known issuer's tokens look like; whatever the entry says itself stands. */
  preset: z.enum(PRESETS).optional(),
  header: credentialHeader.optional(),
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).optional(),
  keys: z.array(secret).max(100).default([]),
  /** JSON Web Key Set (RFC 7517); relative to the credentials file. */
  jwks_file: z.string().min(1).optional(),
  /** The same by HTTPS (plain HTTP from loopback only), fetched in the background. */
  jwks_uri: jwksUri.optional(),
  /** One of these must be in `aud`. */
  audience: texts.nullable().optional(),
  /** `iss`; a `*` at the end stands for anything. */
  issuer: z.string().min(1).nullable().optional(),
  /** `typ` of the token's header (RFC 8725 section 3.11), without `application/`. */
  type: z.string().min(1).max(128).nullable().optional(),
  required_claims: z.array(claim).max(32).optional(),
  /** Seconds since `iat`. */
  max_age_s: z.number().positive().nullable().default(null),
  /** The value of other headers, joined in this order, whose SHA-256 the claim holds. */
  binding: z
    .strictObject({
      claim: claim.default('pay'),
      header: headers.default(['authorization']),
      required: z.boolean().default(false),
    })
    .default({ claim: 'pay', header: ['authorization'], required: false }),
  /** Must the caller prove that it holds the key that the token names (`cnf`, or `ipk` of Approov)? */
  key_binding: z.enum(['when_present', 'required', 'ignored']).optional(),
  /** Proofs of possession: DPoP, OAuth client attestation, message signatures. */
  proof: z
    .strictObject({
      /** `aud` of OAuth-Client-Attestation-PoP: the identifier of this API. */
      audience: texts.nullable().default(null),
      /** Seconds that a proof is good for, before and after its `iat`. */
      window_s: z.number().int().min(1).max(3600).default(60),
      /** When set, a proof must carry a nonce made of this secret. */
      nonce_secret_base64: secretBase64.optional(),
    })
    .default({ audience: null, window_s: 60 }),
  /** Secrets of Approov's `account` message signatures, by `mskid`. */
  message_keys: z.array(secret).max(100).default([]),
  user_claim: claim.default('sub'),
  /** Claim that names the installation; `cnf` is the thumbprint of the key that the token is bound to. */
  device_claim: claim.optional(),
  /** Claim that names the software, when no API key does. */
  client_claim: claim.nullable().optional(),
  /** Header in which an SDK says why it has no token. */
  status_header: header.nullable().optional(),
  /** Where the token reports on the device, and what its words mean beside those of `schemas/integrity.ts`. */
  signals: z
    .strictObject({
      claim: claim.default('threats'),
      words: z.record(z.string().min(1).max(128), z.enum(INTEGRITY_SIGNALS)).default({}),
    })
    .optional(),
  one_time: z.boolean().default(false),
  leeway_s: z.number().min(0).max(300).default(0),
});
type IssuerInput = z.output<typeof issuerInput>;

type Preset = Partial<
  Pick<
    IssuerInput,
    | 'header'
    | 'algorithms'
    | 'jwks_uri'
    | 'issuer'
    | 'type'
    | 'required_claims'
    | 'key_binding'
    | 'device_claim'
    | 'client_claim'
    | 'status_header'
    | 'signals'
  >
>;

const PRESET: Readonly<Record<(typeof PRESETS)[number], Preset>> = {
  approov: { header: 'Approov-Token', status_header: 'Approov-Status', signals: { claim: 'anno', words: {} } },
  firebase_app_check: {
    header: 'X-Firebase-AppCheck',
    algorithms: ['RS256'],
    jwks_uri: 'https://firebaseappcheck.googleapis.com/v1/jwks',
    issuer: 'https://firebaseappcheck.googleapis.com/*',
    type: 'JWT',
    required_claims: ['sub'],
  },
  oauth_client_attestation: {
    header: 'OAuth-Client-Attestation',
    type: 'oauth-client-attestation+jwt',
    required_claims: ['sub', 'cnf'],
    key_binding: 'required',
    device_claim: 'cnf',
    client_claim: 'sub',
  },
  access_token: { header: 'Authorization', type: 'at+jwt', required_claims: ['sub'] },
};

const issuer = issuerInput
  .superRefine((value, context) => {
    const fault = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', message, path });
    const preset = value.preset === undefined ? {} : PRESET[value.preset];
    if (
      value.keys.length === 0 &&
      value.jwks_file === undefined &&
      value.jwks_uri === undefined &&
      preset.jwks_uri === undefined
    )
      fault('needs keys (shared secrets), jwks_file or jwks_uri (public keys)');
    if (value.jwks_file !== undefined && value.jwks_uri !== undefined)
      fault('has jwks_file and jwks_uri: one of them', ['jwks_file']);
    // Else each token of the issuer would be a forgery, and its app shut out.
    const algorithms = value.algorithms ?? preset.algorithms ?? [];
    const secrets = value.keys.length > 0;
    const sets = (value.jwks_file ?? value.jwks_uri ?? (secrets ? undefined : preset.jwks_uri)) !== undefined;
    const usable = algorithms.some((algorithm) => (algorithm === 'HS256' ? secrets : sets));
    if (algorithms.length > 0 && (secrets || sets) && !usable)
      fault('no key is for any of them: HS256 needs keys, the others jwks_file or jwks_uri', ['algorithms']);
    if (value.preset === 'firebase_app_check' && (value.audience ?? null) === null)
      fault('needs the project: projects/<number>', ['audience']);
    if (value.preset === 'oauth_client_attestation' && value.proof.audience === null)
      fault('needs proof.audience: what the proof of possession is made for', ['proof']);
    if (value.preset === 'access_token' && value.proves === 'what')
      fault('access tokens say who calls: proves: who', ['preset']);
  })
  .transform((value) => {
    const preset: Preset = value.preset === undefined ? {} : PRESET[value.preset];
    const jwksUriOf = value.jwks_file === undefined && value.keys.length === 0 ? preset.jwks_uri : undefined;
    const fallback: readonly TokenAlgorithm[] = value.keys.length > 0 ? ['HS256'] : PUBLIC_ALGORITHMS;
    return {
      ...value,
      header: (
        value.header ??
        preset.header ??
        (value.proves === 'what' ? 'Approov-Token' : 'Authorization')
      ).toLowerCase(),
      algorithms: value.algorithms ?? preset.algorithms ?? [...fallback],
      jwks_uri: value.jwks_uri ?? jwksUriOf,
      audience: value.audience ?? null,
      issuer: value.issuer ?? preset.issuer ?? null,
      type: value.type ?? preset.type ?? null,
      required_claims: value.required_claims ?? preset.required_claims ?? [],
      key_binding: value.key_binding ?? preset.key_binding ?? ('when_present' as const),
      device_claim: value.device_claim ?? preset.device_claim ?? 'did',
      client_claim: value.client_claim ?? preset.client_claim ?? null,
      status_header: (value.status_header ?? preset.status_header ?? null)?.toLowerCase() ?? null,
      signals: value.signals ?? preset.signals ?? null,
    };
  });

/**
 * `BONAFIDE_CREDENTIALS`: who issues tokens, and which API keys and request signatures are known. Times are seconds,
 * header names match in any case. Unknown keys are faults: a misspelt check would silently not be made.
 */
export const credentialsSchema = z
  .strictObject({
    issuers: z.array(issuer).max(100).default([]),
    clients: z.array(clientSchema).max(100_000).default([]),
    /**
     * Header in which the gateway itself puts the client's TLS certificate: PEM, percent-encoded PEM (nginx
     * `$ssl_client_escaped_cert`), or `:base64:` (RFC 9440). A gateway that does not overwrite it believes anybody.
     */
    tls_client_cert_header: header
      .nullable()
      .default(null)
      .transform((text) => text?.toLowerCase() ?? null),
    introspection: z.array(introspectionSchema).max(10).default([]),
  })
  .superRefine(({ clients }, context) => {
    for (const { path, message } of clientConflicts(clients)) context.addIssue({ code: 'custom', path, message });
  });
export type Credentials = z.output<typeof credentialsSchema>;
export type Issuer = Credentials['issuers'][number];
