import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { FULL_DISK_BYTES, roomOf } from '../../shared/clickhouse/room.ts';
import { OK, type PartHealth } from '../../shared/health.ts';
import type { Runtime } from './runtime.ts';

const EVERY_MS = 5_000;
const MIB = 1_048_576;
/** ClickHouse merges need room; below this somebody must act before inserts begin to fail. */
const LOW_DISK_BYTES = 1_024 * MIB;

/**
 * Looks every five seconds whether ClickHouse answers and the disk has room, for `/readyz`.
 * @param folder of the embedded data; null: the data lies on a server that watches its own disk.
 */
export function watchWorld(runtime: Runtime, folder: string | null): void {
  const clickhouse: ClickHouse = runtime.openLane('watch');
  let engine: PartHealth = OK;
  let disk: PartHealth = OK;
  runtime.health.register('clickhouse', 'ingest', () => engine);
  if (folder !== null) runtime.health.register('disk', 'ingest', () => disk);

  async function look(): Promise<void> {
    const answers = await clickhouse.ping().catch(() => false);
    engine = answers ? OK : { state: 'stopped', detail: 'ClickHouse does not answer; events wait, nothing is lost.' };
    if (folder === null) return;
    disk = diskHealth(roomOf(folder), folder);
  }

  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = look().catch((error: unknown) => {
      runtime.log.warn({ event: 'watch_failed', err: error }, 'the look at ClickHouse and the disk failed');
    });
  }, EVERY_MS);
  runtime.lifecycle.onClose('watch', async () => {
    clearInterval(timer);
    await looking;
  });
}

function diskHealth(left: number, folder: string): PartHealth {
  if (left > LOW_DISK_BYTES) return OK;
  const mib = Math.round(left / MIB);
  if (left > FULL_DISK_BYTES)
    return { state: 'degraded', detail: `Only ${mib} MiB are left on the disk of ${folder}.` };
  return {
    state: 'stopped',
    detail: `The disk of ${folder} is full (${mib} MiB left): events are not taken until there is room again.`,
  };
}
