import { indexIn } from '../machines.ts';
import type { Group } from '../people.ts';
import { busyness } from '../plan.ts';
import type { Random } from '../random.ts';
import type { Actor } from '../schedule.ts';
import type { Caller, Label } from '../site.ts';
import { Visit } from '../visit.ts';
import type { World } from '../world.ts';
import { createBots, type Tactics } from './bot.ts';
import { ATTACKS, drawGap, FIRST_UNSEEN_SEED, UNSEEN_ATTACKS } from './kinds.ts';
import type { Script, Shot } from './script.ts';

/** Plans the attacks of a world over its time: every kind comes, sizes and tactics are drawn. */
export function scheduleAttacks(world: World, random: Random): void {
  const { plan, settlement } = world;
  const kinds = plan.seed < FIRST_UNSEEN_SEED ? ATTACKS : { ...ATTACKS, ...UNSEEN_ATTACKS };
  const weights = Object.entries(kinds).map(([kind, attack]) => ({
    kind,
    attack,
    weight: attack.weight * random.lognormal(1, 0.5),
  }));
  const total = weights.reduce((sum, one) => sum + one.weight, 0);
  for (const { kind, attack, weight } of weights) {
    const budget = (settlement.attack * weight) / total;
    const instances = Math.max(1, Math.round(budget / attack.size));
    const sizes = Array.from({ length: instances }, () => random.lognormal(1, 0.8));
    const sum = sizes.reduce((a, b) => a + b, 0);
    sizes.forEach((size, i) => {
      const own = random.fork(`${kind}-${i}`);
      const script = attack.make(world, own);
      const tactics: Tactics = {
        pace: own.chance(attack.slow) ? 'slow' : 'fast',
        sources: own.chance(attack.many) ? 'many' : own.chance(0.5) ? 'one' : 'few',
        imitates: own.chance(attack.imitates),
        proof: 'plain',
        ...script.tactics,
      };
      const start = plan.start + own.between(0.03, 0.95) * (plan.end - plan.start);
      const shots = Math.max(8, Math.round((budget * size) / sum));
      world.schedule.add(
        createAttack(world, own, {
          kind,
          id: `${kind}-${i + 1}/${tactics.pace}/${tactics.sources}/${tactics.imitates ? 'app' : 'naive'}/${tactics.proof}`,
          script,
          tactics,
          shots,
          start,
        }),
        start,
      );
    });
  }
}

/** Whom an attack pretends to be: mostly people who sign in, sometimes machines; never staff or partners. */
function drawDisguise(world: World, random: Random): Group {
  const groups = world.settlement.groups.filter((group) => !group.spec.anyone && !group.spec.partner);
  return random.weighted(groups.map((group) => [group, group.spec.signedIn > 0 ? 4 : 1] as const));
}

interface Instance {
  kind: string;
  id: string;
  script: Script;
  tactics: Tactics;
  shots: number;
  start: number;
}

function createAttack(world: World, random: Random, instance: Instance): Actor {
  const { plan, site } = world;
  const { script, tactics } = instance;
  const label: Label = { attack: true, kind: instance.kind, instance: instance.id, victim: false };
  const group = drawDisguise(world, random);
  const bots = createBots(world, random, tactics, instance.shots, group);
  const gap = drawGap(random, tactics, instance.shots, plan.end - instance.start);
  // Half of those who imitate keep the hours of the people they pretend to be.
  const keepsHours = tactics.imitates && tactics.pace === 'slow' && random.chance(0.5);
  const cover = script.cover && tactics.imitates;
  const staff = script.insider === undefined ? null : world.people[script.insider];
  let own: Caller | null = null;
  let n = 0;

  function fire(now: number, caller: Caller, one: Shot, proof: ReturnType<typeof bots.proof>): void {
    if (one.path !== '') site.raw(now, caller, proof, one, one.status, label);
    else {
      const resolve = (pool: string) => (one.index >= 500_000_000 ? one.index : indexIn(world, pool, one.index));
      site.call(now, caller, proof, one.route, resolve, one.status, one.subject, label);
    }
  }

  return {
    act(now) {
      if (n === 0) script.begin?.(now);
      const bot = bots.next(now);
      if (staff && own === null) own = new Visit(staff, now, null).identity();
      if (own) bot.caller = own;
      if (cover && random.chance(0.35)) {
        // What the app does beside, in the app's own order.
        const state = bot.state === '' || bot.state === 'exit' ? random.weighted(group.spec.entry) : bot.state;
        const index = random.int(1_000_000);
        site.call(now, bot.caller, bots.proof(bot, now), state, (pool) => indexIn(world, pool, index), 0, '', label);
        bot.state = random.weighted(group.spec.chain[state] ?? [['exit', 1]]);
      } else fire(now, bot.caller, script.shoot(bot, n, now), bots.proof(bot, now));
      n++;
      if (n >= instance.shots) return Number.POSITIVE_INFINITY;
      // Twice the pause at first, down by the growth: about as long in all.
      const speed = script.growth ? (2 * script.growth ** (n / instance.shots)) / script.growth : 1;
      const pause = (1 / speed) * (tactics.imitates ? random.lognormal(gap * 0.75, 0.8) : random.lognormal(gap, 0.15));
      if (!keepsHours) return now + pause;
      return now + pause / Math.max(0.1, busyness(plan, 'leisure', now));
    },
  };
}
