import { createHash } from 'node:crypto';
import type { EraseAnswer, EraseRequest } from '../../schemas/api-ingest.ts';
import { ENTITY_KINDS, type EntityKind, type EntityRef } from '../../schemas/event.ts';
import { normaliseAddress } from '../../shared/address.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { identityId } from '../../shared/identity.ts';
import type { Logger } from '../../shared/logger.ts';
import { Problem } from '../../shared/problem.ts';
import { createPseudonymise, type IdentityKind, storedForms } from '../../shared/pseudonym.ts';
import { noteErasedRequests } from './erase-counts.ts';
import { markErasedCuts } from './erase-cuts.ts';
import { isNamedIn, wordsOf } from './erase-names.ts';
import { leaveOutOfMarks, templatesOf } from './erase-routes.ts';

export interface EraseDeps {
  /** A lane of its own: removing rewrites whole parts and takes its time. */
  clickhouse: ClickHouse;
  clock: Clock;
  pseudonymKey: string | null;
  /** The key before, while it is being replaced. */
  previousPseudonymKey?: string | null | undefined;
  log: Logger;
  /** How long to wait for a step that takes the entity out of the memory of decision processes; default 15 s. */
  snapshotWithinMs?: number;
}

/** Columns of the raw table that name an entity of a kind. */
const RAW_COLUMNS: Record<EntityKind, readonly string[]> = {
  user: ['user_id', 'login_subject'],
  session: ['session_id', 'attestation_token'],
  device: ['device_id'],
  ip: ['ip', 'client_address'],
  net: ['net'],
  client: ['api_client'],
};

/** An entity as it is stored: `ids` by each pseudonym key, and as before there was one; `said` as the operator knows it. */
interface Target {
  kind: EntityKind;
  ids: readonly string[];
  said: string;
}

const isPerson = (kind: EntityKind): kind is IdentityKind => kind === 'user' || kind === 'session' || kind === 'device';
/** How texts may name it: as it is stored, and as it was said. */
const namesOf = ({ ids, said }: Target): string[] => [...new Set([...ids, said])];

/** One table, and which of its rows are about an entity. */
interface Stand {
  table: string;
  where: string;
  /** Of the raw table: what goes from it stays in roll-ups of addresses that others share. */
  staysInAddresses?: boolean;
}

/** Rounds of looking and removing: what was in flight when it began comes after the first. */
const ROUNDS = 4;
const ZERO_AHEAD_S = 2;
const REFRESHED_WITHIN_MS = 2_500;
const AGAIN_MS = 200;
/** Tables that the zero rows of {@link clearSnapshots} go into: to remove those again erases nothing of anybody's. */
const OWN_ZEROS = new Set(['risk_step_v1', 'risk_current_v1']);

/**
 * Removes an entity from the raw table, from every table that knows it by number or by name, from dead letters, templates
 * of routes that were learnt of it and from the memory of decision processes, looks again, and keeps an audit record that does not name it. Hashes of event ids stay
 * for a day and Kafka is read on from where it was, so that a replay brings nothing back; a file that is imported again
 * does, as its lines are known by the rows that are gone.
 */
export function createErase(deps: EraseDeps): (request: EraseRequest) => Promise<EraseAnswer> {
  const { clickhouse, log } = deps;
  const { pseudonymKey, previousPseudonymKey } = deps;
  const pseudonyms = {
    pseudonymise: createPseudonymise(pseudonymKey),
    formerly: previousPseudonymKey == null ? undefined : createPseudonymise(previousPseudonymKey),
  };

  function targetOf({ kind, id }: EntityRef): Target {
    const stored = kind === 'ip' ? (normaliseAddress(id)?.ip ?? id) : identityId(id);
    // A pseudonym may be given as it is shown on the dashboard.
    return { kind, ids: isPerson(kind) ? storedForms(pseudonyms, kind, stored) : [stored], said: id };
  }

  return async ({ entity, linked, by, reason }) => {
    if (clickhouse.cluster !== null)
      throw new Problem('unavailable', 'Erasing over a cluster is not there yet: run the deletions on every shard.');
    const asked = targetOf(entity);
    const targets = linked ? [asked, ...(await linkedTo(clickhouse, asked))] : [asked];
    const stands = (await Promise.all(targets.map((target) => standsOf(clickhouse, target)))).flat();
    const people = targets.filter(({ kind }) => isPerson(kind));
    if (people.length > 0) await leaveOutOfMarks(clickhouse, people.flatMap(namesOf));
    const removed = new Map<string, number>();
    const own = targets.map(rawOf).join(' OR ');
    const sweep = async (counted: Map<string, number>) => {
      for (let round = 0; round < ROUNDS; round++) {
        await markErasedCuts(clickhouse, own);
        if ((await removeFrom(clickhouse, stands, counted)) === 0) return;
      }
    };
    await sweep(removed);
    const snapshot = (await clearSnapshots(deps, targets)) ? 'clear' : 'pending';
    const late = new Map<string, number>();
    await sweep(late);
    for (const [table, n] of late) if (!OWN_ZEROS.has(table)) removed.set(table, (removed.get(table) ?? 0) + n);
    const tables = [];
    for (const table of new Set(stands.map((stand) => stand.table))) {
      let left = 0;
      for (const stand of stands.filter((each) => each.table === table)) left += await countOf(clickhouse, stand);
      tables.push({ table, removed: removed.get(table) ?? 0, left });
    }
    const named = await namedByOthers(clickhouse, asked);
    await audit(deps, asked, { by, reason }, tables);
    const kinds = ENTITY_KINDS.map((kind) => ({
      kind,
      count: targets.filter((target) => target.kind === kind).length,
    }));
    const entities = kinds.filter(({ count }) => count > 0).sort((a) => (a.kind === asked.kind ? -1 : 0));
    log.info({ event: 'erased', kind: asked.kind, by, tables, snapshot }, 'an entity was erased');
    return { entities, tables, snapshot, named_by_others: named };
  };
}

const LINKED = [
  ['session', 'session_id'],
  ['session', 'attestation_token'],
  ['device', 'device_id'],
] as const;

/** Sessions, tokens and devices that were seen with this user and with no other. */
async function linkedTo(clickhouse: ClickHouse, { kind, ids }: Target): Promise<Target[]> {
  if (kind !== 'user') return [];
  const found = await Promise.all(
    LINKED.map(async ([other, column]) => {
      const rows = await clickhouse.rows<{ id: string }>(
        `SELECT ${column} AS id FROM {db}.events_raw_v1
         WHERE ${column} IN (SELECT ${column} FROM {db}.events_raw_v1 WHERE user_id IN {ids:Array(String)} AND ${column} != '')
         GROUP BY id HAVING countIf(user_id != '' AND user_id NOT IN {ids:Array(String)}) = 0`,
        { params: { ids } },
      );
      return rows.map((row) => ({ kind: other, ids: [row.id], said: row.id }));
    }),
  );
  return found.flat();
}

const namedIn = (columns: readonly string[], { ids }: Target): string =>
  columns.map((column) => `${column} IN (${ids.map(quoted).join(', ')})`).join(' OR ');
/** Which rows of the raw table are its own. */
const rawOf = (target: Target): string => namedIn(RAW_COLUMNS[target.kind], target);

/** Every place that may hold the entity; tables are found by their columns, so that a new one is not forgotten. */
async function standsOf(clickhouse: ClickHouse, target: Target): Promise<Stand[]> {
  const columns = await clickhouse.rows<{ table: string; names: string[] }>(
    `SELECT table, groupArray(c.name) AS names FROM system.columns AS c
     INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
     WHERE c.database = '${clickhouse.database}' AND t.engine LIKE '%MergeTree'
     GROUP BY table ORDER BY table`,
  );
  const ids = target.ids.map(quoted).join(', ');
  const kind = ENTITY_KINDS.indexOf(target.kind) + 1;
  const raw = rawOf(target);
  const numbers = await numbersOf(clickhouse, target, raw);
  return columns.flatMap(({ table, names }) => {
    if (names.includes('user_id')) {
      const own = RAW_COLUMNS[target.kind].filter((column) => names.includes(column));
      const staysInAddresses = table === 'events_raw_v1' && target.kind !== 'ip';
      return own.length === 0 ? [] : [{ table, where: namedIn(own, target), staysInAddresses }];
    }
    if (table === 'revocations_v1') return [{ table, where: endedRevocations(target) }];
    if (table === 'dead_letters_v1')
      return [{ table, where: isNamedIn("concat(sample, '\\n', detail)", quoted(wordsOf(namesOf(target)))) }];
    if (table === 'routes_v1') return isPerson(target.kind) ? [templatesOf(namesOf(target), raw)] : [];
    const ways = ['entity', 'caller', 'unit', 'toucher', 'who']
      .filter((name) => names.includes(name))
      .map((name) => `${name} IN (${numbers})`);
    if (names.includes('kind') && names.includes('id')) ways.push(`(kind = ${kind} AND id IN (${ids}))`);
    return ways.length === 0 ? [] : [{ table, where: ways.join(' OR ') }];
  });
}

/** Numbers of the entity in every scope that it was seen in; never empty. */
async function numbersOf(clickhouse: ClickHouse, { kind, ids }: Target, raw: string): Promise<string> {
  const id = `arrayJoin([${ids.map(quoted).join(', ')}])`;
  const number = `sipHash64(toString(scope), toUInt8(${ENTITY_KINDS.indexOf(kind) + 1}), ${id})`;
  const rows = await clickhouse.rows<{ number: string }>(
    `SELECT DISTINCT toString(${number}) AS number FROM (
       SELECT '' AS scope UNION ALL SELECT DISTINCT toString(scope) FROM {db}.events_raw_v1 WHERE ${raw}
       UNION ALL SELECT DISTINCT scope FROM {db}.entity_v1 UNION ALL SELECT DISTINCT toString(scope) FROM {db}.risk_step_v1)`,
  );
  return rows.map((row) => row.number).join(',');
}

/** A revocation in force stays until its end: to erase it would let in again whom it keeps out. The newest row of a scope counts. */
function endedRevocations({ kind, ids }: Target): string {
  const own = `kind = ${quoted(kind)} AND id IN (${ids.map(quoted).join(', ')})`;
  return `${own} AND (scope, id) NOT IN (SELECT scope, id FROM {db}.revocations_v1 FINAL WHERE ${own} AND until > now())`;
}

/** Requests of others with the name in them, which are theirs: a number or a word may stand there for something else. */
async function namedByOthers(clickhouse: ClickHouse, target: Target): Promise<number> {
  if (!isPerson(target.kind)) return 0;
  const [row] = await clickhouse.rows<{ n: number }>(
    `SELECT count() AS n FROM {db}.events_raw_v1
     WHERE match(concat(path, '\\n', query, '\\n', toString(route), '\\n', user_agent), ${quoted(wordsOf(namesOf(target)))})`,
  );
  return row?.n ?? 0;
}

/** Text of a statement cannot take parameters where a mutation is kept and run again. */
const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

async function countOf(clickhouse: ClickHouse, { table, where }: Stand): Promise<number> {
  const [row] = await clickhouse.rows<{ n: number }>(`SELECT count() AS n FROM {db}.${table} WHERE ${where}`);
  return row?.n ?? 0;
}

async function removeFrom(
  clickhouse: ClickHouse,
  stands: readonly Stand[],
  removed: Map<string, number>,
): Promise<number> {
  let found = 0;
  for (const stand of stands) {
    const n = await countOf(clickhouse, stand);
    if (n === 0) continue;
    found += n;
    removed.set(stand.table, (removed.get(stand.table) ?? 0) + n);
    if (stand.staysInAddresses === true) await noteErasedRequests(clickhouse, stand.where);
    await clickhouse.run(`ALTER TABLE {db}.${stand.table} DELETE WHERE ${stand.where} SETTINGS mutations_sync = 2`);
  }
  return found;
}

/** A risk of zero at a step to come takes the entity out of every decision process's memory; then that row goes too. */
async function clearSnapshots(deps: EraseDeps, targets: readonly Target[]): Promise<boolean> {
  const { clickhouse, clock } = deps;
  const step = Math.floor(clock.now() / 1000) + ZERO_AHEAD_S;
  const scopes = await clickhouse.rows<{ scope: string }>(
    "SELECT DISTINCT toString(scope) AS scope FROM {db}.events_raw_v1 UNION DISTINCT SELECT ''",
  );
  for (const { kind, id } of targets.flatMap(({ kind, ids }) => ids.map((id) => ({ kind, id })))) {
    for (const { scope } of scopes) {
      const n = ENTITY_KINDS.indexOf(kind) + 1;
      await clickhouse.run(
        `INSERT INTO {db}.risk_step_v1 (step, entity, scope, kind, id, score, held)
         SELECT fromUnixTimestamp(${step}), sipHash64({scope:String}, toUInt8(${n}), {id:String}), {scope:String}, ${n}, {id:String}, 0, 0`,
        { params: { scope, id } },
      );
    }
  }
  const until = Date.now() + (deps.snapshotWithinMs ?? 15_000);
  for (;;) {
    const [row] = await clickhouse.rows<{ n: number }>(
      `SELECT count() AS n FROM {db}.snapshot_v1 WHERE step >= fromUnixTimestamp(${step})`,
    );
    if ((row?.n ?? 0) > 0) break;
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  // Decision processes look once a second.
  await new Promise((resolve) => setTimeout(resolve, REFRESHED_WITHIN_MS));
  return true;
}

async function audit(
  { clickhouse, clock }: EraseDeps,
  { kind, said }: Target,
  { by, reason }: { by: string; reason: string },
  tables: EraseAnswer['tables'],
): Promise<void> {
  const hash = createHash('sha256').update(`${kind}:${said}`).digest('hex');
  const removed = Object.fromEntries(tables.map((each) => [each.table, each.removed]));
  const columns = ['erased_at', 'erased_by', 'reason', 'kind', 'id_sha256', 'removed'];
  await clickhouse.insert('erasures_v1', columns, [[clock.now(), by, reason, kind, hash, removed]]);
}
