import { traefik } from '../../../services/ingest/formats/traefik.ts';
import { ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const HEAD = '203.0.113.9 - - [24/Nov/2026:12:00:00 +0000] "GET /a?b=c HTTP/2.0" 200 176';
const TAIL = '17 "shop@docker" "http://10.0.0.7:80" 12ms';

testAdapter(traefik, ORDINARY.traefik ?? [], [
  {
    what: 'an ordinary line',
    line: `${HEAD} "-" "curl/8.5" ${TAIL}`,
    fields: {
      time: Date.UTC(2026, 10, 24, 12),
      'client.address': '203.0.113.9',
      'url.path': '/a',
      'url.query': 'b=c',
      'http.response.status_code': 200,
      'http.response.size': 176,
      'http.server.request.duration': 0.012,
      'user_agent.original': 'curl/8.5',
    },
  },
  {
    what: 'what a middleware answered: no status, no server',
    line: ORDINARY.traefik?.[1] ?? '',
    fields: { 'http.response.status_code': 0, 'http.server.request.duration': 0 },
    absent: ['http.response.size'],
  },
  {
    what: 'quotes that Traefik leaves bare in the agent',
    line: `${HEAD} "-" "say "hi" "x" 1 "a" "b" 2ms" ${TAIL}`,
    fields: { 'user_agent.original': 'say "hi" "x" 1 "a" "b" 2ms', 'http.server.request.duration': 0.012 },
  },
  { what: 'combined without the tail', line: `${HEAD} "-" "curl/8.5"`, reason: 'malformed', part: 'end' },
  { what: 'no time', line: `203.0.113.9 - - "GET" ${TAIL}`, reason: 'malformed', part: 'time' },
]);
