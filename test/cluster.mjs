// The kill test against a ClickHouse server or cluster of yours; it makes two databases there and drops them.
//   CLICKHOUSE_URL=http://… [CLICKHOUSE_USER=… CLICKHOUSE_PASSWORD=… CLICKHOUSE_CLUSTER=…] npm run test:cluster
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

if ((process.env.CLICKHOUSE_URL ?? '') === '') {
  process.stderr.write('Say which server: CLICKHOUSE_URL=http://host:8123 npm run test:cluster\n');
  process.exit(2);
}
const run = join(fileURLToPath(import.meta.url), '..', 'run.mjs');
const { status } = spawnSync(process.execPath, [run, 'test/e2e/exactly-once-workers.test.ts'], {
  env: { ...process.env, CLUSTER_TEST: '1' },
  stdio: 'inherit',
});
process.exit(status ?? 1);
