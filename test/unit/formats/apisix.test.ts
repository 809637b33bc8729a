import { apisix } from '../../../services/ingest/formats/apisix.ts';
import { APISIX, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...APISIX, ...changed });

testAdapter(apisix, ORDINARY.apisix ?? [], [
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
      'http.server.request.duration': 0.0125,
      'api.client': 'shop_android',
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'no consumer',
    line: line({ consumer: undefined }),
    fields: { 'url.path': '/v1/orders/12' },
    absent: ['api.client'],
  },
  {
    what: 'a header that came twice',
    line: line({
      request: { ...APISIX.request, headers: { 'user-agent': ['a', 'b'], 'x-forwarded-for': ['1.1.1.1', '2.2.2.2'] } },
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
  { what: 'half a line', line: line().slice(0, 100), reason: 'malformed', part: 'json' },
]);
