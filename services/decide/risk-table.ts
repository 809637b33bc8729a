import { ENTITY_KINDS } from '../../schemas/event.ts';
import type { EntityRisk, RiskKind } from './question.ts';

/** A risk as a snapshot keeps it. Few entities are ever asked for, so the reasons stay text until then. */
export class StoredRisk implements EntityRisk {
  readonly score: number;
  readonly held: 0 | 1 | 2;
  readonly #reasons: string;
  /** Epoch seconds; 0: not known. */
  readonly #step: number;
  /** Since which step each of its features has been named; null: all since its own. */
  #since: readonly number[] | null = null;

  /**
   * @param reasons JSON: `[{feature, value, usual, part}, …]`, most severe first.
   * @param step at which it became so.
   */
  constructor(score: number, held: number, reasons: string, step = 0) {
    this.score = score;
    this.held = held === 2 ? 2 : held === 1 ? 1 : 0;
    this.#reasons = reasons;
    this.#step = step;
  }

  /** What it was before: features that were named then have been since as long. Of who is calm nothing is kept. */
  follow(before: StoredRisk | null | undefined): void {
    if (before === null || before === undefined || this.score <= 0 || before.score <= 0) return;
    const earlier = namesIn(before.#reasons);
    if (earlier.length === 0) return;
    let older = false;
    const since = namesIn(this.#reasons).map((name) => {
      const at = earlier.indexOf(name);
      if (at < 0) return this.#step;
      older = true;
      return before.#since?.[at] ?? before.#step;
    });
    if (older) this.#since = since;
  }

  since(feature: string): number | null {
    if (this.#step === 0) return null;
    const at = namesIn(this.#reasons).indexOf(feature);
    return at < 0 ? null : (this.#since?.[at] ?? this.#step);
  }

  get reasons(): EntityRisk['reasons'] {
    const reasons: EntityRisk['reasons'] = JSON.parse(this.#reasons);
    return reasons;
  }
}

const KEY = '"feature":"';

/** Names of the features of stored reasons, without windows. Looked for in the text: thousands of risks change in a step. */
function namesIn(reasons: string): string[] {
  const names: string[] = [];
  for (let at = reasons.indexOf(KEY); at >= 0; at = reasons.indexOf(KEY, at)) {
    at += KEY.length;
    const end = reasons.indexOf('"', at);
    const colon = reasons.indexOf(':', at);
    names.push(reasons.slice(at, colon >= 0 && colon < end ? colon : end));
  }
  return names;
}

/** null: the entity has no risk any more. */
export type RiskChange = StoredRisk | null;

/** Risks by scope, kind and id. */
export interface RiskTable {
  readonly size: number;
  get(scope: string, kind: RiskKind, id: string): RiskChange | undefined;
  set(scope: string, kind: RiskKind, id: string, risk: RiskChange): void;
  delete(scope: string, kind: RiskKind, id: string): void;
  entries(): Generator<[scope: string, kind: RiskKind, id: string, risk: RiskChange]>;
}

/** By number from 1, as the scorer has them. */
export const RISK_KINDS: readonly RiskKind[] = [...ENTITY_KINDS, 'cohort'];

/** A map of a million entries halts everybody while it grows; a map of some ten thousand does not. */
const SHARDS = 64;
const KIND_AT: Readonly<Record<RiskKind, number>> = {
  user: 0,
  session: 1,
  device: 2,
  ip: 3,
  net: 4,
  client: 5,
  cohort: 6,
};

/** Any cheap mix will do: ids of one kind differ in their last characters. */
function shardOf(id: string): number {
  const n = id.length;
  return (
    (id.charCodeAt(n - 1) * 7 + id.charCodeAt(n - 2) * 31 + id.charCodeAt(n - 4) * 13 + id.charCodeAt(n >> 1) + n) &
    (SHARDS - 1)
  );
}

export function createRiskTable(): RiskTable {
  const scopes = new Map<string, Map<string, RiskChange>[]>();
  let size = 0;
  const shard = (scope: string, kind: RiskKind, id: string) =>
    scopes.get(scope)?.[KIND_AT[kind] * SHARDS + shardOf(id)];

  return {
    get size() {
      return size;
    },
    get: (scope, kind, id) => shard(scope, kind, id)?.get(id),
    set(scope, kind, id, risk) {
      let shards = scopes.get(scope);
      if (shards === undefined) {
        shards = Array.from({ length: RISK_KINDS.length * SHARDS }, () => new Map<string, RiskChange>());
        scopes.set(scope, shards);
      }
      const map = shards[KIND_AT[kind] * SHARDS + shardOf(id)];
      if (map === undefined) return;
      const before = map.size;
      map.set(id, risk);
      size += map.size - before;
    },
    delete(scope, kind, id) {
      if (shard(scope, kind, id)?.delete(id) === true) size--;
    },
    *entries() {
      for (const [scope, shards] of scopes) {
        for (const [at, map] of shards.entries()) {
          const kind = RISK_KINDS[Math.floor(at / SHARDS)];
          if (kind === undefined) continue;
          for (const [id, risk] of map) yield [scope, kind, id, risk];
        }
      }
    },
  };
}
