import { caddy } from '../../../services/ingest/formats/caddy.ts';
import { CADDY, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...CADDY, ...changed });
const ofRequest = (changed: Record<string, unknown>) => line({ request: { ...CADDY.request, ...changed } });
const time = 1_795_521_600_250;

testAdapter(caddy, ORDINARY.caddy ?? [], [
  {
    what: 'an ordinary request',
    line: line(),
    fields: {
      time: 1_795_521_600_250,
      'http.server.request.duration': 0.012,
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.response.size': 176,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    absent: ['user.id'],
    forwarded: '198.51.100.7',
  },
  {
    what: 'Caddy before 2.7, which names the peer alone',
    line: ofRequest({ client_ip: undefined, remote_ip: '2001:db8::7' }),
    fields: { 'client.address': '2001:db8::7' },
  },
  {
    what: 'a client behind proxies that Caddy trusts',
    line: ofRequest({ client_ip: '198.51.100.7' }),
    fields: { 'client.address': '198.51.100.7' },
  },
  {
    what: 'several lines of X-Forwarded-For',
    line: ofRequest({ headers: { 'X-Forwarded-For': ['1.1.1.1', '2.2.2.2'] } }),
    fields: { time },
    forwarded: '1.1.1.1,2.2.2.2',
  },
  { what: 'a user', line: line({ user_id: 'bob' }), fields: { 'user.id': 'bob' } },
  {
    what: 'a user who was refused, as a claim',
    line: line({ user_id: 'bob', status: 401 }),
    fields: { 'login.subject': 'bob' },
    absent: ['user.id'],
  },
  { what: 'time as milliseconds', line: line({ ts: 1795521600250 }), fields: { time } },
  { what: 'time as nanoseconds', line: line({ ts: 1795521600250000000 }), fields: { time } },
  {
    what: 'time as iso8601',
    line: line({ ts: '2026-11-24T12:00:00.250+0000' }),
    fields: { time: '2026-11-24T12:00:00.250+00:00' },
  },
  {
    what: 'time as rfc3339',
    line: line({ ts: '2026-11-24T12:00:00Z' }),
    fields: { time: '2026-11-24T12:00:00Z' },
    zoneless: undefined,
  },
  {
    what: 'time as wall_milli',
    line: line({ ts: '2026/11/24 12:00:00.250' }),
    fields: { time: '2026-11-24T12:00:00.250Z' },
    zoneless: true,
  },
  { what: 'time as common_log', line: line({ ts: '24/Nov/2026:12:00:00 +0000' }), fields: { time: time - 250 } },
  { what: 'duration as text', line: line({ duration: '1m2.5s' }), fields: { 'http.server.request.duration': 62.5 } },
  { what: 'no time at all', line: line({ duration: 0 }), fields: { 'http.server.request.duration': 0 } },
  ...[17_733, 5].map((duration) => ({
    what: `a duration of nanoseconds or milliseconds, nobody knows which: ${duration}`,
    line: line({ duration }),
    fields: { time },
    absent: ['http.server.request.duration'],
  })),
  {
    what: 'a duration that is none',
    line: line({ duration: 'soon' }),
    fields: { time },
    absent: ['http.server.request.duration'],
  },
  {
    what: 'headers that bear the names of fields',
    line: ofRequest({ headers: { Status: ['500'], 'Url.path': ['/x'], 'User-Agent': ['a"b\u0000'] } }),
    fields: { 'http.response.status_code': 200, 'user_agent.original': 'a"b\u0000' },
  },
  {
    what: 'a request without headers',
    line: ofRequest({ headers: null }),
    fields: { time },
    absent: ['user_agent.original'],
  },
  {
    what: 'what the error log says of a request that the access log has as well',
    line: line({ logger: 'http.log.error.log0', msg: 'dial tcp: refused', err_id: '8i897eezp', size: undefined }),
    fields: { time },
    skip: true,
  },
  {
    what: 'the error log whose logger nobody names',
    line: line({ logger: undefined, err_id: '8i897eezp', size: undefined }),
    fields: { time },
    skip: true,
  },
  {
    what: 'what the proxy says of a request at level debug',
    line: line({ level: 'debug', logger: 'http.handlers.reverse_proxy', msg: 'upstream roundtrip' }),
    fields: { time },
    skip: true,
  },
  { what: 'an access log of another name', line: line({ logger: 'api', err_id: '8i897eezp' }), fields: { time } },
  { what: 'half a line', line: line().slice(0, 100), reason: 'malformed', part: 'json' },
]);
