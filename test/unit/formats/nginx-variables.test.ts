import { nginxVariables } from '../../../services/ingest/formats/nginx-variables.ts';
import { INGRESS_NGINX, NGINX_REQUEST, NGINX_VARIABLES, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...NGINX_VARIABLES, ...changed });
const ingress = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...INGRESS_NGINX, ...changed });
const short = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...NGINX_REQUEST, ...changed });
const without = (...names: string[]) =>
  JSON.stringify(Object.fromEntries(Object.entries(NGINX_VARIABLES).filter(([name]) => !names.includes(name))));

const ORDER = {
  'client.address': '203.0.113.9',
  'http.request.method': 'GET',
  'url.path': '/v1/orders/12',
  'url.query': 'page=1',
  'http.response.status_code': 200,
  'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
};
const UNREADABLE = { 'http.request.method': '_OTHER', 'url.path': '' };

testAdapter(nginxVariables, ORDINARY['nginx-variables'] ?? [], [
  {
    what: 'every variable by its name',
    line: line({ remote_user: 'bob', ssl_ja4: 't13d1516h2_8daaf6152771_b186095e22b6', geoip_country_code: 'DE' }),
    fields: {
      ...ORDER,
      time: 1_795_521_600_250,
      'server.address': 'api.example.com',
      'http.request.size': 86,
      'http.response.size': 176,
      'http.server.request.duration': 0.012,
      'http.request.id': '35eee7d3eead86608fdb4e8e6fc817e2',
      'user.id': 'bob',
      'tls.client.ja4': 't13d1516h2_8daaf6152771_b186095e22b6',
      'geo.country': 'DE',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'the keys of ingress-nginx, whose list of addresses ends with the peer',
    line: ingress(),
    fields: {
      ...ORDER,
      time: '2026-11-24T12:00:00+00:00',
      'server.address': 'api.example.com',
      'http.server.request.duration': 0.012,
      'http.request.id': 'c1',
    },
    absent: ['user.id'],
    forwarded: '198.51.100.7',
  },
  {
    what: 'a list that is the peer alone',
    line: ingress({ x_forwarded_for: '203.0.113.9' }),
    fields: ORDER,
    forwarded: undefined,
  },
  { what: 'a request in one piece', line: short(), fields: { ...ORDER, time: 1_795_521_600_000 } },
  {
    what: 'a request in one piece beside a method',
    line: without('request_uri').replace('{', '{"request":"POST /a b HTTP/1.1",'),
    fields: { 'http.request.method': 'POST', 'url.path': '/a b' },
  },
  {
    what: 'the path alone, with the arguments where they stand',
    line: without('request_uri').replace('{', '{"uri":"/v1/orders/12","args":"page=1",'),
    fields: ORDER,
  },
  { what: 'a time of seconds', line: without('msec'), fields: { time: '2026-11-24T12:00:00+00:00' } },
  {
    what: 'a time in another zone',
    line: short({ time_local: '24/Nov/2026:17:45:00 +0545' }),
    fields: { time: 1_795_521_600_000 },
  },
  {
    what: 'numbers that are numbers',
    line: line({ msec: 1795521600.25, status: 404 }),
    fields: { time: 1_795_521_600_250, 'http.response.status_code': 404 },
  },
  {
    what: 'a request that nginx could not read',
    line: line({ request_method: '', request_uri: '', status: '400', host: '' }),
    fields: { ...UNREADABLE, 'http.response.status_code': 400 },
    absent: ['server.address'],
  },
  {
    what: 'a request in one piece that nginx could not read',
    line: short({ request: '\u0016\u0003\u0001', status: '400' }),
    fields: UNREADABLE,
  },
  {
    what: 'a request that could not be read, by its method',
    line: line({ request: 'GET / x HTTP/9.9', request_method: '', request_uri: '', status: '400' }),
    fields: UNREADABLE,
  },
  {
    what: 'a user who was refused, as a claim',
    line: line({ remote_user: 'bob', status: '401' }),
    fields: { 'login.subject': 'bob' },
    absent: ['user.id'],
  },
  {
    what: 'keys that were added for who called and what was decided',
    line: line({ user: 'u-1', remote_user: 'bob', attestation: 'genuine', outcome: 'allow', decision: 'd-1' }),
    fields: { 'user.id': 'u-1', 'attestation.status': 'genuine', 'risk.outcome': 'allow', 'risk.decision_id': 'd-1' },
  },
  {
    what: 'a header that only looks like a fingerprint as none',
    line: line({ http_ssl_ja4: 'forged' }),
    fields: ORDER,
    absent: ['tls.client.ja4'],
  },
  {
    what: 'dashes and a nameless server as absent',
    line: line({ host: '-', http_host: '', server_name: '_', request_time: '-' }),
    fields: ORDER,
    absent: ['server.address', 'http.server.request.duration'],
  },
  {
    what: 'bytes that nginx escapes without escape=json',
    line: `{"time_iso8601":"2026-11-24T12:00:00+00:00","remote_addr":"203.0.113.9","request":"GET /\\x22a HTTP/1.1","status":"200","http_user_agent":"caf\\xC3\\xA9 \\x22,\\x22remote_addr\\x22:\\x226.6.6.6\\x5C"}`,
    fields: {
      'client.address': '203.0.113.9',
      'url.path': '/"a',
      'user_agent.original': 'café ","remote_addr":"6.6.6.6\\',
    },
  },
  {
    what: 'an escaped backslash before an x as what it is',
    line: `{"time_iso8601":"2026-11-24T12:00:00+00:00","remote_addr":"203.0.113.9","request":"GET / HTTP/1.1","status":"200","http_user_agent":"\\x41\\\\x22,\\\\\\x42"}`,
    fields: { 'client.address': '203.0.113.9', 'user_agent.original': 'A\\x22,\\B' },
  },
  ...[['request_method'], ['request_uri']].map((names) => ({
    what: `a log that was never told to write ${names} as one without a request`,
    line: without(...names),
    fields: { 'client.address': '203.0.113.9' },
    absent: ['http.request.method', 'url.path'],
  })),
  { what: 'half a line', line: line().slice(0, 60), reason: 'malformed', part: 'json' },
]);
