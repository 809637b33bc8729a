import { envoyJson } from '../../../services/ingest/formats/envoy-json.ts';
import { ENVOY_GATEWAY, ISTIO_JSON, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const gateway = (changed: Record<string, unknown>) => JSON.stringify({ ...ENVOY_GATEWAY, ...changed });

testAdapter(envoyJson, ORDINARY['envoy-json'] ?? [], [
  {
    what: 'the keys of Envoy Gateway',
    line: gateway({}),
    fields: {
      time: '2026-11-24T12:00:00.250Z',
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.request.size': 0,
      'http.response.size': 176,
      'http.server.request.duration': 0.012,
      'http.request.id': '5c6a0b9e-2f0a-4f2e-9a53-7a3df2b3b7a1',
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'the keys of Istio, with types',
    line: JSON.stringify(ISTIO_JSON),
    fields: {
      'client.address': '203.0.113.9',
      'http.request.method': 'POST',
      'url.path': '/v1/auth/sign-in',
      'http.response.status_code': 401,
      'http.server.request.duration': 0.012,
      'http.request.id': '5c6a0b9e',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'a request that Envoy could not read',
    line: gateway({ method: null, 'x-envoy-origin-path': null, response_code: 400, ':authority': null }),
    fields: { 'http.request.method': '_OTHER', 'url.path': '', 'http.response.status_code': 400 },
    absent: ['server.address'],
  },
  ...[null, '-'].map((none) => ({
    what: `a connection of a mesh that is no request: ${none}`,
    line: gateway({ method: none, 'x-envoy-origin-path': none, protocol: none, response_code: 0, ':authority': none }),
    fields: { 'http.response.status_code': 0 },
    skip: true as const,
  })),
  {
    what: 'a request of HTTP/2 that was reset before its method came',
    line: gateway({ method: null, 'x-envoy-origin-path': null, protocol: 'HTTP/2', response_code: '0' }),
    fields: { 'http.request.method': '_OTHER', 'http.response.status_code': 0 },
  },
  {
    what: 'an IPv6 peer and a client that went away',
    line: gateway({ downstream_remote_address: '[2001:db8::7]:443', response_code: 0, 'x-forwarded-for': '-' }),
    fields: { 'client.address': '2001:db8::7', 'http.response.status_code': 0 },
  },
  {
    what: 'the keys that docs/gateways gives what only some gateways know',
    line: gateway({ user: 'u-1', attestation: 'genuine', outcome: 'allow' }),
    fields: { 'user.id': 'u-1', 'attestation.status': 'genuine', 'risk.outcome': 'allow' },
  },
  ...[
    ['%s', '1795521600', 1_795_521_600_000],
    ['%s.%3f', '1795521600.250', 1_795_521_600_250],
    ['%s%3f', '1795521600250', 1_795_521_600_250],
    ['%s%6f', '1795521600250123', 1_795_521_600_250],
    ['%s%9f', '1795521600250123456', 1_795_521_600_250],
    ['%s as a number', 1_795_521_600, 1_795_521_600_000],
  ].map(([form, written, time]) => ({
    what: `a time of its own form, ${form}`,
    line: gateway({ start_time: written }),
    fields: { time },
  })),
  { what: 'a time that is none', line: gateway({ start_time: '17' }), fields: { time: '17' } },
  {
    what: 'no address for validation to name',
    line: gateway({ downstream_remote_address: '-', 'x-forwarded-for': '-' }),
    fields: { 'url.path': '/v1/orders/12' },
    absent: ['client.address'],
  },
  { what: 'half a line', line: gateway({}).slice(0, 80), reason: 'malformed', part: 'json' },
]);
