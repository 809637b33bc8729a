import { rmSync } from 'node:fs';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import { writeWorld } from '../write.ts';
import { type ExperimentOptions, freshFolder } from './common.ts';

/** Time and memory of `backtest` for worlds of growing size; each time per event beside that of the size before. */
export async function scale(options: ExperimentOptions, sizes: readonly number[]): Promise<void> {
  const rows: string[][] = [];
  let before = Number.NaN;
  for (const size of sizes) {
    const folder = freshFolder(options.folder, 'scale');
    const { count } = writeWorld(options.kind, options.seed, size, folder);
    const { seconds, peakMiB } = await backtest({ folder });
    const each = (1e6 * seconds) / count;
    rows.push([
      String(count),
      seconds.toFixed(1),
      String(Math.round(count / seconds)),
      each.toFixed(0),
      Number.isNaN(before) ? '' : (each / before).toFixed(2),
      peakMiB.toFixed(0),
    ]);
    before = each;
    rmSync(folder, { recursive: true });
    console.log(table(['events', 'seconds', 'events/s', 'µs an event', 'to the size before', 'peak MiB'], rows));
  }
}
