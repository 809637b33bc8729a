import { envoy } from '../../../services/ingest/formats/envoy.ts';
import { ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const HEAD = '[2026-11-24T12:00:00.250Z] "GET /a HTTP/1.1" 200 - 0 176 12 11';
const TAIL = '"r-1" "api.example.com" "10.0.0.7:80"';
const [ORDINARY_LINE = ''] = ORDINARY.envoy ?? [];

testAdapter(envoy, ORDINARY.envoy ?? [], [
  {
    what: 'the default text, the client from the end of X-Forwarded-For',
    line: ORDINARY_LINE,
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
      'http.request.id': '5c6a0b9e',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'a time as epoch seconds',
    line: ORDINARY_LINE.replace('[2026-11-24T12:00:00.250Z]', '[1795521600.250]'),
    fields: { time: 1_795_521_600_250 },
  },
  {
    what: 'a client that went away, with flags',
    line: ORDINARY_LINE.replace('200 -', '0 DC'),
    fields: { 'http.response.status_code': 0 },
  },
  {
    what: 'a request that Envoy could not read',
    line: `[2026-11-24T12:00:00.250Z] "- - HTTP/1.1" 400 DPE 0 11 0 - "203.0.113.9" "-" "-" "-" "-"`,
    fields: { 'http.request.method': '_OTHER', 'url.path': '', 'http.response.status_code': 400 },
    absent: ['user_agent.original', 'server.address', 'http.request.id'],
  },
  {
    what: 'a connection that is no request, and names no client',
    line: `[2026-11-24T12:00:00.250Z] "- - -" 0 UF 1033 9532 30000 - "-" "-" "-" "-" "10.0.0.7:5432"`,
    fields: { 'http.response.status_code': 0 },
    skip: true,
  },
  {
    what: 'IPv6 and a path with quotes',
    line: `[2026-11-24T12:00:00.250Z] "GET /"200"-" HTTP/2" 404 - 0 1 2 - "2001:db8::7" "curl" ${TAIL}`,
    fields: { 'client.address': '2001:db8::7', 'url.path': '/"200"-"', 'http.response.status_code': 404 },
  },
  {
    what: 'quotes in the agent',
    line: `${HEAD} "203.0.113.9" "say "hi" "there"" ${TAIL}`,
    fields: { 'client.address': '203.0.113.9', 'user_agent.original': 'say "hi" "there"' },
  },
  {
    what: 'an agent that imitates the end of the line',
    line: `${HEAD} "203.0.113.9" "x" "r-2" "evil.example" "6.6.6.6:1" ${TAIL}`,
    fields: { 'client.address': '203.0.113.9', 'server.address': 'api.example.com', 'http.request.id': 'r-1' },
  },
  {
    what: 'an agent that imitates a client: nobody can tell',
    line: `${HEAD} "203.0.113.9" "x, 6.6.6.6" "y" ${TAIL}`,
    reason: 'malformed',
    part: 'x-forwarded-for',
  },
  {
    what: 'a list of addresses that imitates an agent: nobody can tell',
    line: `${HEAD} "6.6.6.6" "x, 203.0.113.9" "curl" ${TAIL}`,
    reason: 'malformed',
    part: 'x-forwarded-for',
  },
  {
    what: 'no X-Forwarded-For, so no client',
    line: `${HEAD} "-" "curl" ${TAIL}`,
    reason: 'missing_field',
    part: 'x-forwarded-for',
  },
  { what: 'no time', line: '"GET / HTTP/1.1" 200', reason: 'malformed', part: 'time' },
  { what: 'no request', line: '[2026-11-24T12:00:00.250Z] "GET', reason: 'malformed', part: 'request' },
  {
    what: 'no numbers',
    line: '[2026-11-24T12:00:00.250Z] "GET / HTTP/1.1" OK',
    reason: 'malformed',
    part: 'numbers',
  },
  { what: 'a line cut in the middle', line: ORDINARY_LINE.slice(0, -20), reason: 'malformed', part: 'end' },
]);
