import { haproxy } from '../../../services/ingest/formats/haproxy.ts';
import { HAPROXY_HEAD as HEAD, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const MIDDLE = '200 2750 - - ---- 1/1/1/1/0 0/0';

testAdapter(haproxy, ORDINARY.haproxy ?? [], [
  {
    what: 'option httplog with captures',
    line: ORDINARY.haproxy?.[0] ?? '',
    fields: {
      time: Date.UTC(2026, 10, 24, 12, 0, 0, 250),
      'client.address': '203.0.113.9',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.response.size': 2750,
      'http.server.request.duration': 0.109,
    },
    absent: ['user_agent.original', 'server.address'],
    zoneless: true,
  },
  {
    what: 'option httpslog',
    line: ORDINARY.haproxy?.[1] ?? '',
    fields: { 'url.path': '/', 'http.response.size': 2750 },
  },
  {
    what: 'a request that HAProxy could not read',
    line: '203.0.113.9:5 [24/Nov/2026:12:00:00.250] http-in http-in/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"',
    fields: { 'http.request.method': '_OTHER', 'url.path': '', 'http.response.status_code': 400 },
  },
  {
    what: 'a client that went away',
    line: `${HEAD.replace('109', '-1')} -1 0 - - CR-- 1/1/1/1/0 0/0 "GET / HTTP/1.1"`,
    fields: { 'http.response.status_code': 0 },
    absent: ['http.server.request.duration'],
  },
  {
    what: 'IPv6, whose port follows a colon',
    line: `2001:db8::7:5${HEAD.slice(HEAD.indexOf(' '))} ${MIDDLE} "GET / HTTP/1.1"`,
    fields: { 'client.address': '2001:db8::7' },
  },
  {
    what: 'quotes and UTF-8 as HAProxy writes them',
    line: `${HEAD} ${MIDDLE} "GET /a#22b#C3#A9 HTTP/1.1"`,
    fields: { 'url.path': '/a"bé' },
  },
  {
    what: 'captures that imitate a request, whose quotes HAProxy writes as #22',
    line: `${HEAD} ${MIDDLE} {#22GET /evil HTTP/1.1#22|x y} "GET /good HTTP/1.1"`,
    fields: { 'url.path': '/good' },
  },
  {
    what: 'a line that was cut for its length',
    line: `${HEAD} ${MIDDLE} "GET /${'a'.repeat(900)}`,
    fields: { 'http.request.method': 'GET' },
  },
  ...[
    'http-in/1: SSL handshake failure',
    'http-in/bind-1: Connection closed during SSL handshake',
    'http-in/1: SSL handshake failure (error:0A000076:SSL routines::no suitable signature algorithm)',
    'http-in/1: Received something which does not look like a PROXY protocol header',
  ].map((said) => ({
    what: `a connection without a request (${said})`,
    line: `203.0.113.9:5 [24/Nov/2026:12:00:00.250] ${said}`,
    fields: {},
    skip: true as const,
  })),
  ...['http-in/1: GET /a "x"', 'http-in http-in/1: SSL handshake failure', 'http-in/1 SSL handshake failure'].map(
    (said) => ({
      what: `what only resembles one (${said})`,
      line: `203.0.113.9:5 [24/Nov/2026:12:00:00.250] ${said}`,
      reason: 'malformed' as const,
      part: 'numbers',
    }),
  ),
  { what: 'no address', line: ' [24', reason: 'malformed', part: 'address' },
  { what: 'no date', line: '203.0.113.9:5 GET', reason: 'malformed', part: 'time' },
  {
    what: 'a day that does not exist',
    line: `${HEAD.replace('24/Nov', '31/Nov')} ${MIDDLE} "GET / HTTP/1.1"`,
    reason: 'invalid_time',
    part: 'time',
  },
  { what: 'no counters', line: `${HEAD} 200 2750`, reason: 'malformed', part: 'numbers' },
  { what: 'no request', line: `${HEAD} ${MIDDLE} {}`, reason: 'malformed', part: 'request' },
]);
