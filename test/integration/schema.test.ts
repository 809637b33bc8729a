import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EVENT_COLUMNS } from '../../services/ingest/row.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate, schemaStatements } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { canonicalPipeline, insertEvents } from '../support/engine.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder('schema');
const lanes: ClickHouse[] = [];
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  folder.remove();
});
function open(database: string): ClickHouse {
  const lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, database);
  lanes.push(lane);
  return lane;
}
const DAY_MS = 86_400_000;
const at = (time: number, n: number) => ({ time, 'client.address': `192.0.2.${n}`, 'user.id': `user-${n}` });
const pipeline = canonicalPipeline(manualClock(Date.now()));
const counts = async (lane: ClickHouse) =>
  (
    await lane.rows<{ raw: number; rolled: number; entities: number; policies: number }>(
      `SELECT (SELECT count() FROM {db}.events_raw_v1) AS raw,
              (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 1) AS rolled,
              (SELECT count() FROM {db}.entity_v1 FINAL) AS entities,
              (SELECT count() FROM {db}.policy_v1) AS policies`,
    )
  )[0];

describe('the schema', () => {
  it('for a cluster is understood by the engine, statement by statement', async () => {
    const lane = open('parsed');
    const statements = schemaStatements({ retentionDays: 30, ttl: true, cluster: 'main' });
    for (const statement of statements) await lane.run(`EXPLAIN AST ${statement}`);
    const broken = (statements[1] ?? '').replace('ENGINE', 'ENGIN');
    await expect(lane.run(`EXPLAIN AST ${broken}`)).rejects.toThrow(/Syntax error/);
  });

  it('takes over data of the first version: nothing is lost, and what comes afterwards is counted', async () => {
    const lane = open('upgraded');
    // The schema as version 0.1.0 made it, and data as it left it.
    const first = readFileSync(join(PACKAGE_ROOT, 'test', 'fixtures', 'schema-0-1-0.sql'), 'utf8');
    for (const statement of first.split(/;\s*$/m).filter((text) => text.trim() !== '')) await lane.run(statement);
    const now = Date.now();
    const old = Array.from({ length: 40 }, (_, n) => at(now - 3_600_000 + n, n));
    const columns = EVENT_COLUMNS.filter((column) => first.includes(column));
    expect(columns).not.toContain('identity_code');
    await insertEvents(lane, pipeline, old, 0, columns);
    await lane.insert('policy_v1', ['version', 'applied_by', 'reason', 'policy'], [[1, 'test', 'first', '{}']]);
    const letter = ['source', 'partition', 'offset', 'received_at', 'format', 'reason', 'detail', 'sample'];
    await lane.insert('dead_letters_v1', letter, [['kafka:t', 0, 7, now, '', 'malformed', '', 'of old']]);
    const before = await counts(lane);
    expect(before).toEqual({ raw: 40, rolled: 40, entities: 81, policies: 1 });

    await migrate(lane, { retentionDays: 30, ttl: true });
    await migrate(lane, { retentionDays: 30, ttl: true });
    expect(await counts(lane)).toEqual(before);
    await insertEvents(lane, pipeline, [at(now, 1), at(now, 200)], 40);
    expect(await counts(lane)).toEqual({ raw: 42, rolled: 42, entities: 83, policies: 1 });
    const added = 'SELECT uniqExact(identity_code) AS n, any(identity_code) AS code FROM {db}.events_raw_v1';
    expect(await lane.rows(added)).toEqual([{ n: 1, code: '' }]);

    // Its views count as this version does: a refusal for which nobody is held held the caller before.
    const refused = { ...at(now + 1, 201), 'risk.outcome': 'challenge', 'risk.decision_id': 'd1-x' };
    const held = { ...at(now + 1, 202), 'risk.outcome': 'challenge', 'risk.decision_id': 'd2-i' };
    await insertEvents(lane, pipeline, [refused, held], 42);
    expect(
      await lane.rows(
        `SELECT id, sum(held_challenge) AS held FROM {db}.entity_1s_v1 AS s INNER JOIN (SELECT DISTINCT entity, id FROM {db}.entity_v1) AS e USING (entity)
         WHERE s.second = fromUnixTimestamp(${Math.floor((now + 1) / 1000)}) AND refused > 0 GROUP BY id HAVING held > 0`,
      ),
    ).toEqual([{ id: '192.0.2.202', held: 1 }]);

    // Letters of several events of one record stand beside each other now, and beside the one that replaced them before.
    const several = [1, 2].map((element) => ['kafka:t', 0, 7, now, '', 'malformed', '', 'new', element]);
    await lane.insert('dead_letters_v1', [...letter, 'element'], several);
    await lane.run('OPTIMIZE TABLE {db}.dead_letters_v1 FINAL');
    expect(await lane.rows('SELECT element, sample FROM {db}.dead_letters_v1 FINAL ORDER BY element')).toEqual([
      { element: 0, sample: 'of old' },
      { element: 1, sample: 'new' },
      { element: 2, sample: 'new' },
    ]);
  });

  it('carries over who showed a genuine token, and what genuine callers showed, from the tables of before', async () => {
    const lane = open('carried');
    await migrate(lane, { retentionDays: 30, ttl: true });
    for (const table of ['attestation_1h_v2', 'attested_v2']) {
      await lane.run(`DROP VIEW {db}.${table}_view`);
      await lane.run(`DROP TABLE {db}.${table} SYNC`);
    }
    const former = readFileSync(join(PACKAGE_ROOT, 'test', 'fixtures', 'schema-attested-v1.sql'), 'utf8')
      .split(/;\s*$/m)
      .filter((text) => text.trim() !== '');
    for (const statement of former) await lane.run(statement);
    const now = Date.now();
    const shown = (daysAgo: number, status: string) =>
      Array.from({ length: 20 }, (_, n) => ({
        ...at(now - daysAgo * DAY_MS + n, n),
        'attestation.status': status,
        ...(status === 'missing' ? {} : { 'attestation.issuer': 'app' }),
      }));
    await insertEvents(lane, pipeline, [...shown(3, 'genuine'), ...shown(2, 'missing')], 0);
    const read = async () => ({
      attested: await lane.rows('SELECT * FROM {db}.attested_v2 FINAL ORDER BY ALL'),
      hours: await lane.rows(
        'SELECT unit, hour, named.2 AS issuer, genuine, failed, expired, missing FROM {db}.attestation_1h_v2 FINAL ORDER BY ALL',
      ),
      former: await lane.rows(
        `SELECT name FROM system.tables WHERE database = 'carried' AND (name LIKE 'attest%_v1' OR name LIKE 'attest%_v1_view')
           AND name NOT IN ('attestation_health_v1', 'attestation_evidence_v1')`,
      ),
    });
    await migrate(lane, { retentionDays: 30, ttl: true });
    const carried = await read();
    // A row for each user and each address, and an hour for each user and status.
    expect([carried.attested.length, carried.hours.length, carried.former]).toEqual([40, 40, []]);
    expect(carried.attested[0]).toMatchObject({ platform: '', issuer: 'app' });

    // Again, as after a crash, and what the view makes of the same events: nothing counts twice.
    for (const statement of former) await lane.run(statement);
    await lane.run(
      'INSERT INTO {db}.attested_v1 (scope, kind, id, first_genuine, last_genuine, issuer, nets) SELECT scope, kind, id, first_genuine, last_genuine, issuer, nets FROM {db}.attested_v2',
    );
    await migrate(lane, { retentionDays: 30, ttl: true });
    expect(await read()).toEqual(carried);
    await insertEvents(lane, pipeline, [...shown(3, 'genuine'), ...shown(1, 'genuine')], 40);
    const after = await read();
    expect([after.attested.length, after.hours.length]).toEqual([40, 60]);
  });

  it('forgets what is older than the retention, also when it was changed, and keeps the rest', async () => {
    const lane = open('retained');
    await migrate(lane, { retentionDays: 30, ttl: true });
    const now = Date.now();
    const events = [at(now - 40 * DAY_MS, 1), at(now - 10 * DAY_MS, 2), at(now, 3)];
    await insertEvents(lane, pipeline, events, 0);
    const kept = async () => {
      for (const table of ['events_raw_v1', 'entity_v1', 'entity_1s_v1', 'dead_letters_v1'])
        await lane.run(`OPTIMIZE TABLE {db}.${table} FINAL`);
      return (await lane.rows<{ user_id: string }>('SELECT user_id FROM {db}.events_raw_v1 ORDER BY user_id')).map(
        ({ user_id }) => user_id,
      );
    };
    expect(await kept()).toEqual(['user-2', 'user-3']);
    // Roll-ups of seconds serve windows of a day and are kept for no longer.
    expect(await lane.rows('SELECT sum(requests) AS n FROM {db}.entity_1s_v1 WHERE kind = 1')).toEqual([{ n: 1 }]);
    await migrate(lane, { retentionDays: 5, ttl: true });
    await lane.run('ALTER TABLE {db}.events_raw_v1 MATERIALIZE TTL SETTINGS mutations_sync = 2');
    expect(await kept()).toEqual(['user-3']);
  });
});
