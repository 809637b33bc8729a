import { sum } from 'simple-statistics';
import { type Kind, type Seen, WINDOW_S } from './by-hand-features.ts';
import { familyOf, netOf, profileOf, surpriseOf, topicsOf, usualNow } from './by-hand-profile.ts';
import type { EventInput } from './engine.ts';

/** Events, and what each adds to what is known of its entities: from the events alone, without any SQL. */

/** An event of a test's world, with what its maker means it to be. */
export interface WorldEvent {
  /** Epoch ms; a world is in the order of time. */
  time: number;
  method: 'GET' | 'POST';
  /** Template; `object` is what stands for `{id}`. */
  route: string;
  object?: string;
  signin?: boolean;
  status: number;
  ip: string;
  user?: string;
  device?: string;
  client?: string;
  subject?: string;
  agent: string;
  asn?: number;
  ja4?: string;
  attestation?: 'genuine' | 'failed' | 'missing';
  /** What its verified token reports of the device. */
  signal?: 'rooted' | 'hooked';
  /** What a web application firewall before the gateway says. */
  waf?: number;
  kib?: number;
}

export function canonical(event: WorldEvent): EventInput {
  const { object, user, device, client, subject, asn, ja4, attestation, signal, waf } = event;
  return {
    time: event.time,
    'http.request.method': event.method,
    'http.route': event.route,
    'url.path': event.route.replace('{id}', object ?? ''),
    'http.response.status_code': event.status,
    'http.response.size': (event.kib ?? 0) * 1024,
    'client.address': event.ip,
    'user_agent.original': event.agent,
    ...(user === undefined ? {} : { 'user.id': user }),
    ...(device === undefined ? {} : { 'device.id': device }),
    ...(client === undefined ? {} : { 'api.client': client }),
    ...(subject === undefined ? {} : { 'login.subject': subject }),
    ...(asn === undefined ? {} : { 'network.asn': asn }),
    ...(ja4 === undefined ? {} : { 'tls.client.ja4': ja4 }),
    ...(attestation === undefined ? {} : { 'attestation.status': attestation }),
    ...(signal === undefined ? {} : { 'attestation.code': signal }),
    ...(waf === undefined ? {} : { 'waf.score': waf }),
  };
}

/** An event with its place among those of its caller, and its surprises in hundredths of a nat. */
export interface Told {
  event: WorldEvent;
  second: number;
  caller: string;
  /** `kind:id`. */
  entities: string[];
  /** ms since the caller's event before, if that was within 30 minutes; else null. */
  pause: number | null;
  /** `METHOD route` of that event, `''` for none. */
  previous: string;
  /** Hundredths: how much of a newcomer its caller is, and the same in its first event, else 0. */
  newcomer: number;
  arrived: number;
  /** Which of its caller's requests on the route in this hour. */
  nth: number;
  /** Whose the object was until then; null without one. */
  owner: 'own' | 'fresh' | 'foreign' | 'shared' | null;
  /** Whether it steps to a neighbour of the object before on this route in this hour; null without two numbers. */
  walk: 'neighbour' | 'other' | null;
  surprise: Record<Surprise, number>;
}
type Surprise =
  | 'route'
  | 'step'
  | 'answer'
  | 'network'
  | 'software'
  | 'here'
  | 'key_use'
  | 'strange_key'
  | 'own'
  | 'volume'
  | 'owner'
  | 'walk'
  | 'integrity'
  | 'outside'
  | 'travel'
  | 'clock'
  | 'country';

export const cohortOf = (event: WorldEvent) => `cohort:${familyOf(event.agent)} ${event.method} ${event.route}`;

export function entitiesOf(event: WorldEvent): string[] {
  return [
    ...(event.user === undefined ? [] : [`user:${event.user}`]),
    ...(event.device === undefined ? [] : [`device:${event.device}`]),
    `ip:${event.ip}`,
    `net:${netOf(event.ip)}`,
    ...(event.client === undefined ? [] : [`client:${event.client}`]),
    ...(event.attestation === 'genuine' ? [] : [cohortOf(event)]),
  ];
}
const callerOf = (event: WorldEvent) =>
  event.device !== undefined
    ? `device:${event.device}`
    : event.user !== undefined
      ? `user:${event.user}`
      : `ip:${event.ip}`;

const numberOf = (event: WorldEvent) => Number(/[0-9]{1,15}$/.exec(event.object ?? '')?.[0] ?? 0);

/** Who touched each object when first, in the order of time. */
function touchesOf(world: readonly WorldEvent[]): Map<string, Map<string, number>> {
  const touched = new Map<string, Map<string, number>>();
  for (const event of world) {
    if (event.object === undefined) continue;
    const key = `${event.route} ${event.object}`;
    const first = touched.get(key) ?? new Map<string, number>();
    touched.set(key, first);
    const who = toucherOf(event);
    first.set(who, first.get(who) ?? event.time);
  }
  return touched;
}
const toucherOf = (event: WorldEvent) => (event.user === undefined ? callerOf(event) : `user:${event.user}`);

/** Touched by oneself before, by nobody, by one or two others, by more; the twelve earliest are looked at. */
function ownerOf(event: WorldEvent, touched: ReadonlyMap<string, ReadonlyMap<string, number>>): Told['owner'] {
  if (event.object === undefined) return null;
  const earlier = [...(touched.get(`${event.route} ${event.object}`) ?? [])]
    .slice(0, 12)
    .filter(([, first]) => first < event.time);
  if (earlier.some(([who]) => who === toucherOf(event))) return 'own';
  return earlier.length === 0 ? 'fresh' : earlier.length < 3 ? 'foreign' : 'shared';
}

/**
 * Follows callers through the world. A first day learns each hour until its fifth: surprises are those against the hours
 * before each event's own.
 */
export function tell(world: readonly WorldEvent[]): Told[] {
  const last = new Map<string, WorldEvent>();
  const first = new Map<string, number>();
  const touched = touchesOf(world);
  const made = new Map<string, { nth: number; number: number }>();
  const origin = 3600 * Math.floor(Math.min(...world.map(({ time }) => time)) / 3_600_000);
  const told = world.map((event): Told => {
    const caller = callerOf(event);
    const second = Math.floor(event.time / 1000);
    const met = first.get(caller) ?? second;
    // Who comes when the install is a day old is new in full.
    const newcomer = second < met + 3600 ? Math.min(100, Math.trunc((100 * (met - origin)) / 86_400)) : 0;
    const before = last.get(caller);
    const near = before !== undefined && event.time - before.time < 1_800_000;
    last.set(caller, event);
    first.set(caller, met);
    const inHour = `${caller} ${event.method} ${event.route} ${Math.floor(second / 3600)}`;
    const { nth, number } = made.get(inHour) ?? { nth: 0, number: 0 };
    const here = numberOf(event);
    made.set(inHour, { nth: nth + 1, number: here });
    return {
      event,
      second,
      caller,
      entities: entitiesOf(event),
      pause: near ? event.time - before.time : null,
      previous: near ? `${before.method} ${before.route}` : '',
      newcomer,
      arrived: before === undefined ? newcomer : 0,
      nth: nth + 1,
      owner: ownerOf(event, touched),
      walk: here === 0 || number === 0 || here === number ? null : Math.abs(here - number) <= 5 ? 'neighbour' : 'other',
      surprise: {
        route: 0,
        step: 0,
        answer: 0,
        network: 0,
        software: 0,
        here: 0,
        key_use: 0,
        strange_key: 0,
        own: 0,
        volume: 0,
        owner: 0,
        walk: 0,
        integrity: 0,
        outside: 0,
        travel: 0,
        clock: 0,
        country: 0,
      },
    };
  });
  const hours = [...new Set(told.map(({ second }) => second - (second % 3600)))];
  for (const hour of hours) {
    const usual = profileOf(told.filter(({ second }) => second < hour));
    for (const one of told.filter(({ second }) => second - (second % 3600) === hour)) {
      const topics = topicsOf(one);
      const now = usualNow(told, one.second);
      const at = (topic: string) =>
        topics
          .filter(([name]) => name === topic)
          .reduce((sum, of) => sum + Math.min(surpriseOf(usual(of), of, one.nth), now(of) ?? 65_535), 0);
      const local = topics.find(([name]) => name === 'local_family');
      one.surprise = {
        route: at('route'),
        step: at('step'),
        answer: at('answer'),
        network: at('network'),
        software: Math.max(at('family'), at('fingerprint')),
        // A network of which nothing is known says nothing; one that is known has at least a hundredth.
        here: local === undefined || usual(local).others === 0 ? 0 : Math.max(1, at('local_family')),
        key_use: Math.max(at('key_network'), at('key_family')),
        strange_key: sum(topics.map((of) => usual(of).strange)),
        own: at('own_network') + at('own_family') + at('own_device'),
        volume: at('volume'),
        owner: one.owner === 'foreign' ? at('owner') : 0,
        walk: one.walk === 'neighbour' ? at('walk') : 0,
        integrity: at('integrity'),
        outside: at('waf'),
        // A world of one day: no hour of the day comes twice, and no country or place is told.
        travel: 0,
        clock: 0,
        country: 0,
      };
    }
  }
  return told;
}

/** What each event adds to the sums of its entities. */
function addsOf(
  { event, surprise, pause, previous, newcomer, arrived, nth, owner }: Told,
  cohort: boolean,
): Record<string, number> {
  const { status } = event;
  const failed = status >= 400 && status < 500;
  // A cohort has evidence, no roll-up of its own.
  const counts: Record<string, number> = cohort
    ? {}
    : {
        requests: 1,
        signin: Number(event.signin === true),
        signin_failed: Number(event.signin === true && failed),
        write: Number(event.method === 'POST' && event.signin !== true),
        denied: Number(status === 401 || status === 403),
        not_found: Number(status === 404),
        other_4xx: Number(failed && ![401, 403, 404].includes(status)),
        bytes: (event.kib ?? 0) * 1024,
        genuine_token: Number(event.attestation === 'genuine'),
        failed_token: Number(event.attestation === 'failed'),
        missing_token: Number(event.attestation === 'missing'),
      };
  return {
    ...counts,
    ...surprise,
    seen: 1,
    far_step: Math.max(0, surprise.step - 250),
    outside: Math.max(0, surprise.outside - 100),
    followed: Number(pause !== null),
    repeated: Number(pause !== null && previous === `${event.method} ${event.route}`),
    newcomer,
    // To a cohort the n-th request of an hour on the route brings 1/n of its caller.
    arrived: cohort ? Math.trunc(newcomer / nth) : arrived,
    newcomer_failed: failed ? newcomer : 0,
    newcomer_step: Math.trunc((newcomer * surprise.step) / 100),
    quick: Number(pause !== null && Math.floor(100 * Math.log(1 + pause)) < 622),
    at_home: Number(surprise.here >= 1 && surprise.here <= 60),
    named: Number(owner !== null),
    returned: Number(owner === 'own'),
    newcomer_answer: Math.trunc((newcomer * surprise.answer) / 100),
  };
}

const SET_OF: Readonly<Record<string, (event: WorldEvent) => string | undefined>> = {
  routes: ({ method, route }) => `${method} ${route}`,
  objects: ({ route, object }) => (object === undefined ? undefined : `${route} ${object}`),
  subjects: ({ subject }) => subject,
  failed_subjects: ({ subject, status }) => (status >= 400 && status < 500 ? subject : undefined),
  users: ({ user }) => user,
  addresses: ({ ip }) => ip,
  devices: ({ device }) => device,
  agents: ({ agent }) => agent,
};

/** What an entity did in `[step - window, step)`. @param own its events, in the order of time, at least one. */
export function seenBy(own: readonly Told[], kind: Kind, step: number, window: string): Seen {
  const mine = own.filter(({ second }) => second < step && second >= step - 86_400);
  const seconds = WINDOW_S[window] ?? 0;
  const near = mine.filter(({ second }) => second >= step - seconds);
  const added = (rows: readonly Told[]) => rows.map((one) => addsOf(one, kind === 'cohort'));
  const adds = added(near);
  let inDay: Record<string, number>[] | undefined;
  const sum = (rows: readonly Record<string, number>[], name: string) =>
    rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const distinct = (from: readonly Told[], set: string) =>
    kind === 'cohort'
      ? 0
      : new Set(from.map(({ event }) => SET_OF[set]?.(event)).filter((value) => value !== undefined)).size;
  return {
    kind,
    seconds,
    age: (own.findLast(({ second }) => second < step)?.second ?? step) - (own[0]?.second ?? step),
    n: (name) => sum(adds, name),
    day(name) {
      inDay ??= added(mine);
      return sum(inDay, name);
    },
    distinct: (set) => distinct(near, set),
    distinctInDay: (set) => distinct(mine, set),
    pauses: near.flatMap(({ pause }) => (pause === null ? [] : [Math.floor(100 * Math.log(1 + pause)) / 100])),
  };
}
