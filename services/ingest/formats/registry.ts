import type { Adapter } from './adapter.ts';
import { apisix } from './apisix.ts';
import { awsAlb } from './aws-alb.ts';
import { awsApiGateway } from './aws-api-gateway.ts';
import { caddy } from './caddy.ts';
import { canonical } from './canonical.ts';
import { combined } from './combined.ts';
import { combinedExtra } from './combined-extra.ts';
import { common } from './common.ts';
import { ecs } from './ecs.ts';
import { envoy } from './envoy.ts';
import { envoyJson } from './envoy-json.ts';
import { haproxy } from './haproxy.ts';
import { haproxyJson } from './haproxy-json.ts';
import { istio } from './istio.ts';
import { kong } from './kong.ts';
import { nginxJson } from './nginx-json.ts';
import { nginxVariables } from './nginx-variables.ts';
import { ocsf } from './ocsf.ts';
import { otlp } from './otlp.ts';
import { traefik } from './traefik.ts';
import { traefikJson } from './traefik-json.ts';
import { unwrap } from './unwrap.ts';
import { vhostCombined } from './vhost-combined.ts';

/** Every format that is read. A new one is a file beside this one, a line here, and a fixture table in the tests. */
export const ADAPTERS: readonly Adapter[] = [
  canonical,
  nginxJson,
  nginxVariables,
  combined,
  combinedExtra,
  common,
  vhostCombined,
  envoyJson,
  envoy,
  istio,
  haproxyJson,
  haproxy,
  caddy,
  traefikJson,
  traefik,
  kong,
  apisix,
  awsAlb,
  awsApiGateway,
  otlp,
  ecs,
  ocsf,
];

/** Those whose lines are JSON objects: told by their keys, so that each line is parsed once. */
export const JSON_ADAPTERS = ADAPTERS.flatMap(({ json, ...rest }) => (json === undefined ? [] : [{ ...rest, json }]));
/** Those whose lines are text: told by reading them. */
export const TEXT_ADAPTERS: readonly Adapter[] = ADAPTERS.filter(({ json }) => json === undefined);

/** Names that people type for the same thing. */
const ALIASES: Readonly<Record<string, string>> = {
  ndjson: 'canonical',
  json: 'canonical',
  nginx: 'combined',
  apache: 'combined',
  combinedio: 'combined',
  'ingress-nginx': 'combined',
  vhost_combined: 'vhost-combined',
  'envoy-gateway': 'envoy-json',
  httplog: 'haproxy',
  alb: 'aws-alb',
  opentelemetry: 'otlp',
};

/** What `--format` may say, `auto` first. */
export const FORMAT_NAMES: readonly string[] = ['auto', ...ADAPTERS.map(({ name }) => name)];

/** @returns undefined for `auto` and for names that nobody knows; ask {@link FORMAT_NAMES} which it was. */
export function findAdapter(name: string): Adapter | undefined {
  const wanted = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  return ADAPTERS.find((adapter) => adapter.name === wanted);
}

/** May this be said with `--format`? */
export function isFormat(name: string): boolean {
  return name === 'auto' || findAdapter(name) !== undefined;
}

/** How many of the first lines a detection looks at. */
export const SAMPLE_LINES = 100;

/**
 * The adapter that fits most of the lines, the earlier in the registry when two fit alike; null when none fits any.
 * Bad lines among the sample cost every adapter the same, so a file that begins badly is still told.
 */
export function detectFormat(lines: readonly string[], adapters: readonly Adapter[] = ADAPTERS): Adapter | null {
  const sample = lines.slice(0, SAMPLE_LINES).map(unwrap);
  let best: Adapter | null = null;
  let bestScore = 0;
  for (const adapter of adapters) {
    const score = adapter.detect(sample);
    if (score > bestScore) {
      best = adapter;
      bestScore = score;
    }
  }
  return best;
}
