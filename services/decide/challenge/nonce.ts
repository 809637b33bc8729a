import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EntityRef } from '../../../schemas/event.ts';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';

/**
 * Nonces of challenges. Each says itself when and for whom it was made, under a key that all decision processes have: nothing
 * is remembered of one that is handed out, so that a flood of challenges costs no memory, and any process knows it again.
 */
export interface ChallengeNonces {
  /** Name of a caller in nonces and in the table of graces: a keyed hash, so that neither tells who it is. */
  nameOf(scope: string, caller: EntityRef): string;
  /** @param caller its name. */
  issue(caller: string, now: number): string;
  /** null: it is none of ours. */
  read(text: unknown): ChallengeNonce | null;
}

export interface ChallengeNonce {
  readonly text: string;
  /** Epoch ms by the clock of the process that made it. */
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** Name of the caller who was challenged. */
  readonly caller: string;
}

/** The nonce of a challenge that a good attestation token answers. */
export interface BoundNonce {
  readonly nonce: ChallengeNonce;
  /** The token itself was issued after the nonce was, to the second. */
  readonly isFresh: boolean;
}

/** Long enough for a slow phone to fetch a token, short enough that one that was seen is soon worth nothing. */
export const NONCE_LIFE_MS = 300_000;

/** Time, chance, caller, code; together a multiple of three bytes, so that each nonce has one spelling in base64url. */
const TIME = 6;
const CHANCE = 6;
const CALLER = 12;
const CODE = 15;
const SIGNED = TIME + CHANCE + CALLER;
const FORM = /^[A-Za-z0-9_-]{52}$/;
const NAMES = 20_000;

/** @param key the same in every decision process. */
export function createChallengeNonces(key: string): ChallengeNonces {
  const names = createBoundedCache<string>(NAMES, 256);
  const hmac = (purpose: string, of: string | Buffer) =>
    createHmac('sha256', key).update(`challenge ${purpose}\0`).update(of).digest();
  const codeOf = (signed: Buffer) => hmac('nonce', signed).subarray(0, CODE);

  return {
    nameOf(scope, { kind, id }) {
      const whole = `${scope}\0${kind}:${id}`;
      let name = names.get(whole);
      if (name === undefined) {
        name = hmac('caller', whole).subarray(0, CALLER).toString('base64url');
        names.set(whole, name);
      }
      return name;
    },
    issue(caller, now) {
      const time = Buffer.alloc(TIME);
      time.writeUIntBE(Math.max(0, Math.floor(now)), 0, TIME);
      const signed = Buffer.concat([time, randomBytes(CHANCE), Buffer.from(caller, 'base64url')]);
      return Buffer.concat([signed, codeOf(signed)]).toString('base64url');
    },
    read(text) {
      if (typeof text !== 'string' || !FORM.test(text)) return null;
      const bytes = Buffer.from(text, 'base64url');
      const signed = bytes.subarray(0, SIGNED);
      if (!timingSafeEqual(bytes.subarray(SIGNED), codeOf(signed))) return null;
      const issuedMs = signed.readUIntBE(0, TIME);
      const caller = signed.subarray(TIME + CHANCE).toString('base64url');
      return { text, issuedMs, expiresMs: issuedMs + NONCE_LIFE_MS, caller };
    },
  };
}
