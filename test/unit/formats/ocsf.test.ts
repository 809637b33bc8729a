import { ocsf } from '../../../services/ingest/formats/ocsf.ts';
import { OCSF, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...OCSF, ...changed });

testAdapter(ocsf, ORDINARY.ocsf ?? [], [
  {
    what: 'an HTTP Activity',
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
      'http.request.id': 'r-1',
      'geo.country': 'DE',
      'network.asn': 64500,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'a URL as one text, and an actor who was refused',
    line: line({
      http_request: { http_method: 'POST', url: { url_string: 'https://api.example.com/a?b=c' } },
      http_response: { code: 401 },
      actor: { user: { uid: 'bob' } },
    }),
    fields: { 'url.path': '/a', 'url.query': 'b=c', 'login.subject': 'bob' },
    absent: ['user.id'],
  },
  ...[
    [1, 'CONNECT'],
    [2, 'DELETE'],
    [3, 'GET'],
    [4, 'HEAD'],
    [5, 'OPTIONS'],
    [6, 'POST'],
    [7, 'PUT'],
    [8, 'TRACE'],
    [9, 'PATCH'],
    [0, '_OTHER'],
    [99, '_OTHER'],
  ].flatMap(([id, method]) => [
    {
      what: `activity ${id} as the method that is not named`,
      line: line({ activity_id: id, http_request: { url: { path: '/a', query_string: 'b=c' } } }),
      fields: { 'http.request.method': method, 'url.path': '/a', 'url.query': 'b=c' },
    },
    {
      what: `type ${400_200 + Number(id)} as the method that is not named`,
      line: line({
        activity_id: undefined,
        type_uid: 400_200 + Number(id),
        http_request: { url: { url_string: 'https://api.example.com/a?b=c' } },
      }),
      fields: { 'http.request.method': method, 'url.path': '/a', 'url.query': 'b=c' },
    },
  ]),
  {
    what: 'a method that is named, whatever the activity is',
    line: line({ activity_id: 99 }),
    fields: { 'http.request.method': 'GET' },
  },
  {
    what: 'no method and no path',
    line: line({ activity_id: undefined, type_uid: undefined, http_request: {} }),
    fields: { 'http.request.method': '_OTHER', 'url.path': '' },
  },
]);
