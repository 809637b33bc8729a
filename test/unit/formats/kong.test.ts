import { kong } from '../../../services/ingest/formats/kong.ts';
import { KONG, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...KONG, ...changed });

testAdapter(kong, ORDINARY.kong ?? [], [
  {
    what: 'an ordinary request',
    line: line(),
    fields: {
      time: 1_795_521_600_250,
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.response.size': 176,
      'http.request.size': 86,
      'http.server.request.duration': 0.012,
      'api.client': 'shop-android',
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'a consumer by the id that we have',
    line: line({ consumer: { id: '54baa5a9' } }),
    fields: { 'api.client': '54baa5a9' },
  },
  {
    what: 'no consumer and no upstream',
    line: line({ consumer: undefined, upstream_uri: '', latencies: { request: 1, proxy: -1 } }),
    fields: { 'http.server.request.duration': 0.001 },
    absent: ['api.client'],
  },
  {
    what: 'a header that came twice',
    line: line({
      request: { ...KONG.request, headers: { 'user-agent': ['a', 'b'], 'x-forwarded-for': ['1.1.1.1', '2.2.2.2'] } },
    }),
    fields: { 'user_agent.original': 'a' },
    absent: ['server.address'],
    forwarded: '1.1.1.1,2.2.2.2',
  },
  {
    what: 'parts of a wrong type',
    line: line({ response: { status: null } }),
    fields: { 'http.response.status_code': 0 },
  },
  {
    what: 'the keys that the shipped configuration adds',
    line: line({
      user: 'u-1',
      session: 's-1',
      device: 'd-1',
      attestation: 'genuine',
      outcome: 'allow',
      would: 'allow',
      decision: '01K-u',
    }),
    fields: {
      'user.id': 'u-1',
      'session.id': 's-1',
      'device.id': 'd-1',
      'api.client': 'shop-android',
      'attestation.status': 'genuine',
      'risk.outcome': 'allow',
      'risk.would': 'allow',
      'risk.decision_id': '01K-u',
    },
  },
  { what: 'half a line', line: line().slice(0, 100), reason: 'malformed', part: 'json' },
]);
