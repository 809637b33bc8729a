import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../metrics.ts';
import { DAY } from '../plan.ts';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import { writeWorld } from '../write.ts';
import { type ExperimentOptions, freshFolder, percent, withOutcome } from './common.ts';

/** Days that are shown together. */
const SPAN = 5;
/** Caller-hours whose decibels without enforcement lie here show where the threshold is: what idles shows nothing. */
const NEAR: readonly [number, number] = [8, 40];

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
 * Days of enforcement: each day is answered with the days before as history, in which every event carries the answer
 * that it got. Beside it the same days without any answer fed back. Decibels are relative to genuine callers, so that a
 * threshold that creeps shows in what the *same* caller-hour gets: the difference of the two is how far own answers
 * moved it. Hours in which the caller itself was refused are left out: they differ by what was taken from them.
 */
export async function enforce(options: ExperimentOptions, days = 30): Promise<void> {
  const folder = freshFolder(options.folder, 'enforce');
  writeWorld(options.kind, options.seed, options.events, folder, {
    shape(plan) {
      plan.days = days;
      plan.end = plan.start + days * DAY;
    },
  });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const events = read('events.ndjson');
  const labels = read('labels.ndjson').map((line): Label => JSON.parse(line));
  const times = events.map((line) => Number(/"time":(\d+)/.exec(line)?.[1]));
  const isGenuine = events.map((line) => line.includes('"attestation.status":"genuine"'));
  const first = times[0] ?? 0;
  const dayOf = (i: number) => Math.min(days - 1, Math.floor(((times[i] ?? 0) - first) / DAY));

  await backtest({ folder, out: 'shadow.ndjson' });
  const shadow = read('shadow.ndjson').map((line): Decision => JSON.parse(line));
  const history = join(folder, 'history.ndjson');
  const today = join(folder, 'today.ndjson');
  writeFileSync(history, '');
  const enforced: Decision[] = [];
  for (let day = 0; day < days; day++) {
    const ofDay = events.filter((_, i) => dayOf(i) === day);
    writeFileSync(today, `${ofDay.join('\n')}\n`);
    await backtest({ folder, events: [history, today], out: 'day.ndjson' });
    const answers = read('day.ndjson')
      .slice(enforced.length)
      .map((line): Decision => JSON.parse(line));
    enforced.push(...answers);
    appendFileSync(history, ofDay.map((line, i) => `${withOutcome(line, answers[i]?.outcome ?? 'allow')}\n`).join(''));
    console.error(`day ${day + 1} of ${days}: ${answers.filter((one) => one.outcome !== 'allow').length} refused`);
  }

  const genuine = new Set(labels.filter((_, i) => isGenuine[i]).map((label) => label.caller));
  const hours = new Map<string, { day: number; enforced: number; shadow: number; refused: boolean }>();
  labels.forEach((label, i) => {
    if (label.label !== 'benign' || label.victim || !genuine.has(label.caller)) return;
    const key = `${label.caller} ${Math.floor((times[i] ?? 0) / 3_600_000)}`;
    const hour = hours.get(key) ?? { day: dayOf(i), enforced: 0, shadow: 0, refused: false };
    hours.set(key, hour);
    hour.enforced = Math.max(hour.enforced, enforced[i]?.risk ?? 0);
    hour.shadow = Math.max(hour.shadow, shadow[i]?.risk ?? 0);
    if (enforced[i]?.outcome !== 'allow') hour.refused = true;
  });
  const rows: string[][] = [];
  let most = 0;
  for (let from = 0; from < days; from += SPAN) {
    const span = [...hours.values()].filter(({ day }) => day >= from && day < from + SPAN);
    const near = span.filter(({ shadow: risk, refused }) => !refused && risk >= NEAR[0] && risk <= NEAR[1]);
    const moved = near.map((hour) => hour.enforced - hour.shadow);
    if (from > 0 && moved.length > 0) most = Math.max(most, Math.abs(median(moved)));
    const refused = span.filter((hour) => hour.refused).length / span.length;
    rows.push([
      `${from + 1} to ${Math.min(days, from + SPAN)}`,
      String(span.length),
      percent(refused, 2),
      String(near.length),
      moved.length === 0 ? '-' : median(moved).toFixed(2),
      moved.length === 0 ? '-' : Math.max(...moved.map(Math.abs)).toFixed(2),
    ]);
  }
  console.log(
    `World ${options.kind}-${options.seed}, ${events.length} events in ${days} days. What own answers do to the decibels of genuine caller-hours between ${NEAR[0]} and ${NEAR[1]} dB.\n`,
  );
  console.log(
    table(['days', 'genuine caller-hours', 'refused', 'compared', 'median moved by (dB)', 'most moved by (dB)'], rows),
  );
  console.log(`\nMost that a median moved after the first ${SPAN} days: ${most.toFixed(2)} dB (to hold: 1 dB)`);
}
