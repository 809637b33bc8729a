import { sum } from 'simple-statistics';
import type { Told } from './by-hand-events.ts';

/** What is profiled of an event, and how surprising a value is in its context: from the events alone, without any SQL. */

export const netOf = (ip: string) => `${ip.split('.').slice(0, 3).join('.')}.0/24`;
export const familyOf = (agent: string) => agent.replace(/[0-9.]+/g, '');

export type Topic = [topic: string, context: string, value: string];
/** What is profiled of an event; topics that do not apply are left out. A world has no places and no CAPTCHA. */
export function topicsOf({ event, previous, nth, owner, walk }: Told): Topic[] {
  const route = `${event.method} ${event.route}`;
  const family = familyOf(event.agent);
  const { status, asn, ja4, client, user, device, attestation, signal, waf } = event;
  const who = user ?? device;
  const doubling = Math.log2(nth);
  const answer =
    status === 401 || status === 403
      ? 'denied'
      : status === 404
        ? 'missing'
        : status >= 500
          ? 'failed'
          : status >= 400
            ? 'bad'
            : 'ok';
  return [
    ['route', '', route],
    ['step', previous, route],
    ['answer', route, answer],
    ...(asn === undefined ? [] : [['network', '', String(asn)] satisfies Topic]),
    ['family', '', family],
    ...(asn === undefined ? [] : [['local_family', String(asn), family] satisfies Topic]),
    ...(ja4 === undefined ? [] : [['fingerprint', family, ja4] satisfies Topic]),
    ...(client === undefined || asn === undefined ? [] : [['key_network', client, String(asn)] satisfies Topic]),
    ...(client === undefined ? [] : [['key_family', client, family] satisfies Topic]),
    ...(who === undefined || asn === undefined ? [] : [['own_network', who, String(asn)] satisfies Topic]),
    ...(who === undefined ? [] : [['own_family', who, family] satisfies Topic]),
    ...(user === undefined || device === undefined ? [] : [['own_device', user, device] satisfies Topic]),
    // Its caller goes on from so many doublings, and has come to the next.
    ...(Number.isInteger(doubling) && nth > 1 ? [['volume', `${route} ${doubling}`, 'goes on'] satisfies Topic] : []),
    ...(Number.isInteger(doubling) ? [['volume', `${route} ${doubling + 1}`, 'arrives'] satisfies Topic] : []),
    ...(owner === null ? [] : [['owner', route, owner] satisfies Topic]),
    ...(attestation === 'genuine' ? [['integrity', '', signal ?? 'ok'] satisfies Topic] : []),
    ...(waf === undefined
      ? []
      : [['waf', '', waf <= 0 ? 'none' : waf < 5 ? 'some' : waf < 10 ? 'much' : 'most'] satisfies Topic]),
    ...(walk === null ? [] : [['walk', route, walk] satisfies Topic]),
  ];
}

/** A doubling that nobody is known to have come near is told by its number. */
export function surpriseOf({ usual, others }: Known, [topic, , value]: Topic, nth: number): number {
  return topic === 'volume' && value === 'goes on' && others === 0 ? Math.min(150, 25 * Math.log2(nth)) : usual;
}
/** Surprise of a value, and of one never seen in its context. */
export interface Known {
  usual: number;
  others: number;
  /** How strange the value is for a key that comes from one or two places; else 0. */
  strange: number;
}

/**
 * Surprise of a value in its context: how many caller-hours show a value at most as common, for one never seen those seen
 * once; genuine ones alone where a context has 100 of them, but for the software of a network.
 */
export function profileOf(before: readonly Told[]): (topic: Topic) => Known {
  const contexts = new Map<string, { all: Shown; genuine: Shown }>();
  for (const one of before) {
    const unit = `${one.caller}@${Math.floor(one.second / 3600)}`;
    for (const [topic, context, value] of topicsOf(one)) {
      const key = `${topic}|${context}`;
      const of = contexts.get(key) ?? { all: new Map(), genuine: new Map() };
      contexts.set(key, of);
      for (const shown of one.event.attestation === 'genuine' ? [of.all, of.genuine] : [of.all])
        for (const name of [WHOLE, value]) shown.set(name, (shown.get(name) ?? new Set()).add(unit));
    }
  }
  const describing = (topic: string, of: { all: Shown; genuine: Shown }) =>
    topic !== 'local_family' && (of.genuine.get(WHOLE)?.size ?? 0) >= 100 ? of.genuine : of.all;
  return ([topic, context, value]) => {
    const of = contexts.get(`${topic}|${context}`);
    if (of === undefined) return { usual: 0, others: 0, strange: 0 };
    const from = describing(topic, of);
    const counts = countsOf(from);
    const surprise = (most: number) => {
      const tail = counts.filter((count) => count <= most).reduce((sum, count) => sum + count, 0);
      return Math.min(800, Math.floor(-100 * Math.log(Math.min(1, (tail + 0.5) / ((from.get(WHOLE)?.size ?? 0) + 1)))));
    };
    const usual = surprise(Math.max(1, from.get(value)?.size ?? 0));
    const others = surprise(1);
    // One in ten hours with a genuine token: an app carries the key, and everybody has it.
    const carried = 10 * (of.genuine.get(WHOLE)?.size ?? 0) >= (of.all.get(WHOLE)?.size ?? 0);
    if (!topic.startsWith('key_') || carried || counts.length > 2) return { usual, others, strange: 0 };
    // All keys of as many places tell together how often one comes from another.
    const keys = [...contexts].flatMap(([name, key]) =>
      name.startsWith(`${topic}|`) ? [countsOf(describing(topic, key))] : [],
    );
    const more = keys.filter((key) => key.length > counts.length).length;
    const hours = sum(keys.filter((key) => key.length === counts.length).flat());
    const never = Math.min(800, Math.floor(-100 * Math.log((more + 0.5) / (hours + more + 150))));
    return { usual, others, strange: from.has(value) ? 0 : never };
  };
}
const countsOf = (shown: Shown) => [...shown].filter(([name]) => name !== WHOLE).map(([, units]) => units.size);
type Shown = Map<string, Set<string>>;
const WHOLE = '';

/**
 * Surprise of a value among the networks on which genuine callers did something in the half hour until half a minute before
 * `second`, in whole minutes; undefined where fewer than five did it or on fewer than five, and for topics of which it is not told.
 */
export function usualNow(all: readonly Told[], second: number): (topic: Topic) => number | undefined {
  const until = 60 * Math.floor((second - 30) / 60);
  const contexts = new Map<string, Shown>();
  const callers = new Map<string, Set<string>>();
  for (const one of all) {
    if (one.second < until - 1800 || one.second >= until || one.event.attestation !== 'genuine') continue;
    for (const [topic, context, value] of topicsOf(one)) {
      const of = contexts.get(`${topic}|${context}`) ?? new Map<string, Set<string>>();
      contexts.set(`${topic}|${context}`, of);
      for (const name of [WHOLE, value]) of.set(name, (of.get(name) ?? new Set()).add(netOf(one.event.ip)));
      const shown = `${topic}|${context}|${value}`;
      callers.set(shown, (callers.get(shown) ?? new Set()).add(one.caller));
    }
  }
  return ([topic, context, value]) => {
    const of = contexts.get(`${topic}|${context}`);
    const networks = of?.get(value)?.size ?? 0;
    const by = callers.get(`${topic}|${context}|${value}`)?.size ?? 0;
    if (of === undefined || networks < 5 || by < 5 || !['route', 'step', 'answer'].includes(topic)) return undefined;
    const counts = [...of].filter(([name]) => name !== WHOLE).map(([, on]) => on.size);
    const tail = counts.filter((count) => count <= networks).reduce((sum, count) => sum + count, 0);
    return Math.max(1, Math.floor(-100 * Math.log(Math.min(1, (tail + 0.5) / ((of.get(WHOLE)?.size ?? 0) + 1)))));
  };
}
