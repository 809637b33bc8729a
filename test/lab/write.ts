import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isForeign, writeForeignWorld } from './foreign/foreign.ts';
import { policyYaml } from './plan.ts';
import { playWorld, type WorldOptions } from './world.ts';

const CHUNK = 4 << 20;

/** Writes `events.ndjson`, `labels.ndjson` and `policy.yaml` of a world into the folder `out`; a foreign world has a size of its own. */
export function writeWorld(
  kind: string,
  seed: number,
  events: number,
  out: string,
  options: WorldOptions = {},
): { count: number; seconds: number } {
  const began = performance.now();
  if (isForeign(kind)) {
    if (Object.keys(options).length > 0)
      throw new Error(`${kind} is a foreign world: it plays itself, nothing can be put into it`);
    const count = writeForeignWorld(kind, seed, out);
    return { count, seconds: (performance.now() - began) / 1000 };
  }
  const files = [openFile(join(out, 'events.ndjson')), openFile(join(out, 'labels.ndjson'))] as const;
  let count = 0;
  const plan = playWorld(
    kind,
    seed,
    events,
    {
      write(event, label) {
        count++;
        files[0].line(event);
        files[1].line(label);
      },
    },
    options,
  );
  for (const file of files) file.close();
  writeFileSync(join(out, 'policy.yaml'), policyYaml(plan));
  return { count, seconds: (performance.now() - began) / 1000 };
}

/** Writes lines of ASCII through one block: what is not kept in memory, the garbage collector does not see. */
function openFile(path: string) {
  const fd = openSync(path, 'w');
  const block = Buffer.allocUnsafe(CHUNK);
  let size = 0;
  const flush = () => {
    writeFileSync(fd, block.subarray(0, size));
    size = 0;
  };
  return {
    line(text: string) {
      if (size + text.length + 1 > CHUNK) flush();
      size += block.write(text, size, 'latin1');
      block[size++] = 10;
    },
    close() {
      flush();
      closeSync(fd);
    },
  };
}
