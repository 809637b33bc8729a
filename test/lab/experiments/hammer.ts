import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY, HOUR } from '../plan.ts';
import { table } from '../print.ts';
import { backtest } from '../product.ts';
import { writeWorld } from '../write.ts';
import { type ExperimentOptions, freshFolder, withOutcome } from './common.ts';
import { attackLabel, createInstallation, every, genuineProof } from './farm.ts';

const HOURS = 6;
const ROUNDS = 12;

interface Decision {
  outcome: string;
}

/**
 * An attacker who goes on for six hours, whatever the answer: password guesses from one address, and object after
 * object by one genuine installation. Its answers are fed back until they no longer change: since an answer depends on
 * earlier events alone, answers that reproduce themselves are those of a gateway that enforces.
 */
export async function hammer(options: ExperimentOptions): Promise<void> {
  const folder = freshFolder(options.folder, 'hammer');
  writeWorld(options.kind, options.seed, options.events, folder, {
    shape(plan) {
      plan.days = 2.5;
      plan.end = plan.start + 2.5 * DAY;
    },
    add(world, random) {
      const { plan, schedule, site } = world;
      const start = plan.start + 2 * DAY;
      const guesser = createInstallation(world, random, start);
      guesser.caller = {
        ...guesser.caller,
        ...world.agents.tool(3),
        user: '',
        session: '',
        device: '',
        platform: 'web',
      };
      guesser.caller.apiClient = site.apiClient('web');
      const reader = createInstallation(world, random, start);
      let index = 1000;
      const deeds = {
        'hammer-guess': (now: number) =>
          site.call(
            now,
            guesser.caller,
            { status: 'none', code: 'cannot_attest', token: '' },
            plan.spec.roles.signin,
            () => 0,
            401,
            site.subject(random.int(site.users * 2)),
            attackLabel('hammer-guess'),
          ),
        'hammer-walk': (now: number) =>
          site.call(
            now,
            reader.caller,
            genuineProof(reader, now),
            plan.spec.roles.objects[0] ?? plan.spec.roles.item,
            () => index++ % (site.users * 2),
            random.chance(0.3) ? 403 : 0,
            '',
            attackLabel('hammer-walk'),
          ),
      };
      for (const deed of Object.values(deeds))
        schedule.add(
          every((now) => {
            deed(now);
            return now < start + HOURS * HOUR ? now + random.lognormal(6000, 0.3) : Number.POSITIVE_INFINITY;
          }),
          start,
        );
    },
  });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const events = read('events.ndjson');
  const kinds = read('labels.ndjson').map((line) => (JSON.parse(line) as { kind: string }).kind);
  const ours = kinds.flatMap((kind, i) => (kind.startsWith('hammer') ? [i] : []));
  const answered = join(folder, 'answered.ndjson');
  let outcomes = new Map<number, string>();
  let settled = false;
  for (let round = 1; round <= ROUNDS && !settled; round++) {
    writeFileSync(
      answered,
      `${events.map((line, i) => (outcomes.has(i) ? withOutcome(line, outcomes.get(i) ?? 'allow') : line)).join('\n')}\n`,
    );
    await backtest({ folder, events: [answered], out: 'decisions.ndjson' });
    const decisions = read('decisions.ndjson');
    const next = new Map(ours.map((i) => [i, (JSON.parse(decisions[i] ?? '{}') as Decision).outcome]));
    const same = ours.filter((i) => outcomes.get(i) === next.get(i)).length;
    settled = same === ours.length;
    outcomes = round === 1 ? heldOnce(next, kinds) : next;
    console.error(`round ${round}: ${same} of ${ours.length} answers as before`);
  }
  const rows = [...new Set(ours.map((i) => kinds[i] ?? ''))].map((kind) => {
    const answers = ours.filter((i) => kinds[i] === kind).map((i) => outcomes.get(i));
    const first = answers.findIndex((outcome) => outcome !== 'allow');
    const before = first < 0 ? answers.length : first;
    const through = answers.filter((outcome) => outcome === 'allow').length;
    return [
      kind,
      String(answers.length),
      first < 0 ? 'never refused' : String(before),
      String(through),
      first >= 0 && through < 2 * Math.max(1, before) ? 'yes' : 'no',
    ];
  });
  console.log(
    `World ${options.kind}-${options.seed}; ${HOURS} h of attempts. ${settled ? 'Answers reproduce themselves.' : `Answers still changed after ${ROUNDS} rounds: read the figures as a sketch.`}\n`,
  );
  console.log(table(['attack', 'attempts', 'k: before the first refusal', 'let through', 'fewer than 2k'], rows));
}

/**
 * A first guess of enforced answers: once refused, always refused. A hold is fed back ten minutes a round, so that answers
 * would take dozens of rounds to settle from the other side; which guess it was does not matter once they reproduce themselves.
 */
function heldOnce(outcomes: ReadonlyMap<number, string>, kinds: readonly string[]): Map<number, string> {
  const refused = new Set<string>();
  return new Map(
    [...outcomes].map(([i, outcome]) => {
      const kind = kinds[i] ?? '';
      if (outcome !== 'allow') refused.add(kind);
      return [i, outcome === 'allow' && refused.has(kind) ? 'challenge' : outcome];
    }),
  );
}
