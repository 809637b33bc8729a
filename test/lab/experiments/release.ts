import { rowsOf } from '../evaluate.ts';
import { DAY, HOUR } from '../plan.ts';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import { writeWorld } from '../write.ts';
import { type ExperimentOptions, freshFolder, percent } from './common.ts';

const DAYS = 8;
const RELEASE_DAY = 4;
const STEP_H = 6;
const CHANGED = 0.4;
const BUDGET = 0.01;

/**
 * An app release that changes the behaviour of 40 % of callers within two hours: four calls more on most screens. Shows
 * the share of genuine caller-hours over the line of a 1 % budget, and when it is back under twice nominal for good.
 */
export async function release(options: ExperimentOptions): Promise<void> {
  const folder = freshFolder(options.folder, 'release');
  let at = 0;
  writeWorld(options.kind, options.seed, options.events, folder, {
    shape(plan) {
      plan.days = DAYS;
      plan.end = plan.start + DAYS * DAY;
      plan.release = at = plan.start + RELEASE_DAY * DAY;
      plan.novelties = 4;
      plan.sale = plan.outage = plan.providerOutage = null;
    },
    add(world, random) {
      for (const person of world.people)
        person.upgradesAt = random.chance(CHANGED) ? at + random.next() * 2 * HOUR : Number.POSITIVE_INFINITY;
    },
  });
  await backtest({ folder });
  const hours = new Map<string, { at: number; risk: number; caller: string }>();
  const genuine = new Set<string>();
  for await (const { event, label, decision } of rowsOf(folder, 'decisions.ndjson')) {
    if (label.label !== 'benign' || label.victim) continue;
    if (event['attestation.status'] === 'genuine') genuine.add(label.caller);
    const hour = Math.floor(event.time / HOUR);
    const key = `${label.caller} ${hour}`;
    const known = hours.get(key);
    if (known) known.risk = Math.max(known.risk, decision.risk);
    else hours.set(key, { at: hour * HOUR, risk: decision.risk, caller: label.caller });
  }
  const line = -10 * Math.log10(BUDGET);
  const steps = new Map<number, { hours: number; over: number }>();
  for (const one of hours.values()) {
    if (!genuine.has(one.caller)) continue;
    const step = Math.floor((one.at - at) / (STEP_H * HOUR));
    const sum = steps.get(step) ?? { hours: 0, over: 0 };
    steps.set(step, sum);
    sum.hours++;
    if (one.risk >= line) sum.over++;
  }
  const ordered = [...steps].sort(([x], [y]) => x - y).filter(([step]) => step >= -4);
  const after = ordered.filter(([step]) => step >= 0);
  const lastBad = after.filter(([, { hours: n, over }]) => isOver(n, over)).at(-1)?.[0];
  console.log(
    `World ${options.kind}-${options.seed}. Share of genuine caller-hours at ${line} dB and more (budget ${percent(BUDGET, 0)}), in steps of ${STEP_H} h around the release.\n`,
  );
  console.log(
    table(
      ['hours after the release', 'caller-hours', 'over', 'share'],
      ordered.map(([step, { hours: n, over }]) => [
        `${step * STEP_H} to ${(step + 1) * STEP_H}`,
        String(n),
        String(over),
        `${percent(over / n, 2)}${isOver(n, over) ? ' (over twice nominal)' : ''}`,
      ]),
    ),
  );
  const end = (lastBad ?? -1) + 1;
  console.log(
    lastBad === undefined
      ? '\nThe share never left twice nominal.'
      : end > (after.at(-1)?.[0] ?? 0)
        ? '\nThe share was still over twice nominal when the world ended.'
        : `\nBack under twice nominal for good after ${end * STEP_H} h.`,
  );
}

/** More than twice nominal would give in 19 of 20 such steps (Poisson, normal approximation). */
function isOver(hours: number, over: number): boolean {
  const expected = 2 * BUDGET * hours;
  return over > expected + 1.645 * Math.sqrt(expected) + 0.5;
}
