import { describe, expect, it } from 'vitest';
import { createRecogniser } from '../../../services/ingest/recognise.ts';
import { APISIX, ENVOY_GATEWAY, ORDINARY, otlpOf, TRAEFIK } from './ordinary.ts';

const line = (format: string) => ORDINARY[format]?.[0] ?? '';
const read = (text: string) => createRecogniser('auto')('kafka:t', text, () => true);
const texts = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, value === null ? '' : String(value)]));

describe('a record inside of what a shipper put around it', () => {
  it.each([
    [
      'a file of Docker',
      JSON.stringify({ log: `${line('combined')}\n`, stream: 'stdout', time: '2026-11-24T12:00:00Z' }),
      'combined',
    ],
    ['Fluent Bit', JSON.stringify({ date: 1.5, log: line('nginx-json') }), 'nginx-json'],
    ['Filebeat', JSON.stringify({ '@timestamp': '2026-11-24T12:00:00Z', message: line('haproxy') }), 'haproxy'],
    ['Filebeat around Docker', JSON.stringify({ message: JSON.stringify({ log: line('combined') }) }), 'combined'],
    ['a container runtime', `2026-11-24T12:00:00.123456789Z stdout F ${line('caddy')}`, 'caddy'],
    ['syslog of RFC 3164', `<134>Nov 24 12:00:00 gw-1 haproxy[14389]: ${line('haproxy')}`, 'haproxy'],
    ['syslog without a priority', `Nov  4 12:00:00 gw-1 nginx: ${line('combined')}`, 'combined'],
    [
      'syslog of RFC 5424',
      `<134>1 2026-11-24T12:00:00.250Z gw-1 traefik 7 - - ${line('traefik-json')}`,
      'traefik-json',
    ],
    ['syslog with structured data', `<134>1 - - haproxy - - [a b="c"] ${line('haproxy-json')}`, 'haproxy-json'],
    ['OpenTelemetry, as body', JSON.stringify(otlpOf({}, { body: { stringValue: line('combined') } })), 'combined'],
    ['OpenTelemetry, a JSON line as body', JSON.stringify(otlpOf({}, { body: { stringValue: line('kong') } })), 'kong'],
    ['Envoy through OpenTelemetry, as attributes', JSON.stringify(otlpOf(texts(ENVOY_GATEWAY))), 'envoy-json'],
    ['Traefik through OpenTelemetry, as attributes', JSON.stringify(otlpOf(texts(TRAEFIK))), 'traefik-json'],
  ])('is found: %s', (_what, text, format) => {
    expect(read(text)).toMatchObject({ ok: true, format });
  });

  it('takes the time of an OpenTelemetry record whose content has none', () => {
    const { time: _, ...event } = JSON.parse(line('canonical'));
    const body = {
      kvlistValue: {
        values: Object.entries(event).map(([key, value]) => ({ key, value: { stringValue: String(value) } })),
      },
    };
    expect(read(JSON.stringify(otlpOf({}, { body })))).toMatchObject({ ok: true, fields: { time: 1_795_521_600_250 } });
  });

  it('is not looked for without end', () => {
    let text = line('combined');
    for (let i = 0; i < 4; i++) text = JSON.stringify({ log: text });
    expect(read(text)).toMatchObject({ ok: false, reason: 'unknown_format' });
  });

  it.each([
    ['another application', JSON.stringify({ level: 'info', message: 'listening on 8080' })],
    ['an object of another kind', JSON.stringify({ a: 1 })],
    ['an empty export', '{"resourceLogs":[]}'],
    ['keys of no gateway', JSON.stringify({ ...APISIX, request: 'x' })],
  ])('is not made up: %s', (_what, text) => {
    expect(read(text)).toMatchObject({ ok: false, reason: 'unknown_format' });
  });
});
