import type { Platform } from './agents.ts';
import type { RouteSpec } from './apis/spec.ts';
import { createIds } from './ids.ts';
import { createOutside } from './outside.ts';
import { appKey, type Plan } from './plan.ts';
import { hashText, hex8, mix, type Random } from './random.ts';

/** Who a request says and shows it comes from. Empty text is an absent field. */
export interface Caller {
  address: string;
  country: string;
  asn: number;
  agent: string;
  ja4: string;
  version: string;
  platform: Platform;
  apiClient: string;
  user: string;
  session: string;
  device: string;
  /** Who is at the keyboard: a person when absent. */
  driver?: 'tool' | 'imitator';
}
export interface Proof {
  status: 'genuine' | 'failed' | 'expired' | 'missing' | 'none';
  code: string;
  token: string;
}
export interface Label {
  attack: boolean;
  kind: string;
  instance: string;
  victim: boolean;
}
/** Where the lines of a world go: the event and its label, in time order. */
export interface Sink {
  write(event: string, label: string): void;
}
/** Index of the object that fills a `{pool}`. */
export type Resolve = (pool: string) => number;

interface Compiled {
  spec: RouteSpec;
  method: string;
  host: string;
  /** Text between ids, then the pools of the ids. */
  parts: readonly string[];
  slots: readonly string[];
  idsInQuery: boolean;
  graphql: boolean;
}

/** The API of one world as it stands on the wire: paths by the style of each host, and the writer of events. */
export function createSite(plan: Plan, random: Random, users: number, sink: Sink) {
  const { spec } = plan;
  const outside = createOutside(plan, random.fork('outside'));
  const salt = random.word();
  const ids: Record<string, (index: number) => string> = {};
  for (const [pool, style] of Object.entries(plan.idStyles)) ids[pool] = createIds(style, mix(salt, hashText(pool)));
  const userIds = createIds(plan.idStyles[selfPool(plan)] ?? 'numeric', mix(salt, hashText(selfPool(plan))));
  const byMail = random.chance(0.7);
  const eventPrefix = hex8(mix(salt, 99));
  let count = 0;

  const routes: Record<string, Compiled> = {};
  for (const [name, route] of Object.entries(spec.routes)) routes[name] = compile(route);

  function compile(route: RouteSpec): Compiled {
    const style = route.plain ? 'rest' : (plan.hostStyles[route.host] ?? 'rest');
    const slots = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
    const host = spec.hosts[route.host] ?? '';
    if (style === 'graphql')
      return { spec: route, method: 'POST', host, parts: ['/graphql'], slots: [], idsInQuery: false, graphql: true };
    if (style === 'rpc')
      return {
        spec: route,
        method: 'POST',
        host,
        parts: [`/rpc/${route.rpc}`],
        slots,
        idsInQuery: true,
        graphql: false,
      };
    const parts = (plan.prefix + route.path).split(/\{\w+\}/);
    return { spec: route, method: route.method, host, parts, slots, idsInQuery: false, graphql: false };
  }

  function fill(route: Compiled, resolve: Resolve): { path: string; query: string } {
    const values = route.slots.map((slot) => (ids[slot] as (index: number) => string)(resolve(slot)));
    let query = '';
    if (route.spec.query === 'q' && !route.graphql) query = `q=${hex8(random.word()).slice(0, 3 + random.int(5))}`;
    if (route.spec.query === 'page' && !route.graphql) query = `page=${1 + random.zipf(20)}`;
    if (route.idsInQuery) {
      if (values.length > 0) query = query ? `id=${values.join(',')}&${query}` : `id=${values.join(',')}`;
      return { path: route.parts[0] as string, query };
    }
    let path = route.parts[0] as string;
    for (let i = 0; i < values.length; i++) path += `${values[i]}${route.parts[i + 1] ?? ''}`;
    return { path, query };
  }

  function append(name: string, value: string): string {
    return value === '' ? '' : `,"${name}":${quote(value)}`;
  }

  function put(
    now: number,
    caller: Caller,
    proof: Proof,
    request: { method: string; host: string; path: string; query: string; bytesIn: number },
    response: { status: number; bytes: number; seconds: number },
    subject: string,
    label: Label,
  ): void {
    const id = `${eventPrefix}-${(count++).toString(36)}`;
    let line = `{"time":${Math.floor(now)},"event_id":"${id}","http.request.method":"${request.method}","url.path":${quote(request.path)}`;
    line += append('url.query', request.query);
    line += `,"http.response.status_code":${response.status},"client.address":"${caller.address}"`;
    line += `,"server.address":"${request.host}"`;
    line += append('user_agent.original', caller.agent);
    if (request.bytesIn > 0) line += `,"http.request.size":${request.bytesIn}`;
    line += `,"http.response.size":${response.bytes},"http.server.request.duration":${response.seconds.toFixed(4)}`;
    line += append('user.id', caller.user);
    if (plan.logsSessions) line += append('session.id', caller.session);
    line += append('device.id', caller.device);
    line += append('api.client', caller.apiClient);
    line += append('login.subject', subject);
    line += append('app.version', caller.version);
    line += `,"geo.country":"${caller.country}","network.asn":${caller.asn}`;
    if (plan.logsFingerprints) line += append('tls.client.ja4', caller.ja4);
    line += outside.fields(caller, request.path, request.query, subject !== '');
    line += `,"attestation.status":"${proof.status}","attestation.code":"${outside.causeOf(caller, proof)}"`;
    if (proof.token !== '') line += `,"attestation.issuer":"app","attestation.token":"${proof.token}"`;
    const who = caller.device
      ? `device:${caller.device}`
      : caller.user
        ? `user:${caller.user}`
        : caller.session && plan.logsSessions
          ? `session:${caller.session}`
          : `ip:${caller.address}`;
    sink.write(
      `${line}}`,
      `{"event_id":"${id}","label":"${label.attack ? 'attack' : 'benign'}","kind":"${label.kind}","instance":"${label.instance}","caller":${quote(who)},"platform":"${caller.platform}"${label.victim ? ',"victim":true' : ''}}`,
    );
  }

  return {
    users,
    /** How many events were written. */
    count: () => count,
    isGraphql: (name: string) => routes[name]?.graphql ?? false,
    userId: (index: number) => userIds(index),
    /** The account name that a sign-in claims. */
    subject: (index: number) => (byMail ? `u${hex8(mix(salt, index))}@mail.example` : `user${hex8(mix(salt, index))}`),
    apiClient: (platform: Platform) => (plan.identifyBy === 'api_client' ? appKey(platform) : ''),
    id: (pool: string, index: number) => (ids[pool] as (index: number) => string)(index),
    /** One request to a known route. `status` 0 means the route's usual success. */
    call(
      now: number,
      caller: Caller,
      proof: Proof,
      name: string,
      resolve: Resolve,
      status: number,
      subject: string,
      label: Label,
    ): void {
      const route = routes[name] as Compiled;
      const { path, query } = fill(route, resolve);
      const failed = status >= 400;
      let shown = status === 0 ? route.spec.ok : status;
      // GraphQL answers 200 to what went wrong inside; RPC over POST answers 200 to what went right.
      if (route.graphql && shown < 500 && shown !== 401) shown = 200;
      if (route.idsInQuery && shown < 400) shown = 200;
      const bytes =
        shown === 204 ? 0 : Math.round(random.lognormal(failed ? 180 : route.spec.bytes, failed ? 0.3 : 0.4));
      put(
        now,
        caller,
        proof,
        { method: route.method, host: route.host, path, query, bytesIn: bytesIn(route.method) },
        { status: shown, bytes, seconds: random.lognormal(route.spec.ms / 1000, 0.5) },
        subject,
        label,
      );
    },
    /** A request to a path that no route knows. */
    raw(
      now: number,
      caller: Caller,
      proof: Proof,
      request: { method: string; host: number; path: string; query: string },
      status: number,
      label: Label,
    ): void {
      const host = spec.hosts[request.host] ?? '';
      put(
        now,
        caller,
        proof,
        { ...request, host, bytesIn: bytesIn(request.method) },
        { status, bytes: Math.round(random.lognormal(220, 0.5)), seconds: random.lognormal(0.012, 0.6) },
        '',
        label,
      );
    },
  };

  function bytesIn(method: string): number {
    return method === 'GET' || method === 'DELETE' || method === 'HEAD' ? 0 : Math.round(random.lognormal(320, 0.6));
  }
}

/** The pool that holds users' own ids. */
export function selfPool(plan: Plan): string {
  return Object.entries(plan.spec.pools).find(([, pool]) => pool.use === 'self')?.[0] ?? '';
}

/** Nothing in a world has control characters, so quotes and backslashes are all that JSON must escape. */
const UNSAFE = /["\\]/;
function quote(text: string): string {
  return UNSAFE.test(text) ? JSON.stringify(text) : `"${text}"`;
}
