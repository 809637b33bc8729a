import { DAY, HOUR } from './plan.ts';
import { mix, type Random } from './random.ts';
import type { Actor } from './schedule.ts';
import type { Caller, Label, Proof } from './site.ts';
import { type Purpose, poolSize, Visit } from './visit.ts';
import type { World } from './world.ts';

const NO_PROOF: Proof = { status: 'none', code: 'cannot_attest', token: '' };
const label = (kind: string): Label => ({ attack: false, kind, instance: '', victim: false });

function machine(world: World, renter: number, index: number, apiClient: string, tool: number): Caller {
  const software = world.agents.tool(tool);
  return {
    ...world.networks.serverOf(renter, index),
    ...software,
    platform: 'server',
    apiClient,
    user: '',
    session: '',
    device: '',
  };
}

/** Health checks by the clock, nightly jobs of partners, and crawlers that say who they are. */
export function addMachines(world: World, random: Random): void {
  addMonitors(world, random);
  addBatches(world, random);
  addCrawlers(world, random);
  addScripts(world, random);
}

function addMonitors(world: World, random: Random): void {
  const { plan, site, settlement, schedule } = world;
  const monitors = 2 + random.int(2);
  const gap = (plan.days * DAY * monitors) / (settlement.benign * plan.machines.monitors);
  const path = random.pick(['/health', '/healthz', '/status', '/ping']);
  for (let i = 0; i < monitors; i++) {
    const renter = random.word();
    const caller = machine(world, renter, 0, '', random.word());
    const actor: Actor = {
      act(now) {
        const host = random.int(plan.spec.hosts.length);
        site.raw(now, caller, NO_PROOF, { method: 'GET', host, path, query: '' }, 200, label('monitor'));
        return now + gap + random.normal() * 40;
      },
    };
    schedule.add(actor, plan.start + random.next() * gap);
  }
}

/** The keys of partners that run nightly jobs; a leaked one is among them. */
export function batchKey(index: number): string {
  return `partner-batch-${index + 1}`;
}
export const BATCH_PARTNERS = 3;

function addBatches(world: World, random: Random): void {
  const { plan, site, settlement, schedule } = world;
  const perNight = Math.max(30, (settlement.benign * plan.machines.batches) / plan.days / BATCH_PARTNERS);
  for (let i = 0; i < BATCH_PARTNERS; i++) {
    const caller = machine(world, random.word(), 0, batchKey(i), random.word());
    const at = random.between(0, 24) * HOUR;
    const gap = random.logBetween(120, 1500);
    const target = random.pick([...plan.spec.roles.objects, plan.spec.roles.item]);
    let left = 0;
    let index = 0;
    const actor: Actor = {
      act(now) {
        if (left <= 0) {
          left = Math.round(random.lognormal(perNight, 0.3));
          index = random.int(site.users);
        }
        left--;
        // A job reads what changed: mostly one after the other, with a page of the list now and then.
        const name = random.chance(0.04) ? plan.spec.roles.list : target;
        index += random.chance(0.8) ? 1 : 1 + random.int(9);
        const status = random.chance(0.01) ? 404 : 0;
        site.call(now, caller, NO_PROOF, name, (pool) => indexIn(world, pool, index), status, '', label('batch'));
        if (left > 0) return now + random.lognormal(gap, 0.35);
        return Math.ceil((now + HOUR) / DAY) * DAY + at + random.next() * 600_000;
      },
    };
    schedule.add(actor, plan.start + at);
  }
}

/** A valid index of any pool. */
export function indexIn(world: World, pool: string, index: number): number {
  const spec = world.plan.spec.pools[pool];
  const { users } = world.site;
  if (spec?.use === 'owned') return index % (users * spec.size);
  if (spec?.use === 'self') return index % users;
  if (spec?.use === 'zipf') return index % poolSize(spec.size, users);
  return mix(index, 5) % 50_000_000;
}

function addCrawlers(world: World, random: Random): void {
  const { plan, site, settlement, schedule } = world;
  const crawlers = 2;
  const gap = (plan.days * DAY * crawlers) / (settlement.benign * plan.machines.crawlers);
  for (let i = 0; i < crawlers; i++) {
    const renter = random.word();
    const software = world.agents.crawler(random.int(3));
    const callers = Array.from(
      { length: 4 },
      (_, k): Caller => ({
        ...machine(world, renter, k, '', 0),
        ...software,
      }),
    );
    const actor: Actor = {
      act(now) {
        const caller = random.pick(callers);
        const name = random.chance(0.8) ? plan.spec.roles.item : plan.spec.roles.list;
        const index = random.int(1_000_000);
        const status = random.chance(0.03) ? 404 : 0;
        site.call(now, caller, NO_PROOF, name, (pool) => indexIn(world, pool, index), status, '', label('crawler'));
        return now + random.exponential(gap);
      },
    };
    schedule.add(actor, plan.start + random.next() * gap);
  }
}

/** Users who wrote a script for their own account: honest tools on servers and at home, polling a few routes. */
function addScripts(world: World, random: Random): void {
  const { plan, site, settlement, schedule } = world;
  const scripts = 12 + random.int(10);
  const each = (settlement.benign * plan.machines.scripts) / scripts;
  const { roles } = plan.spec;
  for (let i = 0; i < scripts; i++) {
    const owner = random.int(site.users);
    const hosted = random.chance(0.6);
    const caller: Caller = {
      ...machine(world, random.word(), 0, random.chance(0.7) ? site.apiClient('web') : '', random.word()),
      user: random.chance(0.8) ? site.userId(owner) : '',
    };
    const names = [roles.home, roles.item, random.pick(roles.objects), roles.list];
    const size = random.lognormal(each, 0.7);
    const pages = 1 + random.int(6);
    const rounds = Math.max(1, size / pages);
    const gap = (plan.days * DAY) / rounds;
    let left = 0;
    const actor: Actor = {
      act(now) {
        if (!hosted) Object.assign(caller, world.networks.house(owner, now));
        if (left <= 0) left = pages;
        left--;
        const name = names[left % names.length] as string;
        const status = random.weighted([
          [0, 97],
          [404, 1.2],
          [403, 0.6],
          [401, 0.5],
          [500, 0.3],
        ] as const);
        const index = owner + site.users * random.int(3);
        site.call(now, caller, NO_PROOF, name, (pool) => indexIn(world, pool, index), status, '', label('script'));
        return left > 0 ? now + random.lognormal(700, 0.5) : now + random.lognormal(gap, 0.1);
      },
    };
    schedule.add(actor, plan.start + random.next() * gap);
  }
}

/** Crowds: a flash sale, and everyone coming back at once after an outage. */
export function addCrowds(world: World, random: Random): void {
  const { plan, settlement, schedule } = world;
  const leisure = settlement.groups.find((one) => one.spec.hours === 'leisure');
  const group = leisure ?? settlement.groups[0];
  if (!group) return;
  const usualPerMs = (group.members * group.spec.perDay) / DAY;
  const crowd = (from: number, to: number, factor: number, purpose: Purpose) => {
    const actor: Actor = {
      act(now) {
        const person = world.people[group.first + random.int(group.members)];
        if (person?.idle) {
          person.busy = true;
          schedule.add(new Visit(person, now, purpose), now);
        }
        const next = now + random.exponential(1 / (usualPerMs * factor));
        return next < to ? next : Number.POSITIVE_INFINITY;
      },
    };
    schedule.add(actor, from);
  };
  const { sale, outage } = plan;
  if (sale && leisure)
    crowd(sale.from, sale.to, random.between(4, 12), {
      kind: 'flash-sale',
      entry: plan.spec.roles.item,
      focus: random.int(9),
    });
  if (outage)
    crowd(outage.to, outage.to + 0.2 * HOUR, random.between(4, 10), { kind: 'retry-storm', entry: null, focus: -1 });
}
