import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Every setting there is. The environment is read once, here, by `services/bonafide`; nothing else looks at it.
 * A blank variable counts as unset. A secret may stand in a file instead, named by `<NAME>_FILE`.
 */
const SECRETS = [
  'KAFKA_SASL_PASSWORD',
  'CLICKHOUSE_PASSWORD',
  'BONAFIDE_GATEWAY_KEYS',
  'BONAFIDE_ADMIN_TOKEN',
  'BONAFIDE_PSEUDONYM_KEY',
  'BONAFIDE_PSEUDONYM_KEY_PREVIOUS',
] as const;

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, 0 to 65535')
  .transform(Number)
  .refine((n) => n <= 65_535, 'must be a port number, 0 to 65535');

const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], 'must be true or false')
  .transform((text) => ['true', '1', 'yes'].includes(text));

const brokers = z.string().transform((text, context) => {
  const list = text.split(',').map((broker) => broker.trim());
  for (const broker of list) {
    if (!/^(\[[0-9a-fA-F:]+\]|[^\s:/,]+):\d{1,5}$/.test(broker))
      context.addIssue({ code: 'custom', message: `must be host:port,host:port; "${broker}" is not host:port` });
  }
  return list;
});

const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be an http(s):// address');

const identifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a name of lower-case letters, digits and _, not starting with a digit');

const gatewayKeys = z.string().transform((text, context) => {
  const keys = text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const colon = pair.indexOf(':');
      return { name: pair.slice(0, Math.max(colon, 0)), secret: colon < 0 ? '' : pair.slice(colon + 1) };
    });
  // The secrets themselves stay out of the report.
  keys.forEach(({ name, secret }, i) => {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || !/^[\x21-\x7e]+$/.test(secret))
      context.addIssue({
        code: 'custom',
        message: `must be name:secret,name:secret; entry ${i + 1} is not name:secret`,
      });
  });
  if (new Set(keys.map((key) => key.secret)).size < keys.length)
    context.addIssue({ code: 'custom', message: 'must not give the same secret to two names' });
  return keys;
});

const days = z
  .string()
  .regex(/^\d{1,5}d?$/, 'must be a number of days such as 30d')
  .transform((text) => Number(text.replace('d', '')))
  .refine((n) => n >= 2, 'must be at least 2d: the longest window looks back 24 hours');

/** A name of the IANA database, or `+02:00`. */
function isZone(name: string): boolean {
  if (/^[+-]\d\d:?\d\d$/.test(name)) return true;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const secret = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

const SHORTEST_SECRET = 16;
/** Whoever guesses the admin token changes policy and reads everything, so a weak one is refused; others are warned of. */
const hardToGuess = secret.refine(
  (text) => text.length >= SHORTEST_SECRET && new Set(text).size >= SHORTEST_SECRET / 2,
  `can be guessed: it must have ${SHORTEST_SECRET} characters or more, at least ${SHORTEST_SECRET / 2} of them different. Make one with "openssl rand -hex 24"`,
);

/** One entry a variable: its form, its default, what it is for. The docs' table is made from the descriptions. */
export const settingsSchema = z.object({
  KAFKA_BROKERS: brokers.optional().describe('host:port list; unset: no Kafka'),
  KAFKA_TOPIC: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be a topic name')
    .default('api.access-log')
    .describe('topic of access-log records'),
  KAFKA_GROUP: z.string().min(1).max(200).default('bonafide').describe('consumer group'),
  KAFKA_SSL: flag.default(false).describe('speak TLS to the brokers'),
  KAFKA_SSL_CA: z.string().optional().describe('file: certificate authority of the brokers (PEM)'),
  KAFKA_SSL_CERT: z.string().optional().describe('file: client certificate (PEM)'),
  KAFKA_SSL_KEY: z.string().optional().describe('file: key of the client certificate (PEM)'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional()
    .describe('plain, scram-sha-256 or scram-sha-512'),
  KAFKA_SASL_USERNAME: z.string().optional().describe('SASL user'),
  KAFKA_SASL_PASSWORD: z.string().optional().describe('SASL password'),
  CLICKHOUSE_URL: httpUrl.optional().describe('http(s) address of a ClickHouse server; unset: embedded'),
  CLICKHOUSE_USER: z.string().default('default').describe('ClickHouse user'),
  CLICKHOUSE_PASSWORD: z.string().default('').describe('ClickHouse password'),
  CLICKHOUSE_DATABASE: identifier.default('bonafide').describe('database'),
  CLICKHOUSE_CLUSTER: identifier.optional().describe('cluster name for Replicated and Distributed tables'),
  BONAFIDE_DATA_DIR: z.string().default('.bonafide').describe('folder of embedded data, keys and lock'),
  BONAFIDE_HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  BONAFIDE_PORT: port.default(8080).describe('port to listen on; 0 takes any free one'),
  BONAFIDE_GRPC_PORT: port.default(9191).describe('port of Envoy ext_authz over gRPC'),
  BONAFIDE_TLS_CERT: z.string().optional().describe('file: certificate of the listener (PEM)'),
  BONAFIDE_TLS_KEY: z.string().optional().describe('file: key of the listener (PEM)'),
  BONAFIDE_TRUSTED_HOPS: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a number from 0 to 99')
    .transform(Number)
    .default(0)
    .describe('proxies between the client and the gateway whose entries in X-Forwarded-For are skipped'),
  BONAFIDE_LOG_ZONE: z
    .string()
    .refine(isZone, 'must be a zone such as Europe/Berlin or +02:00')
    .default('UTC')
    .describe('zone of times in logs that name none (HAProxy, Caddy wall): Europe/Berlin or +02:00'),
  BONAFIDE_POLICY: z.string().optional().describe('file: policy (YAML or JSON)'),
  BONAFIDE_GATEWAY_KEYS: gatewayKeys.optional().describe('name:secret,name:secret; unset: one is made and kept'),
  BONAFIDE_ADMIN_TOKEN: hardToGuess
    .optional()
    .describe('token for dashboards and scripts; unset: one is made and kept'),
  BONAFIDE_CREDENTIALS: z.string().optional().describe('file: token issuers and clients (YAML or JSON)'),
  BONAFIDE_PSEUDONYM_KEY: secret.optional().describe('key: identities are stored as keyed pseudonyms'),
  BONAFIDE_DECISION_LOG: flag
    .default(false)
    .describe('write decisions to a table, and join them to events whose log does not say them'),
  BONAFIDE_PSEUDONYM_KEY_PREVIOUS: secret
    .optional()
    .describe('the pseudonym key before, while it is being replaced: what was scored under it still counts'),
  BONAFIDE_RETENTION: days.default(30).describe('days that events and risk history are kept, such as 30d'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('how much is logged'),
});
type Variables = z.infer<typeof settingsSchema>;

/** Files whose content is needed at start: an unreadable one is a fault of the settings. */
const READABLE_FILES = [
  'KAFKA_SSL_CA',
  'KAFKA_SSL_CERT',
  'KAFKA_SSL_KEY',
  'BONAFIDE_TLS_CERT',
  'BONAFIDE_TLS_KEY',
  'BONAFIDE_POLICY',
  'BONAFIDE_CREDENTIALS',
] as const satisfies readonly (keyof Variables)[];

export interface KafkaSettings {
  brokers: string[];
  topic: string;
  group: string;
  /** null: plain TCP. Texts are PEM. */
  ssl: { ca?: string; cert?: string; key?: string } | null;
  sasl: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | null;
}

/** The settings as the house uses them, frozen. */
export interface Settings {
  /** null: no Kafka. */
  kafka: KafkaSettings | null;
  /** `url` null: embedded in `dataDir`. */
  clickhouse: { url: string | null; user: string; password: string; database: string; cluster: string | null };
  dataDir: string;
  host: string;
  port: number;
  grpcPort: number;
  /** PEM texts; null: plain HTTP. */
  tls: { cert: string; key: string } | null;
  trustedHops: number;
  /** Zone of times in logs that name none. */
  logZone: string;
  policyFile: string | null;
  /** null: made at the first start and kept in the data folder. */
  gatewayKeys: { name: string; secret: string }[] | null;
  adminToken: string | null;
  credentialsFile: string | null;
  pseudonymKey: string | null;
  decisionLog: boolean;
  previousPseudonymKey: string | null;
  retentionDays: number;
  logLevel: string;
}

export interface SettingsFault {
  name: string;
  message: string;
}
export type SettingsResult =
  | { ok: true; settings: Settings; warnings: string[] }
  | { ok: false; faults: SettingsFault[]; warnings: string[] };

type Environment = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string;

/**
 * Reads and judges all settings together.
 * @param required variables that the command cannot do without.
 */
export function readSettings(
  env: Environment,
  required: readonly (keyof Variables)[] = [],
  readFile: ReadFile = (path) => readFileSync(path, 'utf8'),
): SettingsResult {
  const faults: SettingsFault[] = [];
  const given = collect(env, readFile, faults);
  for (const name of required) {
    if (given[name] === undefined) faults.push({ name, message: 'is required by this command' });
  }
  faults.push(...crossFaults(given));
  const files = readFiles(given, readFile, faults);
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) faults.push({ name: String(issue.path[0]), message: issue.message });
  }
  const warnings = misspelt(env);
  if (!parsed.success || faults.length > 0) return { ok: false, faults, warnings };
  warnings.push(...weak(parsed.data));
  return { ok: true, settings: deepFreeze(shape(parsed.data, files)), warnings };
}

/** The report of all faults, one a line. */
export function faultReport(faults: readonly SettingsFault[]): string {
  const lines = faults.map(({ name, message }) => `  ${name} ${message}`);
  return `The settings have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}\n`;
}

function collect(env: Environment, readFile: ReadFile, faults: SettingsFault[]): Record<string, string | undefined> {
  const given: Record<string, string | undefined> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') given[name] = value;
  }
  for (const name of SECRETS) {
    const path = env[`${name}_FILE`]?.trim();
    if (path === undefined || path === '') continue;
    if (given[name] !== undefined) {
      faults.push({ name, message: `is given twice: as ${name} and as ${name}_FILE` });
      continue;
    }
    try {
      const text = readFile(path).trim();
      if (text === '') faults.push({ name: `${name}_FILE`, message: `names an empty file: ${path}` });
      else given[name] = text;
    } catch (error) {
      faults.push({ name: `${name}_FILE`, message: unreadable(path, error) });
    }
  }
  return given;
}

/** Rules between variables look at what is given, so that they are told beside the faults of single values. */
function crossFaults(given: Readonly<Record<string, string | undefined>>): SettingsFault[] {
  const faults: SettingsFault[] = [];
  const together = (a: string, b: string) => {
    if (given[a] !== undefined && given[b] === undefined) faults.push({ name: a, message: `needs ${b} beside it` });
  };
  together('BONAFIDE_TLS_CERT', 'BONAFIDE_TLS_KEY');
  together('BONAFIDE_TLS_KEY', 'BONAFIDE_TLS_CERT');
  together('KAFKA_SSL_CERT', 'KAFKA_SSL_KEY');
  together('KAFKA_SSL_KEY', 'KAFKA_SSL_CERT');
  together('KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME');
  together('KAFKA_SASL_MECHANISM', 'KAFKA_SASL_PASSWORD');
  together('KAFKA_SASL_USERNAME', 'KAFKA_SASL_MECHANISM');
  together('KAFKA_SASL_PASSWORD', 'KAFKA_SASL_MECHANISM');
  together('CLICKHOUSE_CLUSTER', 'CLICKHOUSE_URL');
  together('BONAFIDE_PSEUDONYM_KEY_PREVIOUS', 'BONAFIDE_PSEUDONYM_KEY');
  if (
    given.BONAFIDE_PSEUDONYM_KEY !== undefined &&
    given.BONAFIDE_PSEUDONYM_KEY === given.BONAFIDE_PSEUDONYM_KEY_PREVIOUS
  )
    faults.push({ name: 'BONAFIDE_PSEUDONYM_KEY_PREVIOUS', message: 'must differ from BONAFIDE_PSEUDONYM_KEY' });
  const port = given.BONAFIDE_PORT;
  if (port !== undefined && port !== '0' && port === given.BONAFIDE_GRPC_PORT)
    faults.push({ name: 'BONAFIDE_GRPC_PORT', message: 'must differ from BONAFIDE_PORT' });
  const ssl = given.KAFKA_SSL;
  for (const name of ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT']) {
    if (given[name] !== undefined && (ssl === undefined || ['false', '0', 'no'].includes(ssl)))
      faults.push({ name, message: 'needs KAFKA_SSL=true beside it' });
  }
  return faults;
}

function readFiles(
  given: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
  faults: SettingsFault[],
): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of READABLE_FILES) {
    const path = given[name];
    if (path === undefined) continue;
    try {
      texts[name] = readFile(path);
    } catch (error) {
      faults.push({ name, message: unreadable(path, error) });
    }
  }
  return texts;
}

function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  const why = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : code;
  return `names a file that cannot be read: ${path} (${why})`;
}

function shape(v: Variables, files: Record<string, string>): Settings {
  const pem = (part: string, name: string) => (files[name] === undefined ? {} : { [part]: files[name] });
  const kafka: KafkaSettings | null =
    v.KAFKA_BROKERS === undefined
      ? null
      : {
          brokers: v.KAFKA_BROKERS,
          topic: v.KAFKA_TOPIC,
          group: v.KAFKA_GROUP,
          ssl: v.KAFKA_SSL
            ? { ...pem('ca', 'KAFKA_SSL_CA'), ...pem('cert', 'KAFKA_SSL_CERT'), ...pem('key', 'KAFKA_SSL_KEY') }
            : null,
          sasl:
            v.KAFKA_SASL_MECHANISM === undefined
              ? null
              : {
                  mechanism: v.KAFKA_SASL_MECHANISM,
                  username: v.KAFKA_SASL_USERNAME ?? '',
                  password: v.KAFKA_SASL_PASSWORD ?? '',
                },
        };
  const cert = files.BONAFIDE_TLS_CERT;
  const key = files.BONAFIDE_TLS_KEY;
  return {
    kafka,
    clickhouse: {
      url: v.CLICKHOUSE_URL ?? null,
      user: v.CLICKHOUSE_USER,
      password: v.CLICKHOUSE_PASSWORD,
      database: v.CLICKHOUSE_DATABASE,
      cluster: v.CLICKHOUSE_CLUSTER ?? null,
    },
    dataDir: v.BONAFIDE_DATA_DIR,
    host: v.BONAFIDE_HOST,
    port: v.BONAFIDE_PORT,
    grpcPort: v.BONAFIDE_GRPC_PORT,
    tls: cert === undefined || key === undefined ? null : { cert, key },
    trustedHops: v.BONAFIDE_TRUSTED_HOPS,
    logZone: v.BONAFIDE_LOG_ZONE,
    policyFile: v.BONAFIDE_POLICY ?? null,
    gatewayKeys: v.BONAFIDE_GATEWAY_KEYS ?? null,
    adminToken: v.BONAFIDE_ADMIN_TOKEN ?? null,
    credentialsFile: v.BONAFIDE_CREDENTIALS ?? null,
    pseudonymKey: v.BONAFIDE_PSEUDONYM_KEY ?? null,
    decisionLog: v.BONAFIDE_DECISION_LOG,
    previousPseudonymKey: v.BONAFIDE_PSEUDONYM_KEY_PREVIOUS ?? null,
    retentionDays: v.BONAFIDE_RETENTION,
    logLevel: v.LOG_LEVEL,
  };
}

/** Names under our prefixes that mean nothing: most likely misspelt, so somebody believes in a setting that is not. */
function misspelt(env: Environment): string[] {
  const known = [...Object.keys(settingsSchema.shape), ...SECRETS.map((name) => `${name}_FILE`)];
  return Object.keys(env)
    .filter((name) => /^(BONAFIDE|KAFKA)_/.test(name) && !known.includes(name))
    .map((name) => {
      const near = known.map((k) => ({ k, d: distance(name, k) })).sort((a, b) => a.d - b.d)[0];
      const hint = near !== undefined && near.d <= 3 ? ` Did you mean ${near.k}?` : '';
      return `${name} is not a setting of Bonafide and does nothing.${hint}`;
    });
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function weak(v: Variables): string[] {
  const short = [
    ...(v.BONAFIDE_GATEWAY_KEYS ?? []).map(({ name, secret }) => ({ what: `the gateway key "${name}"`, secret })),
    { what: 'BONAFIDE_PSEUDONYM_KEY', secret: v.BONAFIDE_PSEUDONYM_KEY },
    { what: 'BONAFIDE_PSEUDONYM_KEY_PREVIOUS', secret: v.BONAFIDE_PSEUDONYM_KEY_PREVIOUS },
  ].filter(({ secret }) => secret !== undefined && secret.length < SHORTEST_SECRET);
  return short.map(({ what }) => `${what} is shorter than ${SHORTEST_SECRET} characters: it can be guessed.`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
