import { istio } from '../../../services/ingest/formats/istio.ts';
import { ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const [LINE = ''] = ORDINARY.istio ?? [];

testAdapter(istio, ORDINARY.istio ?? [], [
  {
    what: 'the default text, the client as Envoy knows it',
    line: LINE,
    fields: {
      time: '2026-11-24T12:00:00.250Z',
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'url.path': '/v1/orders/12',
      'http.response.status_code': 200,
      'http.server.request.duration': 0.012,
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'no X-Forwarded-For',
    line: LINE.replace('198.51.100.7,203.0.113.9', '-'),
    fields: { 'client.address': '203.0.113.9' },
  },
  {
    what: 'an agent that imitates the end of the line',
    line: LINE.replace('Mozilla/5.0', 'x" "a" "b" "c" o 1 2 6.6.6.6:0 - d'),
    fields: { 'client.address': '203.0.113.9', 'server.address': 'api.example.com' },
  },
  {
    what: 'a list of addresses that imitates an agent: the client is known all the same',
    line: LINE.replace('198.51.100.7,', '6.6.6.6" "x, '),
    fields: { 'client.address': '203.0.113.9', 'http.request.id': '5c6a0b9e' },
    forwarded: undefined,
  },
  {
    what: 'a reason of the transport',
    line: LINE.replace('200 - via_upstream - "-"', '503 UF upstream_reset - "delayed connect error: 111"'),
    fields: { 'http.response.status_code': 503 },
  },
  {
    what: 'a connection of a mesh that is no request',
    line: '[2026-11-24T12:00:00.250Z] "- - -" 0 - - - "-" 1033 9532 30000 - "-" "-" "-" "-" "10.0.0.7:5432" outbound|5432||postgres.db.svc.cluster.local 10.0.0.1:5 10.0.0.7:5432 10.0.0.1:3 - -',
    fields: { 'http.response.status_code': 0 },
    skip: true,
  },
  {
    what: 'a request of HTTP/2 that was reset before its method came',
    line: LINE.replace('GET /v1/orders/12?page=1 HTTP/1.1" 200 -', '- - HTTP/2" 0 DPE'),
    fields: { 'http.request.method': '_OTHER', 'http.response.status_code': 0, 'client.address': '203.0.113.9' },
  },
  {
    what: 'a request that Envoy refused',
    line: LINE.replace('GET /v1/orders/12?page=1 HTTP/1.1" 200 -', '- - -" 400 DPE'),
    fields: { 'http.request.method': '_OTHER', 'http.response.status_code': 400 },
  },
  ...[
    'upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end}',
    `rbac_access_denied_matched_policy[ns[${'payments-'.repeat(25)}]-policy[${'only-from-the-shop-'.repeat(12)}]-rule[0]]`,
  ].map((details) => ({
    what: `long details of the response: ${details.slice(0, 40)}`,
    line: LINE.replace('200 - via_upstream - "-"', `503 UF,URX ${details} ${details} "${details}"`),
    fields: { 'http.response.status_code': 503, 'client.address': '203.0.113.9', 'url.path': '/v1/orders/12' },
  })),
  { what: 'no addresses at the end', line: LINE.slice(0, LINE.lastIndexOf('"') + 1), reason: 'malformed', part: 'end' },
]);
