import { type MakeScript, ownAccount, shot } from './script.ts';

/** Asks known routes with methods that they do not have: what is open by mistake, and what an answer gives away. */
export const methodProbing: MakeScript = (world, random) => {
  const { routes, hosts } = world.plan.spec;
  const names = Object.keys(routes);
  return {
    cover: random.chance(0.3),
    shoot(bot) {
      if (random.chance(0.6)) ownAccount(world, random, bot);
      const route = routes[random.pick(names)];
      const methods = ['PUT', 'PATCH', 'DELETE', 'POST', 'GET', 'OPTIONS', 'HEAD'].filter(
        (one) => one !== route?.method,
      );
      const path = (route?.path ?? '/').replace(/\{(\w+)\}/g, (_, pool: string) =>
        world.site.id(pool, random.int(world.site.users)),
      );
      const status = random.weighted([
        [405, 6],
        [404, 2],
        [403, 2],
        [200, 0.6],
        [204, 0.4],
      ] as const);
      const host = Math.min(route?.host ?? 0, hosts.length - 1);
      return shot('', { method: random.pick(methods), host, path: world.plan.prefix + path, status });
    },
  };
};

/**
 * Installations of the genuine app that start as people would and ask a little more each hour, so that what is usual
 * grows with them. Their first requests are no different from anybody's: nothing can find those.
 */
export const slowPoisoning: MakeScript = (world, random) => {
  const { roles } = world.plan.spec;
  let index = random.int(3000);
  return {
    tactics: { pace: 'slow', sources: 'few', imitates: true, proof: 'genuine' },
    growth: 12,
    cover: true,
    shoot(bot) {
      ownAccount(world, random, bot);
      if (random.chance(0.15)) return shot(roles.list, { index: random.int(500) });
      return shot(roles.item, { index: index++ });
    },
  };
};
