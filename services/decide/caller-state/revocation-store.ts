import {
  type LiftRequest,
  REVOCABLE,
  type Revocable,
  type RevocationsAnswer,
  type RevokeRequest,
} from '../../../schemas/revocation.ts';
import type { ClickHouse } from '../../../shared/clickhouse/client.ts';
import type { Clock } from '../../../shared/clock.ts';
import { identityId } from '../../../shared/identity.ts';
import { Problem } from '../../../shared/problem.ts';
import { isPseudonym, type Pseudonymise } from '../../../shared/pseudonym.ts';
import { createRevocationMemory, type RevocationMemory } from './revocations.ts';

/** Revocations of the table and of this process's memory. */
export interface RevocationStore {
  /** What decisions ask. */
  memory: RevocationMemory;
  /** @throws Problem `bad_request`; or what ClickHouse throws, and then nothing was revoked. */
  revoke(request: RevokeRequest): Promise<number>;
  lift(request: LiftRequest): Promise<number>;
  list(): Promise<RevocationsAnswer>;
  /** Reads everything that is in force. */
  load(): Promise<void>;
  /** Reads what changed since. */
  poll(): Promise<void>;
}

/** Without an end a revocation would outlive every token that it is about. */
const USUAL_MS = 86_400_000;
const LONGEST_MS = 366 * 86_400_000;
const OVERLAP_MS = 10_000;
const PAGE = 20_000;
/** In force at most: each costs about 400 bytes in every decision process. */
const MOST = 200_000;

interface Row {
  scope: string;
  kind: string;
  id: string;
  untilS: number;
  issuedBeforeS: number;
}

const KINDS = new Map<string, Revocable>(REVOCABLE.map((kind) => [kind, kind]));

export function createRevocationStore(deps: {
  clickhouse: ClickHouse;
  clock: Clock;
  pseudonymise: Pseudonymise;
  /** Pseudonyms by the key before, while it is being replaced. */
  formerly?: Pseudonymise | undefined;
}): RevocationStore {
  const { clickhouse, clock, pseudonymise, formerly } = deps;
  const memory = createRevocationMemory();
  let readAt: number | null = null;

  /**
   * While a key is being replaced a row under each: what was revoked under the old one can be lifted, and a process that
   * has not restarted yet knows no other.
   */
  function storedIds(kind: Revocable, said: string): string[] {
    const id = identityId(said);
    if (isPseudonym(id)) return [id];
    if (id === '')
      throw new Problem(
        'bad_request',
        'An id looks like a secret: give the id (sub, sid, jti, or that of the installation).',
      );
    if (kind === 'token' || kind === 'attestation') return [id];
    return [pseudonymise(kind, id), ...(formerly === undefined ? [] : [formerly(kind, id)])];
  }

  function take({ scope, kind: name, id, untilS, issuedBeforeS }: Row): void {
    const kind = KINDS.get(name);
    if (kind === undefined) return;
    const revocation = { scope, kind, id, untilMs: untilS * 1000, issuedBeforeMs: issuedBeforeS * 1000 };
    memory.put(revocation, clock.now());
  }

  async function write(all: readonly (Row & { by: string; reason: string })[]): Promise<void> {
    // Rows of one insert have one time: of an id that is named twice the last word stands, as for whoever remembers it here.
    const rows = [...new Map(all.map((row) => [JSON.stringify([row.scope, row.kind, row.id]), row])).values()];
    await clickhouse.insert(
      'revocations_v1',
      ['scope', 'kind', 'id', 'until', 'issued_before', 'revoked_by', 'reason'],
      rows.map(({ scope, kind, id, untilS, issuedBeforeS, by, reason }) => [
        scope,
        kind,
        id,
        untilS,
        issuedBeforeS,
        by,
        reason,
      ]),
    );
    // Here it holds at once; the others see it at their next look.
    for (const row of rows) take(row);
  }

  /** @param condition of the newest rows, in SQL. */
  async function read(newer: string, condition: string): Promise<void> {
    const began = performance.now();
    let after = ['', '', ''];
    for (;;) {
      const rows = await clickhouse.rows<Row>(
        `SELECT scope, kind, id, untilS, issuedBeforeS FROM (
           SELECT toString(scope) AS scope, toString(kind) AS kind, id,
             toUnixTimestamp(argMax(until, written_at)) AS untilS,
             toUnixTimestamp(argMax(issued_before, written_at)) AS issuedBeforeS
           FROM {db}.revocations_v1 WHERE ${newer} GROUP BY scope, kind, id)
         WHERE ${condition} AND (scope, kind, id) > ({scope:String}, {kind:String}, {id:String})
         ORDER BY scope, kind, id LIMIT ${PAGE}`,
        { params: { scope: after[0], kind: after[1], id: after[2] } },
      );
      rows.forEach(take);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = [last.scope, last.kind, last.id];
    }
    readAt = began;
  }

  return {
    memory,
    async revoke({ revocations, reason, by }) {
      const now = clock.now();
      const [row] = await clickhouse.rows<{ n: number }>(
        `SELECT count() AS n FROM {db}.revocations_v1 FINAL WHERE until > ${Math.floor(now / 1000)}`,
      );
      if ((row?.n ?? 0) + revocations.length > MOST) {
        throw new Problem('conflict', `More than ${MOST} revocations would be in force; lift some, or let them end.`);
      }
      await write(
        revocations.flatMap(({ scope, kind, id, until, issued_before }, i) => {
          const untilMs = until === undefined ? now + USUAL_MS : Date.parse(until);
          if (untilMs <= now || untilMs > now + LONGEST_MS) {
            const fault = { path: `revocations.${i}.until`, message: 'in the future, at most 366 days ahead' };
            throw new Problem('bad_request', 'A revocation has no end that can be used.', { faults: [fault] });
          }
          const untilS = Math.ceil(untilMs / 1000);
          const issuedBeforeS =
            issued_before === undefined ? 0 : Math.max(1, Math.ceil(Date.parse(issued_before) / 1000));
          return storedIds(kind, id).map((stored) => ({ scope, kind, id: stored, untilS, issuedBeforeS, by, reason }));
        }),
      );
      return revocations.length;
    },
    async lift({ revocations, reason, by }) {
      const untilS = Math.floor(clock.now() / 1000);
      await write(
        revocations.flatMap(({ scope, kind, id }) =>
          storedIds(kind, id).map((stored) => ({ scope, kind, id: stored, untilS, issuedBeforeS: 0, by, reason })),
        ),
      );
      return revocations.length;
    },
    async list() {
      const now = Math.floor(clock.now() / 1000);
      const rows = await clickhouse.rows<
        Row & { revoked_by: string; reason: string; revokedMs: number; total: number }
      >(
        `SELECT toString(scope) AS scope, toString(kind) AS kind, id, toUnixTimestamp(until) AS untilS,
           toUnixTimestamp(issued_before) AS issuedBeforeS, revoked_by, reason,
           toUnixTimestamp64Milli(toDateTime64(written_at, 3, 'UTC')) AS revokedMs, count() OVER () AS total
         FROM {db}.revocations_v1 FINAL WHERE until > {now:UInt32} ORDER BY written_at DESC LIMIT 1000`,
        { params: { now } },
      );
      const iso = (ms: number) => new Date(ms).toISOString();
      return {
        in_force: rows[0]?.total ?? 0,
        revocations: rows.flatMap((row) => {
          const kind = KINDS.get(row.kind);
          if (kind === undefined) return [];
          return [
            {
              kind,
              id: row.id,
              scope: row.scope,
              revoked_at: iso(row.revokedMs),
              until: iso(row.untilS * 1000),
              issued_before: row.issuedBeforeS === 0 ? null : iso(row.issuedBeforeS * 1000),
              by: row.revoked_by,
              reason: row.reason,
            },
          ];
        }),
      };
    },
    load: () => read('1', `untilS > ${Math.floor(clock.now() / 1000)}`),
    async poll() {
      const since = readAt === null ? null : Math.ceil(performance.now() - readAt) + OVERLAP_MS;
      if (since === null) return read('1', '1');
      return read(`written_at > now64(6) - toIntervalMillisecond(${since})`, '1');
    },
  };
}
