import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyYaml } from './plan.ts';
import { playWorld } from './world.ts';

const CHUNK = 4 << 20;

/** Writes `events.ndjson`, `labels.ndjson` and `policy.yaml` of a world into the folder `out`. */
export function writeWorld(
  kind: string,
  seed: number,
  events: number,
  out: string,
): { count: number; seconds: number } {
  const began = performance.now();
  const files = [openFile(join(out, 'events.ndjson')), openFile(join(out, 'labels.ndjson'))] as const;
  let count = 0;
  const plan = playWorld(kind, seed, events, {
    write(event, label) {
      count++;
      files[0].line(event);
      files[1].line(label);
    },
  });
  for (const file of files) file.close();
  writeFileSync(join(out, 'policy.yaml'), policyYaml(plan));
  return { count, seconds: (performance.now() - began) / 1000 };
}

function openFile(path: string) {
  const fd = openSync(path, 'w');
  let lines: string[] = [];
  let size = 0;
  const flush = () => {
    if (lines.length > 0) writeFileSync(fd, `${lines.join('\n')}\n`);
    lines = [];
    size = 0;
  };
  return {
    line(text: string) {
      lines.push(text);
      size += text.length + 1;
      if (size >= CHUNK) flush();
    },
    close() {
      flush();
      closeSync(fd);
    },
  };
}
