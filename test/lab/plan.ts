import type { Platform } from './agents.ts';
import { b2b } from './apis/b2b.ts';
import { bank } from './apis/bank.ts';
import { fleet } from './apis/fleet.ts';
import { game } from './apis/game.ts';
import { shop } from './apis/shop.ts';
import type { ApiSpec } from './apis/spec.ts';
import { travel } from './apis/travel.ts';
import { drawStyle, type IdStyle } from './ids.ts';
import type { Random } from './random.ts';

const SPECS: Readonly<Record<string, ApiSpec>> = { shop, bank, game, fleet, b2b, travel };
/** Kinds of API that nobody tunes on: only the held-out set has worlds of them. */
export const UNSEEN_KINDS: readonly string[] = ['travel'];
export const KINDS = Object.keys(SPECS).filter((kind) => !UNSEEN_KINDS.includes(kind));
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Span {
  from: number;
  to: number;
}

/** What was drawn for one world before anything happens in it. Times are epoch ms. */
export interface Plan {
  spec: ApiSpec;
  seed: number;
  events: number;
  start: number;
  end: number;
  days: number;
  /** Hours that the home country is ahead of UTC. */
  timezone: number;
  attackShare: number;
  /** Shares of benign events that machines make; people make the rest. */
  machines: { monitors: number; batches: number; crawlers: number; scripts: number };
  /** How each host speaks. */
  hostStyles: readonly ('rest' | 'rpc' | 'graphql')[];
  prefix: string;
  idStyles: Readonly<Record<string, IdStyle>>;
  identifyBy: 'api_client' | 'user_agent';
  attesting: readonly Platform[];
  /** Share of the members of mixed groups whose platform can attest. */
  attestingShare: number;
  /** Honest shares of requests without a good token. */
  missingRate: number;
  expiredRate: number;
  failedRate: number;
  /** Share of sign-ins that a one-time code follows. */
  secondFactor: number;
  logsSessions: boolean;
  logsFingerprints: boolean;
  /** What stands before the gateway: a web application firewall that scores, reCAPTCHA on sign-in pages, GeoIP to the town. */
  logsWaf: boolean;
  logsCaptcha: boolean;
  logsLocation: boolean;
  /** What the app's SDK reports of its device: share of phones with a rooted Android or a jailbroken iOS; null: it reports nothing. */
  rooted: { android: number; ios: number } | null;
  separateScopes: boolean;
  /** Share of leisure visits by people who come once and never again. */
  passersBy: number;
  nightFloor: number;
  weekend: number;
  officeShare: number;
  /** An app release that changes behaviour, or null. */
  release: number | null;
  /** Calls that the released version makes more on most screens. */
  novelties: number;
  sale: Span | null;
  /** A working day on which offices are closed, as days since 1970 in local time, or null. */
  holiday: number | null;
  outage: Span | null;
  providerOutage: (Span & { platform: Platform }) | null;
}

/**
 * Skycure found 3.2 % of personal Android phones rooted and 0.6 % of iPhones jailbroken (threat report of the third quarter of
 * 2015); phones have become harder to open, so down to a tenth of it (assumed). Half of the SDKs report nothing (assumed).
 */
function drawRooted(random: Random): Plan['rooted'] {
  if (random.chance(0.5)) return null;
  const part = random.logBetween(0.1, 1);
  return { android: 0.032 * part, ios: 0.006 * part };
}

/** Draws the parameters of a world. */
export function drawPlan(kind: string, seed: number, events: number, random: Random): Plan {
  const spec = SPECS[kind];
  if (!spec) throw new Error(`unknown kind of world: ${kind}; there are ${KINDS.join(', ')}`);
  const days = random.between(2, 7);
  const start = Date.UTC(2026, 1, 1) + random.int(200) * DAY + random.int(24) * HOUR;
  const end = start + Math.round(days * DAY);
  const span = (hours: number, low = 0.15, high = 0.9): Span => {
    const from = start + random.between(low, high) * (end - start);
    return { from, to: from + hours * HOUR };
  };
  const attesting: Platform[] = ['android', 'ios', 'device'];
  if (random.chance(0.4)) attesting.push('desktop');
  const outside = random.fork('outside');
  const hostStyles = spec.hosts.map(() =>
    random.weighted([
      ['rest', 6],
      ['rpc', 1.5],
      ['graphql', 2.5],
    ] as const),
  );
  if (spec.kind === 'bank') hostStyles[2] = 'graphql';
  return {
    spec,
    seed,
    events,
    start,
    end,
    days,
    timezone: random.int(13) - 6,
    attackShare: random.logBetween(0.02, 0.1),
    machines: {
      monitors: random.logBetween(0.004, 0.025),
      batches: random.logBetween(0.002, 0.015),
      crawlers: random.logBetween(0.003, 0.02),
      scripts: random.logBetween(0.005, 0.02),
    },
    hostStyles,
    prefix: random.pick(['', '/v1', '/v2', '/api', '/api/v3']),
    idStyles: Object.fromEntries(Object.keys(spec.pools).map((pool) => [pool, drawStyle(random)])),
    identifyBy: random.chance(0.6) ? 'api_client' : 'user_agent',
    attesting,
    attestingShare: random.between(0.3, 0.9),
    missingRate: random.logBetween(0.004, 0.015),
    expiredRate: random.logBetween(0.002, 0.01),
    failedRate: random.logBetween(0.00005, 0.0008),
    secondFactor: random.between(0.03, 0.3),
    logsSessions: random.chance(0.7),
    logsFingerprints: random.chance(0.7),
    logsWaf: outside.chance(0.5),
    logsCaptcha: outside.chance(0.5),
    logsLocation: outside.chance(0.5),
    rooted: drawRooted(random.fork('signals')),
    separateScopes: spec.hosts.length > 1 && random.chance(0.4),
    passersBy: spec.kind === 'bank' || spec.kind === 'fleet' ? random.between(0.02, 0.08) : random.between(0.1, 0.35),
    nightFloor: random.between(0.06, 0.35),
    weekend: random.between(0.6, 1.5),
    officeShare: random.between(0.1, 0.5),
    release: random.chance(0.6) ? span(0, 0.25, 0.7).from : null,
    novelties: 1,
    holiday: outside.chance(0.25) ? Math.floor(start / DAY) + 1 + outside.int(Math.max(1, Math.floor(days) - 1)) : null,
    sale: random.chance(0.6) ? span(random.between(0.3, 2)) : null,
    outage: random.chance(0.7) ? span(random.between(0.05, 0.4)) : null,
    providerOutage: random.chance(0.6)
      ? { ...span(random.between(0.5, 1.5)), platform: random.pick(['android', 'ios', 'device'] as const) }
      : null,
  };
}

/**
 * How busy an hour is, mean about 1. Evening peak and deep night for leisure, a broad working day for offices: the shape
 * of published traffic profiles of access networks; the figures are assumed.
 */
export function busyness(plan: Plan, hours: 'leisure' | 'office' | 'flat', now: number): number {
  if (hours === 'flat') return 1;
  const local = now / HOUR + plan.timezone;
  const hour = ((local % 24) + 24) % 24;
  const weekday = (Math.floor(local / 24) + 4) % 7; // 1970-01-01 was a Thursday
  const isWeekend = weekday === 0 || weekday === 6 || Math.floor(local / 24) === plan.holiday;
  if (hours === 'office') {
    const open = 1 / (1 + Math.exp(-2.5 * (hour - 8))) - 1 / (1 + Math.exp(-2.5 * (hour - 17.5)));
    return (0.03 + 2.4 * open) * (isWeekend ? 0.12 : 1.25);
  }
  const bump = (at: number, width: number) => {
    const d = Math.min(Math.abs(hour - at), 24 - Math.abs(hour - at));
    return Math.exp((-d * d) / (2 * width * width));
  };
  return (plan.nightFloor + 1.1 * bump(12.5, 2.8) + 1.6 * bump(20, 2.6)) * 1.05 * (isWeekend ? plan.weekend : 1);
}

/** The most that `busyness` answers. */
export const MOST_BUSY = 4.6;

export function within(span: Span | null, now: number): boolean {
  return span !== null && now >= span.from && now < span.to;
}

/** The policy of this world's owner: which clients can attest, which hosts belong together. */
export function policyYaml(plan: Plan): string {
  const lines = ['version: 1', 'mode: enforce'];
  const { spec } = plan;
  if (spec.hosts.length > 1) {
    lines.push('scopes:');
    if (plan.separateScopes)
      spec.hosts.forEach((host, i) => {
        lines.push(`  - { name: ${spec.kind}-${i + 1}, hosts: ["${host}"] }`);
      });
    else lines.push(`  - { name: ${spec.kind}, hosts: [${spec.hosts.map((host) => `"${host}"`).join(', ')}] }`);
  }
  lines.push('clients:');
  const platforms: Platform[] = ['android', 'ios', 'desktop', 'device', 'web'];
  for (const platform of platforms) {
    const can = plan.attesting.includes(platform);
    const match =
      plan.identifyBy === 'api_client'
        ? `api_client: "${appKey(platform)}"`
        : `user_agent: "${agentGlob(spec.app, platform)}"`;
    lines.push(`  - { match: { ${match} }, platform: ${platform}, can_attest: ${can}${can ? ', issuer: app' : ''} }`);
  }
  lines.push('  - { match: { api_client: "partner-*" }, platform: server, can_attest: false }');
  return `${lines.join('\n')}\n`;
}

/** The API key id that every installation on a platform carries. */
export function appKey(platform: Platform): string {
  return `key-${platform.slice(0, 3)}-1`;
}

function agentGlob(app: string, platform: Platform): string {
  switch (platform) {
    case 'android':
      return `${app}/* (Android*`;
    case 'ios':
      return `${app}/* (iOS*`;
    case 'desktop':
      return `${app}Desktop/*`;
    case 'device':
      return `${app}-fw/*`;
    default:
      return 'Mozilla/5.0*';
  }
}
