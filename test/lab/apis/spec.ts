import type { Platform } from '../agents.ts';

/** A route as its owner would describe it. Numbers are medians, all assumed unless said otherwise. */
export interface RouteSpec {
  method: string;
  /** With `{pool}` for ids. */
  path: string;
  /** The same as a remote procedure: `Service/Method`. */
  rpc: string;
  /** Index into the world's hosts. */
  host: number;
  bytes: number;
  ms: number;
  /** Seconds that a person looks at the answer. */
  think: number;
  /** Honest errors: status and probability. */
  fail: readonly (readonly [number, number])[];
  ok: number;
  /** Calls that the app makes at once with this one. */
  beside: readonly string[];
  /** Always plain HTTP, also where the host speaks GraphQL or RPC. */
  plain: boolean;
  /** Query names and where their values come from: `q` free text, `page` a number. */
  query: 'none' | 'q' | 'page';
}

export type PoolUse =
  /** Public, few asked for often. */
  | 'zipf'
  /** Each user has some of their own. */
  | 'owned'
  /** One for each session. */
  | 'session'
  /** The user itself. */
  | 'self'
  /** A code out of a space far larger than what is valid. */
  | 'code';
export interface PoolSpec {
  use: PoolUse;
  /** `zipf`: objects for each 1000 users. `owned`: objects of a user. */
  size: number;
}

type Weights = readonly (readonly [string, number])[];

/** People or machines that behave alike. */
export interface GroupSpec {
  name: string;
  /** Share of the world's benign events. */
  share: number;
  platforms: readonly (readonly [Platform, number])[];
  /** Median sessions in a day, and the spread over members (sigma of a lognormal). */
  perDay: number;
  sigma: number;
  hours: 'leisure' | 'office' | 'flat';
  /** Spread of think times: near 0 for machines, about 1 for people. */
  jitter: number;
  /** Chance that a web session signs in; apps stay signed in. */
  signedIn: number;
  entry: Weights;
  chain: Readonly<Record<string, Weights>>;
  /** Looks at other people's objects too, as support staff does. */
  anyone?: boolean;
  /** `api.client` of each member is a partner's key of its own. */
  partner?: boolean;
}

/** Which routes the attacks go for. */
export interface Roles {
  signin: string;
  refresh: string;
  signup: string;
  otp: string;
  code: string;
  search: string;
  list: string;
  item: string;
  home: string;
  objects: readonly string[];
  scarce: readonly string[];
  loot: readonly string[];
}

export interface ApiSpec {
  kind: string;
  app: string;
  hosts: readonly string[];
  pools: Readonly<Record<string, PoolSpec>>;
  routes: Readonly<Record<string, RouteSpec>>;
  groups: readonly GroupSpec[];
  roles: Roles;
  /** What only staff may call. */
  admin: readonly (readonly [string, string])[];
  /** The route that an app release adds to every screen. */
  novelty: string;
}

/** A route with the usual defaults. */
export function route(
  method: string,
  path: string,
  rpc: string,
  bytes: number,
  more: Partial<RouteSpec> = {},
): RouteSpec {
  return {
    method,
    path,
    rpc,
    host: 0,
    bytes,
    ms: 40,
    think: 9,
    fail: [],
    ok: method === 'POST' ? 201 : 200,
    beside: [],
    plain: false,
    query: 'none',
    ...more,
  };
}

/** Sign-in, token refresh, sign-up, one-time codes: alike everywhere, under the names of this API. */
export function identityRoutes(host: number, base: string): Record<string, RouteSpec> {
  const plain = { host, plain: true };
  return {
    signin: route('POST', `${base}/login`, 'Auth/Login', 900, { ...plain, ok: 200, ms: 180, think: 3 }),
    refresh: route('POST', `${base}/refresh`, 'Auth/Refresh', 850, {
      ...plain,
      ok: 200,
      think: 0.3,
      fail: [[401, 0.01]],
    }),
    signup: route('POST', `${base}/register`, 'Auth/Register', 700, {
      ...plain,
      ms: 220,
      think: 6,
      fail: [
        [409, 0.04],
        [422, 0.08],
      ],
    }),
    otp: route('POST', `${base}/otp/verify`, 'Auth/VerifyOtp', 300, {
      ...plain,
      ok: 200,
      think: 4,
      fail: [[401, 0.06]],
    }),
    reset: route('POST', `${base}/password-reset`, 'Auth/Reset', 120, { ...plain, ok: 202, think: 40 }),
  };
}
