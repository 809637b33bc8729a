import { rowsOf } from '../evaluate.ts';
import { thresholdAt } from '../metrics.ts';
import { DAY, HOUR } from '../plan.ts';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import { writeWorld } from '../write.ts';
import { type ExperimentOptions, freshFolder, percent } from './common.ts';
import { attackLabel, createInstallation, every, scrape } from './farm.ts';

const WEEKS_DAYS = 14;
const DAYS = 18;

/** How baselines are poisoned for two weeks, by installations of the genuine app in the attacker's hands. */
const POISONS = {
  none: { installations: 0, burstsPerDay: 0, requests: 0 },
  /** Does openly what it wants to be allowed later. */
  loud: { installations: 15, burstsPerDay: 2, requests: 60 },
  /** Is there and does next to nothing, so that ordinary people look busy. */
  quiet: { installations: 200, burstsPerDay: 12, requests: 1 },
} as const;

/** The same attack after each kind of poison: what was caught, and what it cost the good and the attacker. */
export async function poison(options: ExperimentOptions): Promise<void> {
  const rows: string[][] = [];
  for (const [name, way] of Object.entries(POISONS)) {
    const folder = freshFolder(options.folder, `poison-${name}`);
    writeWorld(options.kind, options.seed, options.events, folder, {
      shape(plan) {
        plan.days = DAYS;
        plan.end = plan.start + DAYS * DAY;
      },
      add(world, random) {
        addPoison(world, random.fork('poison'), way);
        addAttack(world, random.fork('attack'));
      },
    });
    await backtest({ folder });
    rows.push([name, ...(await figures(folder))]);
    console.error(`poison ${name}: done`);
  }
  console.log(
    `World ${options.kind}-${options.seed}, ${DAYS} days; poison for ${WEEKS_DAYS} days, then 20 fresh genuine installations read\n` +
      '200 objects each. Nothing is enforced, so that the poison is never stopped: the worst case. Figures of the days after.\n',
  );
  console.log(
    table(
      [
        'poison',
        'its requests',
        'of them refused',
        'attack refused',
        'before first refusal',
        'other attacks refused',
        'benign refused',
        'genuine caller-hours over 20 dB',
        'risk that 1 % of benign events pass',
      ],
      rows,
    ),
  );
}

function addPoison(world: World, random: Random, way: (typeof POISONS)[keyof typeof POISONS]): void {
  const { plan, schedule } = world;
  const until = plan.start + WEEKS_DAYS * DAY;
  const label = attackLabel('poison');
  for (let i = 0; i < way.installations; i++) {
    const one = createInstallation(world, random, plan.start);
    let left = 0;
    let index = random.int(5000);
    schedule.add(
      every((now) => {
        if (now >= until) return Number.POSITIVE_INFINITY;
        if (left === 0) left = way.requests;
        left--;
        scrape(world, one, now, index++, label);
        return now + (left > 0 ? random.lognormal(9000, 0.5) : random.exponential(DAY / way.burstsPerDay));
      }),
      plan.start + random.exponential(DAY / way.burstsPerDay),
    );
  }
}

function addAttack(world: World, random: Random): void {
  const { plan, schedule } = world;
  for (let i = 0; i < 20; i++) {
    const start = plan.start + WEEKS_DAYS * DAY + random.between(2, 60) * HOUR;
    const one = createInstallation(world, random, start);
    let left = 200;
    let index = random.int(5000);
    schedule.add(
      every((now) => {
        scrape(world, one, now, index++, attackLabel('after-poison'));
        left--;
        return left > 0 ? now + random.lognormal(9000, 0.5) : Number.POSITIVE_INFINITY;
      }),
      start,
    );
  }
}

async function figures(folder: string): Promise<string[]> {
  const count = () => ({ events: 0, refused: 0 });
  const [poisoned, attack, others, benign] = [count(), count(), count(), count()];
  const firsts = new Map<string, { seen: number; first: number }>();
  const hours = new Map<string, number>();
  const genuine = new Set<string>();
  const risks: number[] = [];
  let start = 0;
  for await (const { event, label, decision } of rowsOf(folder, 'decisions.ndjson')) {
    start ||= event.time;
    const isRefused = decision.outcome !== 'allow';
    const add = (to: { events: number; refused: number }) => {
      to.events++;
      if (isRefused) to.refused++;
    };
    if (label.kind === 'poison') add(poisoned);
    if (event.time < start + WEEKS_DAYS * DAY || label.kind === 'poison' || label.victim) continue;
    if (label.kind === 'after-poison') {
      add(attack);
      const one = firsts.get(label.caller) ?? { seen: 0, first: Number.POSITIVE_INFINITY };
      firsts.set(label.caller, one);
      one.seen++;
      if (isRefused) one.first = Math.min(one.first, one.seen);
    } else if (label.label === 'attack') add(others);
    else {
      add(benign);
      risks.push(decision.risk);
      if (event['attestation.status'] === 'genuine') genuine.add(label.caller);
      const key = `${label.caller} ${Math.floor(event.time / HOUR)}`;
      hours.set(key, Math.max(hours.get(key) ?? 0, decision.risk));
    }
  }
  const ofGenuine = [...hours].filter(([key]) => genuine.has(key.split(' ')[0] ?? '')).map(([, risk]) => risk);
  const sorted = [...firsts.values()].map((one) => one.first).sort((x, y) => x - y);
  const middle = sorted[sorted.length >> 1] ?? Number.POSITIVE_INFINITY;
  const share = (of: { events: number; refused: number }) => percent(of.refused / of.events);
  return [
    String(poisoned.events),
    share(poisoned),
    share(attack),
    Number.isFinite(middle) ? String(middle - 1) : 'never',
    share(others),
    percent(benign.refused / benign.events, 3),
    percent(ofGenuine.filter((risk) => risk >= 20).length / ofGenuine.length, 2),
    `${thresholdAt(Float64Array.from(risks), 0.01).toFixed(1)} dB`,
  ];
}
