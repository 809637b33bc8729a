import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { Bot, Tactics } from './bot.ts';

/** One request of an attack: a route of the API with its ids, or a path that nobody else asks for. */
export interface Shot {
  route: string;
  /** When not '', instead of a route. */
  path: string;
  query: string;
  method: string;
  host: number;
  /** 0: the route's usual success. */
  status: number;
  subject: string;
  index: number;
}
export interface Script {
  /** Tactics that this kind insists on. */
  tactics?: Partial<Tactics>;
  /** The shot; may change the bot's caller (a user signed in, a key shown). */
  shoot(bot: Bot, n: number, now: number): Shot;
  /** Mixes in what the app does beside. */
  cover: boolean;
  /** Called once before the first shot. */
  begin?(now: number): void;
  /** Times faster at the end than at the start; 1 when absent. */
  growth?: number;
  /** A caller that already exists does this: its own identity, not a bot's. */
  insider?: number;
}
export type MakeScript = (world: World, random: Random) => Script;

export const shot = (route: string, more: Partial<Shot> = {}): Shot => ({
  route,
  path: '',
  query: '',
  method: 'GET',
  host: 0,
  status: 0,
  subject: '',
  index: 0,
  ...more,
});

/** Sign in as users never seen before: accounts that the attacker made. */
export function ownAccount(world: World, random: Random, bot: Bot): void {
  if (bot.caller.user === '') bot.caller.user = world.site.userId(world.site.users + random.int(world.site.users));
}
