import { z } from 'zod';

/**
 * What can be revoked: every sign-in of a user, one session (`sid`, else `jti` of its token), one user token (`jti`), an
 * installation, one attestation token (`<issuer>/<jti>`, or `<issuer>/` and base64url of the SHA-256 of its first two parts).
 */
export const REVOCABLE = ['user', 'session', 'token', 'device', 'attestation'] as const;
export type Revocable = (typeof REVOCABLE)[number];

const time = z.iso.datetime({ offset: true });

const target = {
  kind: z.enum(REVOCABLE),
  /** The id, never the token itself. */
  id: z.string().min(1).max(512),
  /** A scope of the policy. @default every scope */
  scope: z
    .string()
    .regex(/^[a-z0-9_-]{0,64}$/)
    .default(''),
};

const entry = z.strictObject({
  ...target,
  /** When it ends by itself: not before the last token of it has expired. @default 24 h from now */
  until: time.optional(),
  /** Tokens whose `iat` is not before this moment pass: a user who signs in anew is let in. @default none passes */
  issued_before: time.optional(),
});

/** `POST /api/v1/revocations` */
export const revokeRequest = z.strictObject({
  revocations: z.array(entry).min(1).max(1000),
  reason: z.string().min(1).max(1024),
  by: z.string().min(1).max(128).default('admin'),
});
export type RevokeRequest = z.output<typeof revokeRequest>;

/** `POST /api/v1/revocations/lift` */
export const liftRequest = z.strictObject({
  revocations: z.array(z.strictObject(target)).min(1).max(1000),
  reason: z.string().min(1).max(1024),
  by: z.string().min(1).max(128).default('admin'),
});
export type LiftRequest = z.output<typeof liftRequest>;

export const revocationView = z.object({
  ...target,
  scope: z.string(),
  revoked_at: z.iso.datetime(),
  until: z.iso.datetime(),
  issued_before: z.iso.datetime().nullable(),
  by: z.string(),
  reason: z.string(),
});
export type RevocationView = z.infer<typeof revocationView>;

/** `GET /api/v1/revocations`: those in force, newest first, 1,000 at most. */
export const revocationsAnswer = z.object({
  in_force: z.number().int().nonnegative(),
  revocations: z.array(revocationView),
});
export type RevocationsAnswer = z.infer<typeof revocationsAnswer>;

/** Answer of a change: how many it concerned. It holds on every decision process within two seconds. */
export const changedAnswer = z.object({ changed: z.number().int().nonnegative() });
