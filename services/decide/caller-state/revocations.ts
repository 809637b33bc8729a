import type { EntityRef } from '../../../schemas/event.ts';
import { REVOCABLE, type Revocable } from '../../../schemas/revocation.ts';

/** One revocation as a decision reads it. */
export interface Revocation {
  scope: string;
  kind: Revocable;
  /** As entities have it: a pseudonym where a pseudonym key is set. */
  id: string;
  untilMs: number;
  /** Tokens issued from then on pass; 0: none does. */
  issuedBeforeMs: number;
}

/** What a decision asks about its caller; nothing of it is read twice. */
export interface RevocationQuestion {
  scope: string;
  entities: readonly EntityRef[];
  /** `jti` of the verified user token, as ids are stored; `''` when there is none. */
  tokenId: string;
  /** `iat` of the verified user token, epoch seconds; null when it says none. */
  issuedAtS: number | null;
  /** The signed attestation token: its names, and its `iat` as above; absent: there is none. */
  attestation?: { ids: readonly string[]; issuedAtS: number | null };
}

/** The revocations in force, in memory. */
export interface RevocationMemory {
  /** The first that holds for the caller; one look-up for each of user, session, device and token. */
  find(question: RevocationQuestion, now: number): Revocation | undefined;
  /** Is anything of this kind revoked at all? */
  knows(kind: Revocable): boolean;
  /** Takes over a row of the table; a row whose end has come takes away what it names. */
  put(revocation: Revocation, now: number): void;
  /** Forgets what has ended, which holds for nobody before that either; a part at a time, as decisions wait for it. */
  sweep(now: number): void;
  size(): number;
}

/** 0.2 ms; all that may be in force take half a minute of four sweeps a second. */
const SWEPT_AT_ONCE = 2000;

type Revocations = Map<string, Revocation[]>;

function* pairs(byKind: Readonly<Record<Revocable, Revocations>>): Generator<[Revocations, string, Revocation[]]> {
  for (const map of Object.values(byKind)) for (const [id, list] of map) yield [map, id, list];
}

export function createRevocationMemory(): RevocationMemory {
  // One kind, one map: no text is put together for a look-up. Scopes of one id are few.
  const byKind = Object.fromEntries(REVOCABLE.map((kind) => [kind, new Map()])) as Record<Revocable, Revocations>;
  let held = 0;
  let sweeping = pairs(byKind);

  function holds(
    kind: Revocable,
    id: string,
    scope: string,
    issuedAtS: number | null,
    now: number,
  ): Revocation | undefined {
    return byKind[kind].get(id)?.find(
      (revocation) =>
        now < revocation.untilMs &&
        (revocation.scope === '' || revocation.scope === scope) &&
        // A claim of the time of issue counts only where it was verified; without one nothing passes.
        (revocation.issuedBeforeMs === 0 || issuedAtS === null || issuedAtS * 1000 < revocation.issuedBeforeMs),
    );
  }

  return {
    find({ scope, entities, tokenId, issuedAtS, attestation }, now) {
      if (held === 0) return undefined;
      for (const { kind, id } of entities) {
        if (kind !== 'user' && kind !== 'session' && kind !== 'device') continue;
        // An installation is what an attestation speaks of, not a sign-in.
        const issued = kind === 'device' ? (attestation?.issuedAtS ?? null) : issuedAtS;
        const found = holds(kind, id, scope, issued, now);
        if (found !== undefined) return found;
      }
      const token = tokenId === '' ? undefined : holds('token', tokenId, scope, issuedAtS, now);
      if (token !== undefined || attestation === undefined || byKind.attestation.size === 0) return token;
      for (const id of attestation.ids) {
        const found = holds('attestation', id, scope, attestation.issuedAtS, now);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    knows: (kind) => byKind[kind].size > 0,
    put(revocation, now) {
      const { kind, id, scope } = revocation;
      const before = byKind[kind].get(id) ?? [];
      const others = before.filter((other) => other.scope !== scope);
      const after = now < revocation.untilMs ? [...others, revocation] : others;
      if (after.length === 0) byKind[kind].delete(id);
      else byKind[kind].set(id, after);
      held += after.length - before.length;
    },
    sweep(now) {
      for (let looked = 0; looked < SWEPT_AT_ONCE; looked++) {
        const next = sweeping.next();
        if (next.done === true) {
          sweeping = pairs(byKind);
          return;
        }
        const [map, id, list] = next.value;
        const left = list.filter(({ untilMs }) => now < untilMs);
        if (left.length === list.length) continue;
        held -= list.length - left.length;
        if (left.length === 0) map.delete(id);
        else map.set(id, left);
      }
    },
    size: () => held,
  };
}
