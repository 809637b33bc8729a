import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY } from '../plan.ts';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import { writeWorld } from '../write.ts';
import { type ExperimentOptions, freshFolder, withOutcome } from './common.ts';

const DAYS = 30;
const QUANTILES = [0.9, 0.99] as const;

interface Label {
  label: string;
  caller: string;
  victim?: boolean;
}
interface Decision {
  outcome: string;
  risk: number;
}

/**
 * 30 days of enforcement: each day is answered with the days before as history, in which every event carries the answer
 * that it got. Beside it the same days without any answer fed back. The genuine threshold is the risk that a share of
 * genuine caller-hours passes; own answers must not move it.
 */
export async function enforce(options: ExperimentOptions): Promise<void> {
  const folder = freshFolder(options.folder, 'enforce');
  writeWorld(options.kind, options.seed, options.events, folder, {
    shape(plan) {
      plan.days = DAYS;
      plan.end = plan.start + DAYS * DAY;
    },
  });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const events = read('events.ndjson');
  const labels = read('labels.ndjson').map((line): Label => JSON.parse(line));
  const times = events.map((line) => Number(/"time":(\d+)/.exec(line)?.[1]));
  const isGenuine = events.map((line) => line.includes('"attestation.status":"genuine"'));
  const first = times[0] ?? 0;
  const dayOf = (i: number) => Math.min(DAYS - 1, Math.floor(((times[i] ?? 0) - first) / DAY));

  await backtest({ folder, out: 'shadow.ndjson' });
  const shadow = read('shadow.ndjson').map((line): Decision => JSON.parse(line));
  const history = join(folder, 'history.ndjson');
  const today = join(folder, 'today.ndjson');
  writeFileSync(history, '');
  const enforced: Decision[] = [];
  for (let day = 0; day < DAYS; day++) {
    const ofDay = events.filter((_, i) => dayOf(i) === day);
    writeFileSync(today, `${ofDay.join('\n')}\n`);
    await backtest({ folder, events: [history, today], out: 'day.ndjson' });
    const answers = read('day.ndjson')
      .slice(enforced.length)
      .map((line): Decision => JSON.parse(line));
    enforced.push(...answers);
    appendFileSync(history, ofDay.map((line, i) => `${withOutcome(line, answers[i]?.outcome ?? 'allow')}\n`).join(''));
    console.error(`day ${day + 1} of ${DAYS}: ${answers.filter((one) => one.outcome !== 'allow').length} refused`);
  }

  const genuine = new Set(labels.filter((_, i) => isGenuine[i]).map((label) => label.caller));
  const thresholds = (decisions: readonly Decision[], from: number, to: number) => {
    const hours = new Map<string, number>();
    labels.forEach((label, i) => {
      const day = dayOf(i);
      if (label.label !== 'benign' || label.victim || !genuine.has(label.caller) || day < from || day >= to) return;
      const key = `${label.caller} ${Math.floor((times[i] ?? 0) / 3_600_000)}`;
      hours.set(key, Math.max(hours.get(key) ?? 0, decisions[i]?.risk ?? 0));
    });
    const sorted = [...hours.values()].sort((x, y) => x - y);
    return QUANTILES.map((q) => sorted[Math.floor(q * sorted.length)] ?? Number.NaN);
  };
  const rows: string[][] = [];
  let most = 0;
  for (let from = 0; from < DAYS; from += 6) {
    const own = thresholds(enforced, from, from + 6);
    const without = thresholds(shadow, from, from + 6);
    const moved = own.map((value, i) => value - (without[i] ?? Number.NaN));
    if (from > 0) most = Math.max(most, ...moved.map(Math.abs));
    rows.push([
      `${from + 1} to ${from + 6}`,
      ...own.flatMap((value, i) => [value, without[i] ?? Number.NaN, moved[i] ?? Number.NaN].map((x) => x.toFixed(2))),
    ]);
  }
  const heads = QUANTILES.flatMap((q) => {
    const share = `${Math.round(100 * (1 - q))} %`;
    return [`${share} enforced`, 'without', 'moved'];
  });
  console.log(
    `World ${options.kind}-${options.seed}, ${events.length} events in ${DAYS} days. Risk (dB) that a share of genuine caller-hours passes.\n`,
  );
  console.log(table(['days', ...heads], rows));
  console.log(`\nMost that enforcement moved it after the first days: ${most.toFixed(2)} dB (to hold: 1 dB)`);
}
