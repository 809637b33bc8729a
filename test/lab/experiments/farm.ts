import type { Platform } from '../agents.ts';
import { indexIn } from '../machines.ts';
import { hex8, mix, type Random } from '../random.ts';
import type { Actor } from '../schedule.ts';
import type { Caller, Label, Proof } from '../site.ts';
import { deviceId, TOKEN_LIFE_MS } from '../visit.ts';
import type { World } from '../world.ts';

/** An installation of the genuine app in an attacker's hands: its tokens are good. */
export interface Installation {
  caller: Caller;
  seed: number;
}

/** A platform of this world whose installations can attest and that people use. */
export function attestingPlatform(world: World): Platform {
  const used = world.settlement.groups.flatMap((group) => group.platforms.map(([platform]) => platform));
  return used.find((platform) => world.plan.attesting.includes(platform)) ?? 'android';
}

export function createInstallation(world: World, random: Random, now: number): Installation {
  const seed = random.word();
  const platform = attestingPlatform(world);
  const caller: Caller = {
    ...world.networks.proxy(seed, now),
    ...world.agents.software(platform, seed, 4),
    platform,
    apiClient: world.site.apiClient(platform),
    user: world.site.userId(world.site.users * 4 + (seed % 1_000_000)),
    session: hex8(seed) + hex8(mix(seed, 2)),
    device: deviceId(mix(seed, 31)),
  };
  return { caller, seed };
}

export function genuineProof(installation: Installation, now: number): Proof {
  const life = Math.floor(now / TOKEN_LIFE_MS);
  const { seed } = installation;
  return { status: 'genuine', code: 'ok', token: hex8(mix(seed, life)) + hex8(mix(life, seed)) };
}

export function attackLabel(kind: string): Label {
  return { attack: true, kind, instance: `${kind}-1`, victim: false };
}

/** Reads one object after the other: the deed whose baseline is worth poisoning. */
export function scrape(world: World, one: Installation, now: number, index: number, label: Label): void {
  const { site, plan } = world;
  site.call(
    now,
    one.caller,
    genuineProof(one, now),
    plan.spec.roles.item,
    (pool) => indexIn(world, pool, index),
    0,
    '',
    label,
  );
}

/** Acts at times that `next` gives, until it answers Infinity. */
export function every(next: (now: number) => number): Actor {
  return { act: next };
}
