import type { LinesView, OverviewAnswer } from '../../../schemas/api.ts';
import type { EntityKind } from '../../../schemas/event.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value: number): string => whole.format(value);
export const short = (value: number): string =>
  Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value);
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
/** A number and its unit, which no line break parts. */
const withUnit = (value: number | string, unit: string): string => `${value}\u00a0${unit}`;
/** A share from 0 to 1: `0.4 %`, `37 %`. */
export const percent = (share: number): string => {
  const value = share * 100;
  return withUnit(value === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1), '%');
};
/** The same to some significant digits, for shares that are set by hand or rare: `0.01 %`. */
export const precisely = (share: number, digits: number): string =>
  withUnit(Number((share * 100).toPrecision(digits)), '%');
export const decibels = (value: number, digits = 1): string => withUnit(value.toFixed(digits), 'dB');

export const KIND_NAMES: Readonly<Record<EntityKind, { one: string; many: string }>> = {
  user: { one: 'user', many: 'users' },
  session: { one: 'session', many: 'sessions' },
  device: { one: 'device', many: 'devices' },
  ip: { one: 'address', many: 'addresses' },
  net: { one: 'network', many: 'networks' },
  client: { one: 'API client', many: 'API clients' },
};

/** 40 dB → `1 in 10,000`. */
export function oneIn(db: number): string {
  // What lies beyond rests on an extrapolation, or on the shipped reference: no number would be honest.
  if (db > 60) return 'fewer than 1 in a million';
  const n = 10 ** (db / 10);
  return n < 1.05 ? 'every one' : `1 in ${count(n < 100 ? Math.round(n) : Number(n.toPrecision(3)))}`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let size = value;
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000;
    at++;
  }
  return withUnit(at === 0 ? size : size.toFixed(1), units[at] ?? '');
}

/** Seconds in the two largest units that matter. */
export function duration(seconds: number): string {
  if (seconds < 1) return withUnit(Math.round(seconds * 1000), 'ms');
  if (seconds < 10) return withUnit(seconds.toFixed(1), 's');
  if (seconds < 90) return withUnit(Math.round(seconds), 's');
  if (seconds < 5400) return withUnit(Math.round(seconds / 60), 'min');
  if (seconds < 129_600) return withUnit(Math.round(seconds / 3600), 'h');
  return withUnit(Math.round(seconds / 86_400), 'days');
}

/** `2 addresses, 1 user and 1 network`; `''` for nobody. */
export function who(over: Readonly<Record<EntityKind, number>>): string {
  const parts = (Object.keys(KIND_NAMES) as EntityKind[])
    .filter((kind) => over[kind] > 0)
    .map((kind) => plural(over[kind], KIND_NAMES[kind].one, KIND_NAMES[kind].many).replace(' ', '\u00a0'));
  const last = parts.pop();
  if (last === undefined) return '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

const total = (over: Readonly<Record<EntityKind, number>>) => Object.values(over).reduce((sum, n) => sum + n, 0);

/** The answer first: who stands over a line now. */
export function headline(over: OverviewAnswer['over']): string {
  const blocked = total(over.block);
  const challenged = total(over.challenge);
  const be = (n: number) => (n === 1 ? 'is' : 'are');
  if (blocked === 0 && challenged === 0) return 'Nobody is over the challenge line.';
  if (blocked === 0)
    return `${who(over.challenge)} ${be(challenged)} over the challenge line, nobody over the block line.`;
  const more = challenged === 0 ? '' : `; ${who(over.challenge)} ${be(challenged)} over the challenge line`;
  return `${who(over.block)} ${be(blocked)} over the block line${more}.`;
}

/** What it meant for traffic in the span. */
export function subline(overview: OverviewAnswer, span: string): string {
  const { total: all, genuine, would, policy, decided } = overview;
  if (all.requests === 0) return `No request arrived in ${span}.`;
  const requests = plural(all.requests, 'request');
  if (decided === 0)
    return `${requests} in ${span}. None of them carries a decision: so far, the gateway only sends its log.`;
  const refused = all.challenge + all.block;
  if (policy.mode === 'shadow') {
    const n = would.challenge + would.block;
    return `Shadow mode refuses nobody. Enforcing would have refused ${count(n)} of ${requests} in ${span}.`;
  }
  const genuineRefused = genuine.challenge + genuine.block;
  const of =
    genuine.requests === 0
      ? 'no attested-genuine traffic to measure against'
      : `${count(genuineRefused)} of them genuine`;
  return `${count(refused)} of ${requests} ${refused === 1 ? 'was' : 'were'} refused in ${span}, ${of}.`;
}

export function overWords(over: 'allow' | 'challenge' | 'block', lines: LinesView): string {
  if (over === 'block') return `over the block line (${decibels(lines.block_db, 0)})`;
  if (over === 'challenge') return `over the challenge line (${decibels(lines.challenge_db, 0)})`;
  return 'below both lines';
}

const zone = () => {
  const minutes = -new Date().getTimezoneOffset();
  const sign = minutes < 0 ? '−' : '+';
  const pad = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, '0');
  return `UTC${sign}${pad(minutes / 60)}:${pad(minutes % 60)}`;
};
export const ZONE = zone();

const dayTime = new Intl.DateTimeFormat('en-GB', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const yearTime = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const timeOnly = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** How long ago, in whole units: an age ticks, it is not measured. */
export const age = (ms: number): string => `${ms < 10_000 ? `${Math.round(ms / 1000)} s` : duration(ms / 1000)} ago`;

/** Local time, with the day when it is not today and the year when it is not this one. */
export function localTime(iso: string): string {
  const date = new Date(iso);
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return timeOnly.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayTime : yearTime).format(date);
}

const ATTACK_WORDS: Readonly<Record<string, string>> = {
  sql: 'SQL injection',
  xss: 'cross-site scripting',
  traversal: 'path traversal',
  command: 'command injection',
  template: 'template injection',
  ssrf: 'server-side request forgery',
  scanner_path: 'path that scanners ask for',
  scanner_agent: 'agent of a scanner',
  odd_request: 'odd request',
};
/** An attack that the request line or the agent shows, in words. */
export const attackWords = (name: string): string => ATTACK_WORDS[name] ?? name;
