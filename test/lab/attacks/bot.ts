import type { Platform } from '../agents.ts';
import type { Group } from '../people.ts';
import { hex8, mix, type Random } from '../random.ts';
import type { Caller, Proof } from '../site.ts';
import { deviceId, hasDevice, TOKEN_LIFE_MS } from '../visit.ts';
import type { World } from '../world.ts';

/** How an attack is carried out; its kind says what it does. */
export interface Tactics {
  pace: 'fast' | 'slow';
  /** One address, a handful, or as many as it takes. */
  sources: 'one' | 'few' | 'many';
  /** Agents, fingerprints, pauses and side calls as the app has them. */
  imitates: boolean;
  /** What it shows for attestation. */
  proof: 'plain' | 'failed' | 'replayed' | 'genuine';
}

/** One of the machines that an attack speaks from. */
export interface Bot {
  caller: Caller;
  seed: number;
  shots: number;
  state: string;
}

/** Makes the machines of one attack instance. */
export function createBots(world: World, random: Random, tactics: Tactics, budget: number, group: Group) {
  const { plan, agents, networks, site } = world;
  const perBot = tactics.sources === 'many' ? random.logBetween(1.2, 12) : Number.POSITIVE_INFINITY;
  const count = tactics.sources === 'one' ? 1 : tactics.sources === 'few' ? 2 + random.int(7) : 1_000_000;
  // Proxies in homes for most of the spread-out ones, rented servers for most of the others (assumed).
  const residential = random.chance(tactics.sources === 'many' ? 0.8 : 0.4);
  const renter = random.word();
  const tool = random.word();
  // Attackers favour the platforms that need no proof; with a proof in hand, those that do.
  const candidates = group.platforms;
  const needsProof = tactics.proof !== 'plain';
  const choices = candidates.filter(([platform]) => !needsProof || plan.attesting.includes(platform));
  const fallback: Platform = needsProof ? 'android' : 'web';
  const poses: Platform = choices.length > 0 ? random.weighted(choices) : fallback;
  const naivePose: Platform = random.chance(0.5) ? 'web' : poses;
  const naiveKey = random.chance(0.7);
  const release = plan.release === null || random.chance(0.5) ? 3 + random.int(2) : 5;
  // One phone farm shares a few uplinks.
  const stolenFrom = random.word();
  const slots: Bot[] = [];
  let used = 0;

  function make(now: number): Bot {
    const seed = random.word();
    const number = used++;
    const origin = residential ? networks.proxy(seed, now) : networks.serverOf(renter, number);
    const platform = tactics.imitates || needsProof ? poses : naivePose;
    const disguised = tactics.imitates || needsProof;
    const software = disguised ? agents.software(platform, seed, release) : agents.tool(tool);
    const caller: Caller = {
      ...origin,
      ...software,
      version: disguised ? software.version : '',
      platform,
      driver: disguised ? 'imitator' : 'tool',
      apiClient: disguised || naiveKey ? site.apiClient(platform) : '',
      user: '',
      session: disguised ? hex8(seed) + hex8(mix(seed, 2)) : '',
      device:
        disguised && hasDevice(platform) ? deviceId(tactics.proof === 'replayed' ? stolenFrom : mix(seed, 31)) : '',
    };
    return { caller, seed, shots: 0, state: '' };
  }

  return {
    /** How many addresses this instance may use at most. */
    spread: tactics.sources === 'many' ? Math.ceil(budget / perBot) : count,
    next(now: number): Bot {
      if (tactics.sources === 'many') {
        let bot = slots[0];
        if (!bot || bot.shots >= perBot * (0.5 + random.next())) {
          bot = make(now);
          slots[0] = bot;
        }
        bot.shots++;
        return bot;
      }
      if (slots.length < count) slots.push(make(now));
      const bot = random.pick(slots);
      bot.shots++;
      return bot;
    },
    proof(bot: Bot, now: number): Proof {
      const life = Math.floor(now / TOKEN_LIFE_MS);
      const token = (owner: number) => hex8(mix(owner, life)) + hex8(mix(life, owner));
      // A client that the policy cannot tell apart from one that cannot attest shows nothing.
      const known = bot.caller.apiClient !== '' || (plan.identifyBy === 'user_agent' && tactics.imitates);
      switch (tactics.proof) {
        case 'failed':
          return { status: 'failed', code: 'signature_invalid', token: token(bot.seed) };
        case 'genuine':
          return { status: 'genuine', code: 'ok', token: token(bot.seed) };
        case 'replayed':
          if (random.chance(0.12)) return { status: 'expired', code: 'expired', token: token(stolenFrom) };
          return { status: 'genuine', code: 'ok', token: token(stolenFrom) };
        case 'plain':
          return known && plan.attesting.includes(bot.caller.platform)
            ? { status: 'missing', code: 'no_token', token: '' }
            : { status: 'none', code: 'cannot_attest', token: '' };
      }
    },
  };
}
