import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';

const IDLE_MS = 8 * 3_600_000;
const ABSOLUTE_MS = 24 * 3_600_000;
const CODE_MS = 10 * 60_000;
const MOST_SESSIONS = 1000;
const MOST_CODES = 100;

/** Secrets of 256 random bits; only their hashes are kept, so that a memory dump or a timing tells nothing. */
export interface SessionStore {
  /** A one-time code, good for ten minutes. */
  issueCode(): string;
  /** true once: the code is burnt by it. */
  redeemCode(code: string): boolean;
  /** A new session's secret. */
  open(): string;
  /** End of the session in epoch ms, and its idle time starts anew; undefined: no such session. */
  touch(secret: string): number | undefined;
  /** The same without touching: for connections that stay open by themselves. */
  alive(secret: string): boolean;
  close(secret: string): void;
}

const hash = (secret: string) => createHash('sha256').update(secret).digest('base64url');
const fresh = () => randomBytes(32).toString('base64url');

/** In memory: a restart signs everybody out. Idle end after 8 h, absolute end after 24 h. */
export function createSessionStore(clock: Clock): SessionStore {
  const codes = new Map<string, number>();
  const sessions = new Map<string, { opened: number; used: number }>();
  const endOf = (session: { opened: number; used: number }) =>
    Math.min(session.opened + ABSOLUTE_MS, session.used + IDLE_MS);

  /** Drops what has ended, then the oldest beyond the bound. */
  function trim<V>(map: Map<string, V>, most: number, ended: (value: V) => boolean): void {
    for (const [key, value] of map) if (ended(value)) map.delete(key);
    for (const key of map.keys()) {
      if (map.size < most) break;
      map.delete(key);
    }
  }

  function find(secret: string): { opened: number; used: number } | undefined {
    const key = hash(secret);
    const session = sessions.get(key);
    if (session !== undefined && endOf(session) <= clock.now()) {
      sessions.delete(key);
      return undefined;
    }
    return session;
  }

  return {
    issueCode() {
      trim(codes, MOST_CODES, (end) => end <= clock.now());
      const code = fresh();
      codes.set(hash(code), clock.now() + CODE_MS);
      return code;
    },
    redeemCode(code) {
      const key = hash(code);
      const end = codes.get(key);
      codes.delete(key);
      return end !== undefined && end > clock.now();
    },
    open() {
      trim(sessions, MOST_SESSIONS, (session) => endOf(session) <= clock.now());
      const secret = fresh();
      sessions.set(hash(secret), { opened: clock.now(), used: clock.now() });
      return secret;
    },
    touch(secret) {
      const session = find(secret);
      if (session === undefined) return undefined;
      session.used = clock.now();
      return endOf(session);
    },
    alive: (secret) => find(secret) !== undefined,
    close(secret) {
      sessions.delete(hash(secret));
    },
  };
}
