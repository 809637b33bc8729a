import { createAgents } from './agents.ts';
import { scheduleAttacks } from './attacks/schedule.ts';
import { addCrowds, addMachines } from './machines.ts';
import { createNetworks } from './networks.ts';
import { addPeople, type Person, settle } from './people.ts';
import { drawPlan, type Plan } from './plan.ts';
import { Random } from './random.ts';
import { createSchedule, type Schedule } from './schedule.ts';
import { createSite, type Sink } from './site.ts';

/** What everyone in a world shares. */
export interface World {
  plan: Plan;
  schedule: Schedule;
  site: ReturnType<typeof createSite>;
  networks: ReturnType<typeof createNetworks>;
  agents: ReturnType<typeof createAgents>;
  settlement: ReturnType<typeof settle>;
  /** By user index. */
  people: Person[];
  /** Users whose account an attacker has taken over: the time it began. */
  victims: Map<number, number>;
}

/** What an experiment changes about a world of the generator. */
export interface WorldOptions {
  /** Changes what was drawn, before anything is built from it. */
  shape?(plan: Plan): void;
  /** Adds actors, or changes people, before time begins. */
  add?(world: World, random: Random): void;
}

/** Builds the world of `kind` and `seed` with about `events` events and plays it into `sink`. Answers what was drawn. */
export function playWorld(kind: string, seed: number, events: number, sink: Sink, options: WorldOptions = {}): Plan {
  const random = new Random(`${kind}-${seed}`);
  const plan = drawPlan(kind, seed, events, random.fork('plan'));
  options.shape?.(plan);
  const settlement = settle(plan, random.fork('settle'));
  const schedule = createSchedule();
  const world: World = {
    plan,
    schedule,
    settlement,
    site: createSite(plan, random.fork('site'), settlement.users, sink),
    networks: createNetworks(random.fork('networks'), settlement.users),
    agents: createAgents(random.fork('agents'), plan.spec.app),
    people: [],
    victims: new Map(),
  };
  addPeople(world, random.fork('people'));
  addMachines(world, random.fork('machines'));
  addCrowds(world, random.fork('crowds'));
  scheduleAttacks(world, random.fork('attacks'));
  options.add?.(world, random.fork('experiment'));
  schedule.run(plan.end);
  return plan;
}
