import type { Platform } from './agents.ts';
import type { GroupSpec } from './apis/spec.ts';
import { busyness, DAY, MOST_BUSY, type Plan } from './plan.ts';
import { mix, type Random } from './random.ts';
import type { Actor } from './schedule.ts';
import { Visit } from './visit.ts';
import type { World } from './world.ts';

export interface Group {
  spec: GroupSpec;
  /** Index of the first member; members follow each other. */
  first: number;
  members: number;
  platforms: readonly (readonly [Platform, number])[];
}

/** How many members each group needs so that the world has about the events asked for. */
export function settle(plan: Plan, random: Random) {
  const benign = plan.events * (1 - plan.attackShare);
  const people = 1 - Object.values(plan.machines).reduce((sum, share) => sum + share, 0);
  const declared = plan.spec.groups.reduce((sum, group) => sum + group.share, 0);
  const groups: Group[] = [];
  let users = 0;
  for (const spec of plan.spec.groups) {
    const budget = (benign * people * spec.share) / declared;
    const { calls, seconds } = typicalVisit(plan, spec, random);
    const visitsPerDay = spec.perDay * Math.exp((spec.sigma * spec.sigma) / 2);
    const cycleDays = 1 / visitsPerDay + seconds / 86_400;
    const regulars = spec.hours === 'leisure' ? 1 - plan.passersBy : 1;
    const perMember = (calls * plan.days) / cycleDays;
    const members = Math.max(spec.anyone || spec.partner ? 4 : 20, Math.round((budget * regulars) / perMember));
    groups.push({ spec, first: users, members, platforms: reweigh(plan, spec) });
    users += members;
  }
  return { groups, users, benign, attack: plan.events * plan.attackShare };
}

/** Mean calls and seconds of a visit, by walking the chain. */
function typicalVisit(plan: Plan, spec: GroupSpec, random: Random): { calls: number; seconds: number } {
  let calls = 0;
  let seconds = 0;
  const visits = 600;
  for (let i = 0; i < visits; i++) {
    let state = random.weighted(spec.entry);
    for (let n = 0; state !== 'exit' && n < 2000; n++) {
      const route = plan.spec.routes[state];
      calls += 1 + (route?.beside.length ?? 0);
      seconds += (route?.think ?? 1) * Math.exp((spec.jitter * spec.jitter) / 2);
      state = random.weighted(spec.chain[state] ?? [['exit', 1]]);
    }
  }
  return { calls: calls / visits + 0.5, seconds: seconds / visits };
}

/** Platforms so that the drawn share of members can attest; groups of one sort stay as they are. */
function reweigh(plan: Plan, spec: GroupSpec): Group['platforms'] {
  const can = (platform: Platform) => plan.attesting.includes(platform);
  const sum = (want: boolean) =>
    spec.platforms.reduce((total, [platform, weight]) => total + (can(platform) === want ? weight : 0), 0);
  const able = sum(true);
  const unable = sum(false);
  if (able === 0 || unable === 0) return spec.platforms;
  return spec.platforms.map(([platform, weight]) => [
    platform,
    can(platform) ? (plan.attestingShare * weight) / able : ((1 - plan.attestingShare) * weight) / unable,
  ]);
}

/** Someone, or some machine, that uses the API for its purpose. Drawn once; visits read it. */
export class Person implements Actor {
  readonly world: World;
  readonly group: Group;
  readonly index: number;
  readonly random: Random;
  readonly perDay: number;
  readonly platform: Platform;
  readonly hardware: number;
  readonly sharesDevice: boolean = false;
  readonly office: number;
  readonly forgetful: boolean;
  readonly power: boolean;
  readonly travels: { from: number; to: number } | null;
  readonly newPhoneAt: number;
  upgradesAt: number;
  /** 0 none; 1 always fails (rooted, out of date); 2 a clock that makes tokens look expired; 3 cannot get a token. */
  readonly flaw: 0 | 1 | 2 | 3;
  /** Goes out through a commercial VPN, by another exit each time. */
  readonly vpn: boolean;
  /** Comes once: in the world for one visit. */
  readonly passing: boolean;
  busy = false;
  private visit: Visit | null = null;

  constructor(world: World, group: Group, index: number, random: Random, passing = false) {
    const { plan } = world;
    const { spec } = group;
    this.world = world;
    this.group = group;
    this.index = index;
    this.random = random;
    this.passing = passing;
    const rate = random.lognormal(spec.perDay, spec.sigma);
    this.perDay = Math.min(rate, spec.perDay * 40);
    this.power = spec.jitter > 0.5 && this.perDay > spec.perDay * Math.exp(1.9 * spec.sigma);
    this.platform = random.weighted(group.platforms);
    this.hardware = random.word();
    const inOffice = spec.hours === 'leisure' ? random.chance(plan.officeShare) : spec.name !== 'drivers';
    // Offices differ as firms do: few large, many small.
    this.office = inOffice && spec.hours !== 'flat' ? random.zipf(world.networks.officeCount) : -1;
    this.forgetful = random.chance(0.03);
    const travelling = spec.hours === 'leisure' && random.chance(0.02);
    const leaves = random.between(plan.start, plan.end);
    this.travels = travelling ? { from: leaves, to: leaves + random.between(0.5, 4) * DAY } : null;
    // A phone lives two to three years (assumed): in a week about one in a hundred changes it.
    this.newPhoneAt = random.chance((plan.days / 900) * 1)
      ? random.between(plan.start, plan.end)
      : Number.POSITIVE_INFINITY;
    this.upgradesAt = plan.release === null ? Number.POSITIVE_INFINITY : plan.release + random.exponential(1.5 * DAY);
    const habits = random.fork(`habits ${index}`);
    // About a third of internet users say that they use a VPN now and then (GWI surveys); few do so all the time (assumed).
    this.vpn = spec.hours === 'leisure' && habits.chance(0.02);
    // A family's tablet, a shop's handset: someone else's installation (share assumed).
    const lender = spec.hours !== 'flat' && !passing && index > group.first && habits.chance(0.015);
    const neighbour = world.people[index - 1];
    if (lender && neighbour) {
      this.hardware = neighbour.hardware;
      this.platform = neighbour.platform;
      this.sharesDevice = true;
    }
    const flaw = random.next();
    this.flaw =
      flaw < plan.failedRate ? 1 : flaw < plan.failedRate + 0.002 ? 2 : flaw < plan.failedRate + 0.005 ? 3 : 0;
  }

  act(now: number): number {
    if (this.visit === null) {
      if (this.busy) return this.nextVisit(now);
      this.visit = new Visit(this, now, null);
    }
    const next = this.visit.act(now);
    if (next !== Number.POSITIVE_INFINITY) return next;
    this.visit = null;
    return this.nextVisit(now);
  }

  get idle(): boolean {
    return this.visit === null && !this.busy;
  }

  /** The start of the next visit: a Poisson process that follows the hours of the day, by thinning. */
  nextVisit(now: number): number {
    const { plan } = this.world;
    const { hours } = this.group.spec;
    const mean = DAY / this.perDay;
    if (hours === 'flat') return now + this.random.exponential(mean);
    let t = now;
    do {
      t += this.random.exponential(mean / MOST_BUSY);
    } while (t < plan.end && this.random.next() * MOST_BUSY > busyness(plan, hours, t));
    return t;
  }

  /** How long ago an app release reached this person, in ms; negative when not yet. */
  sinceUpgrade(now: number): number {
    return now - this.upgradesAt;
  }

  deviceOf(now: number): number {
    return now >= this.newPhoneAt ? mix(this.hardware, 1) : this.hardware;
  }
}

/** Lets strangers come by, each for one visit, in step with the regulars of `group`. */
function addPassersBy(world: World, group: Group, random: Random): void {
  const { plan } = world;
  const { spec } = group;
  const perDay = group.members * spec.perDay * Math.exp((spec.sigma * spec.sigma) / 2);
  const mean = DAY / ((perDay * plan.passersBy) / (1 - plan.passersBy));
  let index = world.site.users * 2;
  const actor: Actor = {
    act(now) {
      if (random.next() * MOST_BUSY < busyness(plan, spec.hours, now)) {
        const person = new Person(world, group, index++, random, true);
        world.schedule.add(new Visit(person, now, null), now);
      }
      return now + random.exponential(mean / MOST_BUSY);
    },
  };
  world.schedule.add(actor, plan.start + random.exponential(mean));
}

/** Fills the world with its people. */
export function addPeople(world: World, random: Random): void {
  for (const group of world.settlement.groups) {
    if (group.spec.hours === 'leisure') addPassersBy(world, group, random.fork(`passing ${group.spec.name}`));
    for (let i = 0; i < group.members; i++) {
      const person = new Person(world, group, group.first + i, random);
      world.people.push(person);
      world.schedule.add(person, person.nextVisit(world.plan.start));
    }
  }
}
