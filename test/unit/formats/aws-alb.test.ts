import { awsAlb } from '../../../services/ingest/formats/aws-alb.ts';
import { ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const [LINE = '', REFUSED = ''] = ORDINARY['aws-alb'] ?? [];

testAdapter(awsAlb, ORDINARY['aws-alb'] ?? [], [
  {
    what: 'a request, with fields at the end that are younger than this reader',
    line: LINE,
    fields: {
      time: '2026-11-24T12:00:00.186641Z',
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.request.size': 86,
      'http.response.size': 176,
      'http.request.id': 'Root=1-58337262-36d228ad5d99923122bbe354',
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
  },
  {
    what: 'a request that the balancer could not read or did not pass on',
    line: REFUSED,
    fields: { 'http.request.method': '_OTHER', 'url.path': '', 'http.response.status_code': 460 },
    absent: ['user_agent.original', 'http.server.request.duration', 'server.address'],
  },
  {
    what: 'escaped quotes in the agent',
    line: LINE.replace('Mozilla/5.0', 'a \\" \\" b'),
    fields: { 'user_agent.original': 'a " " b (X11; Linux x86_64)', 'server.address': 'api.example.com' },
  },
  {
    what: 'IPv6',
    line: LINE.replace('203.0.113.9:2817', '[2001:db8::7]:2817'),
    fields: { 'client.address': '2001:db8::7' },
  },
  { what: 'another log of AWS', line: 'version account-id interface-id', reason: 'malformed', part: 'head' },
  { what: 'no end of the request', line: LINE.slice(0, 180), reason: 'malformed', part: 'request' },
]);
