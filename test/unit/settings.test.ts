import { describe, expect, it } from 'vitest';
import { faultReport, readSettings, settingsSchema } from '../../schemas/settings.ts';

const files: Record<string, string> = {
  '/s/token': 'from-a-file-0123456789\n',
  '/s/empty': '\n',
  '/s/cert': 'CERT',
  '/s/key': 'KEY',
};
function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  return text;
}
const read = (env: Record<string, string>, required?: Parameters<typeof readSettings>[1]) =>
  readSettings(env, required, readFile);
function settingsOf(env: Record<string, string>) {
  const result = read(env);
  if (!result.ok) throw new Error(faultReport(result.faults));
  return result;
}
function faultsOf(env: Record<string, string>, required?: Parameters<typeof readSettings>[1]) {
  const result = read(env, required);
  return result.ok ? [] : result.faults.map(({ name, message }) => `${name} ${message}`);
}

describe('settings', () => {
  it('has a default for everything, so that an empty environment starts', () => {
    const { settings, warnings } = settingsOf({});
    expect(settings).toMatchObject({
      kafka: null,
      clickhouse: { url: null, database: 'bonafide' },
      dataDir: '.bonafide',
      host: '127.0.0.1',
      port: 8080,
      grpcPort: 9191,
      tls: null,
      trustedHops: 0,
      logZone: 'UTC',
      gatewayKeys: null,
      retentionDays: 30,
    });
    expect(warnings).toEqual([]);
  });

  it('takes a pseudonym key before the one of today, and no such key alone or twice the same', () => {
    const key = 'a-key-of-more-than-sixteen';
    const both = { BONAFIDE_PSEUDONYM_KEY: `${key}-2`, BONAFIDE_PSEUDONYM_KEY_PREVIOUS: key };
    expect(settingsOf(both).settings).toMatchObject({ pseudonymKey: `${key}-2`, previousPseudonymKey: key });
    expect(faultsOf({ BONAFIDE_PSEUDONYM_KEY_PREVIOUS: key }).join()).toContain('needs BONAFIDE_PSEUDONYM_KEY');
    expect(faultsOf({ ...both, BONAFIDE_PSEUDONYM_KEY: key }).join()).toContain('must differ');
  });

  it('takes a zone by name or by offset, and nothing else', () => {
    for (const zone of ['UTC', 'Europe/Berlin', '+01:00'])
      expect(settingsOf({ BONAFIDE_LOG_ZONE: zone }).settings.logZone).toBe(zone);
    for (const zone of ['Berlin', 'local', '1h'])
      expect(faultsOf({ BONAFIDE_LOG_ZONE: zone }).join()).toContain('BONAFIDE_LOG_ZONE must be a zone');
  });

  it('tells all faults in one report, those of single values and those between values', () => {
    const faults = faultsOf({
      BONAFIDE_PORT: '80800',
      BONAFIDE_TLS_CERT: '/s/nothing',
      BONAFIDE_TRUSTED_HOPS: '-1',
      BONAFIDE_GATEWAY_KEYS: 'a:one,broken',
      BONAFIDE_RETENTION: '1d',
      KAFKA_BROKERS: 'localhost',
      KAFKA_SASL_MECHANISM: 'plane',
      CLICKHOUSE_URL: 'tcp://x:9000',
      CLICKHOUSE_DATABASE: 'a-b',
    });
    for (const name of [
      'BONAFIDE_PORT must be a port',
      'BONAFIDE_TLS_CERT needs BONAFIDE_TLS_KEY',
      'BONAFIDE_TLS_CERT names a file that cannot be read',
      'BONAFIDE_TRUSTED_HOPS must',
      'BONAFIDE_GATEWAY_KEYS must be name:secret,name:secret; entry 2',
      'BONAFIDE_RETENTION must be at least 2d',
      'KAFKA_BROKERS must be host:port',
      'KAFKA_SASL_MECHANISM must be plain',
      'KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME',
      'CLICKHOUSE_URL must be',
      'CLICKHOUSE_DATABASE must be',
    ])
      expect(faults.some((fault) => fault.startsWith(name))).toBe(true);
  });

  it('never repeats a secret in the report', () => {
    const report = faultsOf({
      BONAFIDE_GATEWAY_KEYS: 'hunter2hunter2,a:hunter3',
      BONAFIDE_ADMIN_TOKEN: 'with space hunter4',
    });
    expect(report.join('\n')).not.toMatch(/hunter/);
    expect(report.length).toBeGreaterThan(1);
  });

  it('refuses an admin token that can be guessed and says how to make one; other short secrets are warned of', () => {
    for (const token of ['admin', 'fifteen-charact', 'changemechangeme', 'aaaaaaaaaaaaaaaaaaaaaaaa']) {
      const faults = faultsOf({ BONAFIDE_ADMIN_TOKEN: token });
      expect(faults).toEqual([expect.stringMatching(/^BONAFIDE_ADMIN_TOKEN can be guessed: .*openssl rand -hex 24/)]);
      expect(faults.join()).not.toContain(token);
    }
    expect(settingsOf({ BONAFIDE_ADMIN_TOKEN: '0123456789abcdef' }).warnings).toEqual([]);
    expect(settingsOf({ BONAFIDE_GATEWAY_KEYS: 'edge:short' }).warnings).toEqual([
      expect.stringMatching(/gateway key "edge" is shorter than 16/),
    ]);
  });

  it('reads each secret from a file as well, but not from both places', () => {
    expect(settingsOf({ BONAFIDE_ADMIN_TOKEN_FILE: '/s/token' }).settings.adminToken).toBe('from-a-file-0123456789');
    expect(faultsOf({ BONAFIDE_ADMIN_TOKEN_FILE: '/s/token', BONAFIDE_ADMIN_TOKEN: 'x' })[0]).toMatch(/given twice/);
    expect(faultsOf({ BONAFIDE_ADMIN_TOKEN_FILE: '/s/empty' })[0]).toMatch(/empty file/);
    expect(faultsOf({ KAFKA_SASL_PASSWORD_FILE: '/s/no' }).join()).toMatch(/does not exist/);
  });

  it('warns of variables that look like ours and are not, with the name that was meant', () => {
    const { warnings } = settingsOf({ KAFKA_BROKER: 'a:1', BONAFIDE_ADMIN_TOKEN_FILE: '/s/token', HOME: '/root' });
    expect(warnings).toEqual([expect.stringMatching(/KAFKA_BROKER is not a setting.*Did you mean KAFKA_BROKERS\?/)]);
  });

  it('takes a blank variable as unset', () => {
    expect(settingsOf({ BONAFIDE_PORT: ' ', KAFKA_BROKERS: '' }).settings).toMatchObject({ port: 8080, kafka: null });
  });

  it('says which variable a command cannot do without', () => {
    expect(faultsOf({}, ['CLICKHOUSE_URL'])).toEqual(['CLICKHOUSE_URL is required by this command']);
  });

  it('puts Kafka, TLS and keys together', () => {
    const { settings } = settingsOf({
      KAFKA_BROKERS: 'a:9092, [::1]:9092',
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA: '/s/cert',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p:w',
      BONAFIDE_TLS_CERT: '/s/cert',
      BONAFIDE_TLS_KEY: '/s/key',
      BONAFIDE_GATEWAY_KEYS: 'edge:0123456789abcdef:x,other:fedcba9876543210',
    });
    expect(settings.kafka).toEqual({
      brokers: ['a:9092', '[::1]:9092'],
      topic: 'api.access-log',
      group: 'bonafide',
      ssl: { ca: 'CERT' },
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p:w' },
    });
    expect(settings.tls).toEqual({ cert: 'CERT', key: 'KEY' });
    expect(settings.gatewayKeys?.[0]).toEqual({ name: 'edge', secret: '0123456789abcdef:x' });
  });

  it('is frozen through and through', () => {
    const { settings } = settingsOf({ KAFKA_BROKERS: 'a:1' });
    expect(() => settings.kafka?.brokers.push('b:1')).toThrow();
  });

  it('describes every variable', () => {
    for (const [name, form] of Object.entries(settingsSchema.shape))
      expect([name, form.description]).not.toContain(undefined);
  });
});
