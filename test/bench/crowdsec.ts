import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askCrowdsec } from '../lab/rivals/crowdsec.ts';
import { madeUpEvent } from '../support/access-log.ts';

/** Read once with few lines and once with many: what differs is what the lines cost, without its start and its end. */
const [FEW, MANY] = [500, 6_000];
const LOOK_EACH_MS = 100;
/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS = 100;

/**
 * What CrowdSec with Debian's collection for nginx needs for one line of nginx's combined format.
 * @returns µs of CPU, summed over its threads, and lines a second of wall time.
 * @throws Error with one sentence that says what to install.
 */
export async function crowdsecCost(): Promise<{ cpu: number; linesPerSecond: number }> {
  const few = await readLines(FEW);
  const many = await readLines(MANY);
  const lines = MANY - FEW;
  return {
    cpu: ((many.cpuS - few.cpuS) * 1e6) / lines,
    linesPerSecond: Math.round(lines / Math.max(0.001, many.seconds - few.seconds)),
  };
}

async function readLines(count: number): Promise<{ cpuS: number; seconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-crowdsec-'));
  mkdirSync(folder, { recursive: true });
  const start = Date.UTC(2026, 10, 24, 12);
  // `askCrowdsec` writes what nginx would have logged of them.
  const events = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ ...madeUpEvent(n, start + n * 10), time: start + n * 10 }),
  );
  writeFileSync(join(folder, 'events.ndjson'), `${events.join('\n')}\n`);
  const began = performance.now();
  let cpuS = 0;
  let worked = began;
  const timer = setInterval(() => {
    const now = cpuOfChildren();
    // After its last line it only waits.
    if (now > cpuS + 0.02) worked = performance.now();
    cpuS = Math.max(cpuS, now);
  }, LOOK_EACH_MS);
  try {
    await askCrowdsec(folder);
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  }
  return { cpuS, seconds: (worked - began) / 1000 };
}

/** Seconds of CPU that the children of this process that still run have used. */
function cpuOfChildren(): number {
  const self = `/proc/${process.pid}/task`;
  const pids = readdirSync(self).flatMap((task) =>
    readFileSync(join(self, task, 'children'), 'utf8')
      .split(' ')
      .filter(Boolean),
  );
  return pids.reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) / TICKS;
    } catch {
      return sum;
    }
  }, 0);
}
