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
    ['Filebeat behind a hole', JSON.stringify({ message: `\0\0\0${line('combined')}` }), 'combined'],
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
    [
      'syslog with several elements, and brackets in their values',
      `<134>1 2026-11-24T12:00:00Z gw-1 haproxy 7 - [a@1 b="c \\] \\" d" e="[f]"][g@2 h="i"] ${line('haproxy')}`,
      'haproxy',
    ],
    ['syslog around an address that begins with 1', `<134>${line('haproxy').replace('203.0', '192.0')}`, 'haproxy'],
    ['syslog without host and tag', `<134>Nov 24 12:00:00 ${line('combined')}`, 'combined'],
    ['syslog without a date', `<134>haproxy[14389]: ${line('haproxy')}`, 'haproxy'],
    ['a tag alone', `gw-1 haproxy[14389]: ${line('haproxy')}`, 'haproxy'],
    ['a file of rsyslog', `2024-11-23T10:00:00.123456+01:00 lb1 haproxy[1234]: ${line('haproxy')}`, 'haproxy'],
    [
      'a file of rsyslog, a tag without a number',
      `2024-11-23T10:00:00+01:00 lb1 nginx: ${line('combined')}`,
      'combined',
    ],
    [
      'a journal, its zone without a colon',
      `2024-11-23T10:00:00+0100 lb1 nginx[7]: ${line('nginx-json')}`,
      'nginx-json',
    ],
    ['a date alone', `2026-11-24T12:00:00.123456789Z ${line('envoy')}`, 'envoy'],
    ['a date before JSON with blanks', `2026-11-24T12:00:00Z ${line('kong').replaceAll('":', '": ')}`, 'kong'],
    ['a date before a virtual host', `2026-11-24T12:00:00Z ${line('vhost-combined')}`, 'vhost-combined'],
    ['a date before IPv6', `2026-11-24T12:00:00Z ${line('combined').replace('203.0.113.9', '2001:db8::')}`, 'combined'],
    ['OpenTelemetry, as body', JSON.stringify(otlpOf({}, { body: { stringValue: line('combined') } })), 'combined'],
    ['OpenTelemetry, a JSON line as body', JSON.stringify(otlpOf({}, { body: { stringValue: line('kong') } })), 'kong'],
    ['Envoy through OpenTelemetry, as attributes', JSON.stringify(otlpOf(texts(ENVOY_GATEWAY))), 'envoy-json'],
    ['Traefik through OpenTelemetry, as attributes', JSON.stringify(otlpOf(texts(TRAEFIK))), 'traefik-json'],
  ])('is found: %s', (_what, text, format) => {
    expect(read(text)).toMatchObject({ ok: true, format });
  });

  it.each(
    // What HAProxy 2.6 writes with `log stdout format …`, one after the other: short, iso, timed, rfc3164, rfc5424, local,
    // priority, raw.
    [
      '<6>',
      '2026-11-29T19:30:40.939630+00:00 ',
      '<6>2026-11-29T19:30:42.942854+00:00 ',
      '<134>Nov 29 19:30:44 localhost haproxy[2260]: ',
      '<134>1 2026-11-29T19:30:47.001533+00:00 - haproxy 2271 - - ',
      '<134>Nov 29 19:30:48 haproxy[2286]: ',
      '<134>',
      '',
    ],
  )('is found behind each log format of HAProxy: "%s"', (prefix) => {
    const written =
      '127.0.0.1:52746 [29/Nov/2026:19:30:38.902] f f/<NOSRV> 0/-1/-1/-1/0 200 49 - - LR-- 1/1/0/0/0 0/0 "GET /a/7 HTTP/1.1"';
    const fields = { time: Date.UTC(2026, 10, 29, 19, 30, 38, 902), 'client.address': '127.0.0.1', 'url.path': '/a/7' };
    expect(read(prefix + written)).toMatchObject({ ok: true, format: 'haproxy', fields });
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
    ['of CRI', `2026-11-24T12:00:00.123456789Z stdout P ${line('nginx-json').slice(0, 90)}`],
    ['of CRI, empty', '2026-11-24T12:00:00.123456789Z stderr P'],
    ['of Docker', JSON.stringify({ log: line('combined').padEnd(16_384, 'x'), stream: 'stdout', time: '2026' })],
    ['of CRI in what a shipper wrote', JSON.stringify({ log: `2026-11-24T12:00:00Z stdout P ${line('combined')}` })],
  ])('is not read from a part of a line: %s', (_what, text) => {
    for (const format of ['auto', 'combined'])
      if (format === 'auto' || !text.startsWith('{'))
        expect(createRecogniser(format)('kafka:t', text, () => true)).toMatchObject({
          ok: false,
          reason: 'partial_line',
        });
  });

  it('is read of a long line that a shipper sends without its line feed', () => {
    const log = line('combined').replace('"-"', `"${'x'.repeat(17_000)}"`);
    expect(read(JSON.stringify({ log, stream: 'stdout', time: '2026' }))).toMatchObject({ ok: true });
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
