import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentCommit, seedsOf } from '../commit.ts';
import { evaluateWorld } from '../evaluate.ts';
import type { Verdict } from '../judge.ts';
import { mean } from '../metrics.ts';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import { writeWorld } from '../write.ts';
import { allParts, copyWithout, hideStatuses, type Part } from './parts.ts';

export interface AblationOptions {
  set: 'tuning' | 'choosing' | 'held-out';
  kinds: readonly string[];
  worlds: number;
  events: number;
  folder: string;
  /** Only parts whose name contains this. */
  only: string;
}

interface Line {
  part: string;
  auc: number;
  recall01: number;
  recall1: number;
  benignRefused: number;
  /** Worlds in which recall at 0.1 % fell. */
  worse: number;
  worlds: number;
  fault: string;
}

/** Takes parts away one at a time and prints what changes: figures without the part minus figures with all. */
export async function ablate(options: AblationOptions): Promise<void> {
  mkdirSync(options.folder, { recursive: true });
  const folders: string[] = [];
  const whole: Verdict[] = [];
  for (const seed of seedsOf(options.set, currentCommit(), options.worlds))
    for (const kind of options.kinds) {
      const folder = join(options.folder, `${kind}-${seed}`);
      mkdirSync(folder, { recursive: true });
      writeWorld(kind, seed, options.events, folder);
      await backtest({ folder });
      folders.push(folder);
      whole.push(await evaluateWorld(folder, 'decisions.ndjson'));
    }
  const lines: Line[] = [];
  for (const one of allParts().filter(({ name }) => name.includes(options.only))) {
    const line = await without(one, folders, whole, join(options.folder, 'package'));
    lines.push(line);
    console.error(`without ${line.part}: ${line.fault || `at 0.1 % ${signed(line.recall01)}`}`);
    writeFileSync(join(options.folder, 'ablation.json'), JSON.stringify(lines, null, 1));
  }
  for (const folder of folders) rmSync(folder, { recursive: true });
  lines.sort((x, y) => x.recall01 - y.recall01);
  const all = (get: (verdict: Verdict) => number) => mean(whole.map(get));
  console.log(
    `${whole.length} worlds of set ${options.set}, ${options.events} events each. With everything: AUC ${all((v) => v.auc).toFixed(4)}, ` +
      `kinds at 0.1 % ${(100 * all((v) => v.recall01)).toFixed(1)} %, at 1 % ${(100 * all((v) => v.recall1)).toFixed(1)} %.\n` +
      'Changes when a part is taken away, in points (AUC: in thousandths), means over worlds; worst loss first.\n',
  );
  console.log(
    table(
      ['without', 'AUC', 'at 0.1 %', 'at 1 %', 'benign refused', 'worse in'],
      lines.map((line) =>
        line.fault
          ? [line.part, line.fault]
          : [
              line.part,
              (1000 * line.auc).toFixed(1),
              signed(line.recall01),
              signed(line.recall1),
              signed(line.benignRefused),
              `${line.worse} of ${line.worlds}`,
            ],
      ),
    ),
  );
}

const signed = (x: number) => `${x > 0 ? '+' : ''}${(100 * x).toFixed(2)}`;

async function without(one: Part, folders: readonly string[], whole: readonly Verdict[], copy: string): Promise<Line> {
  const got: Verdict[] = [];
  let fault = '';
  try {
    const root = copyWithout(one, copy);
    for (const folder of folders) {
      const events = join(folder, 'events-without.ndjson');
      if (one.hidden.length > 0) hideStatuses(one, join(folder, 'events.ndjson'), events);
      await backtest({
        folder,
        root,
        out: 'decisions-without.ndjson',
        ...(one.hidden.length > 0 ? { events: [events] } : {}),
      });
      got.push(await evaluateWorld(folder, 'decisions-without.ndjson'));
    }
  } catch (error) {
    fault = `does not run: ${(error instanceof Error ? error.message : String(error)).split('\n').at(-1) ?? ''}`;
  }
  rmSync(copy, { recursive: true, force: true });
  const change = (get: (verdict: Verdict) => number) =>
    mean(got.map((verdict, i) => get(verdict) - get(whole[i] ?? verdict)));
  return {
    part: one.name,
    auc: change((v) => v.auc),
    recall01: change((v) => v.recall01),
    recall1: change((v) => v.recall1),
    benignRefused: change((v) => v.benignRefused),
    worse: got.filter((verdict, i) => verdict.recall01 < (whole[i]?.recall01 ?? 0)).length,
    worlds: got.length,
    fault,
  };
}
