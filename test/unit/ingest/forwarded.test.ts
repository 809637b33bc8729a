import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../services/decide/gateways/nginx.ts';
import { callerOf } from '../../../services/ingest/forwarded.ts';
import { createRecogniser } from '../../../services/ingest/recognise.ts';
import { ORDINARY, OTLP_ATTRIBUTES, otlpOf } from '../formats/ordinary.ts';

const PEER = '10.0.0.1';

describe('the caller behind trusted proxies', () => {
  it.each([
    ['198.51.100.7', 1, '198.51.100.7'],
    ['6.6.6.6, 198.51.100.7', 1, '198.51.100.7'],
    ['6.6.6.6, 198.51.100.7, 10.0.0.2', 2, '198.51.100.7'],
    ['198.51.100.7', 5, '198.51.100.7'],
    ['[2001:db8::7]:443', 1, '[2001:db8::7]:443'],
    ['"[2001:db8::7]:443"', 1, '[2001:db8::7]:443'],
    ['198.51.100.7, unknown', 1, PEER],
    ['198.51.100.7, unknown', 2, '198.51.100.7'],
    ['', 1, PEER],
    [',,,', 3, PEER],
  ])('of %j behind %i is %s', (forwarded, hops, caller) => {
    expect(callerOf(forwarded, PEER, hops)).toBe(caller);
  });

  it('is the one that the decision path finds', () => {
    const address = fc.ipV4();
    fc.assert(
      fc.property(
        fc.array(address, { minLength: 1, maxLength: 6 }),
        address,
        fc.integer({ min: 1, max: 8 }),
        (entries, peer, hops) => {
          const headers = { 'x-forwarded-for': [...entries, peer].join(', '), 'x-real-ip': peer };
          expect(callerOf(entries.join(', '), peer, hops)).toBe(clientAddress(headers, hops));
        },
      ),
    );
  });

  it('is found in linear time in a list without end', () => {
    expect(callerOf('x,'.repeat(500_000), PEER, 99)).toBe(PEER);
  });
});

const BEHIND_A_PROXY = JSON.stringify(
  otlpOf({ ...OTLP_ATTRIBUTES, 'http.request.header.x-forwarded-for': '198.51.100.7' }),
);

describe('formats that carry X-Forwarded-For', () => {
  const FORMATS = [
    'nginx-json',
    'nginx-variables',
    'combined-extra',
    'envoy',
    'istio',
    'envoy-json',
    'haproxy-json',
    'caddy',
    'traefik-json',
    'kong',
    'apisix',
    'ocsf',
    'otlp',
  ];

  it.each(FORMATS)('%s names the client behind one proxy', (format) => {
    const line = format === 'otlp' ? BEHIND_A_PROXY : (ORDINARY[format]?.[0] ?? '');
    const read = createRecogniser('auto')('s', line, () => true);
    const expected = format === 'combined-extra' ? '10.0.0.1' : '198.51.100.7';
    expect(read.ok && callerOf(read.forwarded ?? '', read.fields['client.address'], 1)).toBe(expected);
  });
});
