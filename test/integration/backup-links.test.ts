import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { list } from 'tar';
import { afterAll, expect, it } from 'vitest';
import { run } from '../../services/bonafide/backup.ts';
import { openLane } from '../../shared/clickhouse/client.ts';
import { temporaryFolder } from '../support/process.ts';

const folder = temporaryFolder('backup_links');
afterAll(() => folder.remove());

it('packs parts that share files by hard links, as an erasure leaves them', async () => {
  const data = join(folder.path, 'data');
  const engine = join(data, 'clickhouse');
  const clickhouse = openLane({ kind: 'embedded', path: engine }, 'backup_links');
  await clickhouse.run('CREATE DATABASE IF NOT EXISTS {db}');
  await clickhouse.run(
    `CREATE TABLE {db}.linked_v1 (a UInt64, b UInt64, c String, d String) ENGINE = MergeTree ORDER BY a
     SETTINGS min_bytes_for_wide_part = 0, old_parts_lifetime = 3600`,
  );
  for (let i = 0; i < 5; i++)
    await clickhouse.run(
      'INSERT INTO {db}.linked_v1 SELECT number, number, toString(number), hex(number) FROM numbers(100)',
    );
  await clickhouse.run("ALTER TABLE {db}.linked_v1 UPDATE c = 'x' WHERE b = 7 SETTINGS mutations_sync = 1");
  await clickhouse.close();
  const names = readdirSync(engine, { recursive: true, encoding: 'utf8' });
  const shared = names.map((name) => statSync(join(engine, name))).filter((about) => about.isFile() && about.nlink > 1);
  expect(shared.length).toBeGreaterThan(10);

  const stdout = new PassThrough();
  const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), signal: new AbortController().signal };
  const file = join(folder.path, 'backup.tar');
  expect(await run([file], { ...io, env: { BONAFIDE_DATA_DIR: data } })).toBe(0);
  const types: string[] = [];
  const columns: number[] = [];
  await list({
    file,
    onReadEntry: (entry) => {
      types.push(entry.type);
      if (entry.path.endsWith('/d.bin')) columns.push(entry.size ?? 0);
    },
  });
  // Whole in each part, no matter which of them is unpacked first.
  expect(new Set(types)).toEqual(new Set(['File', 'Directory', 'SymbolicLink']));
  expect(columns).toHaveLength(names.filter((name) => /^store\/.*\/all_[\d_]+\/d\.bin$/.test(name)).length);
  expect(Math.min(...columns)).toBeGreaterThan(0);
});
