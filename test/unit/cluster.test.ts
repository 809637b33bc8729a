import { describe, expect, it } from 'vitest';
import { clusterStatements, shardedTables } from '../../shared/clickhouse/cluster.ts';
import { schemaStatements } from '../../shared/clickhouse/migrate.ts';

const options = { retentionDays: 30, ttl: true };
const plain = schemaStatements(options).slice(1);
const cluster = schemaStatements({ ...options, cluster: 'main' });

describe('the schema for a cluster', () => {
  it('shards the raw table and what views feed from it, and nothing else', () => {
    expect([...shardedTables(plain)].sort()).toEqual(
      expect.arrayContaining([
        'caller_attestation_1h_v1',
        'entity_1s_v1',
        'entity_seconds_v1',
        'entity_v1',
        'event_ids_v1',
        'events_raw_v1',
      ]),
    );
    for (const table of ['policy_v1', 'ingest_cuts_v1', 'risk_step_v1', 'snapshot_v1', 'calibration_v1'])
      expect(shardedTables(plain).has(table)).toBe(false);
  });

  it('makes every statement on the cluster, every MergeTree replicated with a path of its own', () => {
    for (const statement of cluster) expect(statement).toContain("ON CLUSTER 'main'");
    const paths = cluster.flatMap(
      (statement) => /ENGINE = (\w*MergeTree)\('([^']+)', '([^']+)'/.exec(statement)?.slice(1, 4) ?? [],
    );
    const engines = cluster.flatMap((statement) => /ENGINE = (\w*MergeTree)/.exec(statement)?.[1] ?? []);
    expect(engines.length).toBeGreaterThan(10);
    for (const engine of engines) expect(engine).toMatch(/^Replicated/);
    const keeper = paths.filter((_, i) => i % 3 === 1);
    expect(new Set(keeper).size).toBe(keeper.length);
    expect(cluster.join('\n')).not.toContain('non_replicated');
  });

  it('lets views read and write the local tables of a shard', () => {
    const views = cluster.filter((statement) => statement.startsWith('CREATE MATERIALIZED VIEW'));
    const fed = views.filter((statement) => statement.includes('events_raw_v1'));
    expect(fed.length).toBeGreaterThan(3);
    for (const view of fed) {
      expect(view).toMatch(/ TO \{db\}\.\w+_local /);
      expect(view).not.toMatch(/\{db\}\.events_raw_v1\b(?!_local)/);
    }
  });

  it('adds a column to the rows of a shard and to the table that reads all of them', () => {
    const altered = cluster.filter((statement) => /^ALTER TABLE \{db\}\.events_raw_v1/.test(statement));
    expect(altered.map((statement) => statement.split(' ADD ')[0])).toEqual([
      "ALTER TABLE {db}.events_raw_v1_local ON CLUSTER 'main'",
      "ALTER TABLE {db}.events_raw_v1 ON CLUSTER 'main'",
    ]);
    expect(cluster).toContain(
      "ALTER TABLE {db}.decisions_v1 ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS identity_code LowCardinality(String)",
    );
  });

  it('keeps the arguments of an engine', () => {
    const [made] = clusterStatements(
      ['CREATE TABLE IF NOT EXISTS {db}.x_v1\n(\n    a UInt8\n)\nENGINE = ReplacingMergeTree(a)\nORDER BY a'],
      'main',
    );
    expect(made).toContain(
      "ReplicatedReplacingMergeTree('/clickhouse/tables/everywhere/{db}/x_v1', '{shard}-{replica}', a)",
    );
  });
});
