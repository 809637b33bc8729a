import { haproxyJson } from '../../../services/ingest/formats/haproxy-json.ts';
import { ORDINARY, SHIPPED_KEYS } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ haproxy: 1, ...SHIPPED_KEYS, ...changed });

testAdapter(haproxyJson, ORDINARY['haproxy-json'] ?? [], [
  {
    what: 'every field of the shipped log-format',
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
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'a request that HAProxy could not read',
    line: line({ method: '<BADREQ>', target: '', status: 400, duration: -1 }),
    fields: { 'http.request.method': '_OTHER', 'url.path': '' },
    absent: ['http.server.request.duration'],
  },
  { what: 'a status of -1', line: line({ status: -1 }), fields: { 'http.response.status_code': 0 } },
  { what: 'half a line', line: line().slice(0, 60), reason: 'malformed', part: 'json' },
]);
