import { ENTITY_KINDS } from '../../schemas/event.ts';
import type { EntityRisk, RiskKind } from './question.ts';

/** A risk as a snapshot keeps it. Few entities are ever asked for, so the reasons stay text until then. */
export class StoredRisk implements EntityRisk {
  readonly score: number;
  readonly held: 0 | 1 | 2;
  readonly #reasons: string;

  /** @param reasons JSON: `[{feature, value, usual, part}, …]`, most severe first. */
  constructor(score: number, held: number, reasons: string) {
    this.score = score;
    this.held = held === 2 ? 2 : held === 1 ? 1 : 0;
    this.#reasons = reasons;
  }

  get reasons(): EntityRisk['reasons'] {
    const reasons: EntityRisk['reasons'] = JSON.parse(this.#reasons);
    return reasons;
  }
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
