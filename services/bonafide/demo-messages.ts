import { z } from 'zod';

/** To the demo's shop. */
export const fromParent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), url: z.string(), key: z.string(), attackAfterMs: z.number() }),
  // What the attestation service hands a genuine app.
  z.object({ type: z.literal('token'), device: z.string(), token: z.string() }),
]);
/** To the parent: an app's wish for a token, or a line for the newcomer. */
export const fromShop = z.discriminatedUnion('type', [
  z.object({ type: z.literal('mint'), device: z.string() }),
  z.object({ type: z.literal('say'), line: z.string() }),
]);
export type FromShop = z.infer<typeof fromShop>;
