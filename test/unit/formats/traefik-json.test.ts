import { traefikJson } from '../../../services/ingest/formats/traefik-json.ts';
import { ORDINARY, TRAEFIK } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...TRAEFIK, ...changed });

testAdapter(traefikJson, ORDINARY['traefik-json'] ?? [], [
  {
    what: 'an ordinary request',
    line: line(),
    fields: {
      time: '2026-11-24T12:00:00.250123456Z',
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.request.size': 86,
      'http.response.size': 176,
      'http.server.request.duration': 0.012,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    absent: ['user.id'],
    forwarded: '198.51.100.7',
  },
  {
    what: 'what a middleware answered, which reached no server',
    line: line({ DownstreamStatus: 403, OriginStatus: 0, ServiceName: undefined }),
    fields: { 'http.response.status_code': 403 },
  },
  { what: 'a user', line: line({ ClientUsername: 'bob' }), fields: { 'user.id': 'bob' } },
  {
    what: 'an IPv6 client whose host was dropped from the log',
    line: line({ ClientHost: undefined, ClientAddr: '[2001:db8::7]:5' }),
    fields: { 'client.address': '2001:db8::7' },
  },
  {
    what: 'headers that were dropped, the default',
    line: line({ 'request_User-Agent': undefined }),
    fields: { 'url.path': '/v1/orders/12' },
    absent: ['user_agent.original'],
  },
  {
    what: 'what was decided, from the headers of the answer',
    line: line({
      DownstreamStatus: 401,
      'downstream_X-Risk-Decision': 'challenge',
      'downstream_X-Risk-Would': 'challenge',
      'downstream_X-Bonafide-Decision-Id': '01K-u',
      'downstream_X-Attestation-Status': 'missing',
      'downstream_X-Attestation-Code': 'attestation.missing',
      'downstream_X-Bonafide-User': 'u-1',
      'downstream_X-Bonafide-Session': 's-1',
      'downstream_X-Bonafide-Device': 'd-1',
      'downstream_X-Bonafide-Client': 'key-1',
    }),
    fields: {
      'risk.outcome': 'challenge',
      'risk.would': 'challenge',
      'risk.decision_id': '01K-u',
      'attestation.status': 'missing',
      'attestation.code': 'attestation.missing',
      'user.id': 'u-1',
      'session.id': 's-1',
      'device.id': 'd-1',
      'api.client': 'key-1',
    },
  },
  {
    what: 'the same headers of a request, which its client wrote',
    line: line({
      'request_X-Risk-Decision': 'allow',
      'request_X-Attestation-Status': 'genuine',
      'request_X-Bonafide-User': 'u',
    }),
    fields: {},
    absent: ['risk.outcome', 'attestation.status', 'user.id'],
  },
  { what: 'half a line', line: line().slice(0, 100), reason: 'malformed', part: 'json' },
]);
