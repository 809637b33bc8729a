import { ecs } from '../../../services/ingest/formats/ecs.ts';
import { ECS, ECS_DOTTED, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const nested = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...ECS, ...changed });

testAdapter(ecs, ORDINARY.ecs ?? [], [
  {
    what: 'nested objects',
    line: nested(),
    fields: {
      time: '2026-11-24T12:00:00.250Z',
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'get',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'http.request.size': 86,
      'http.response.size': 176,
      'http.server.request.duration': 0.012,
      'http.request.id': 'r-1',
      'user.id': 'alice',
      'geo.country': 'DE',
      'network.asn': 64500,
    },
  },
  {
    what: 'dotted names, and the user of a 401 as a claim',
    line: JSON.stringify(ECS_DOTTED),
    fields: {
      'client.address': '2001:db8::7',
      'url.path': '/v1/auth/sign-in',
      'url.query': 'next=%2F',
      'login.subject': 'bob',
    },
    absent: ['user.id'],
  },
  ...['2026-11-24T12:00:00.3Z', 'Tue Nov 24 12:00:00 2026', 1_795_521_600.3, 'noon'].map((time) => ({
    what: `a time of the logger beside it: ${time}`,
    line: JSON.stringify({ ...ECS_DOTTED, time }),
    fields: { time: ECS_DOTTED['@timestamp'], 'client.address': '2001:db8::7', 'login.subject': 'bob' },
  })),
  {
    what: 'the client before its proxy',
    line: nested({ client: { ip: '198.51.100.7' } }),
    fields: { 'client.address': '198.51.100.7' },
  },
  {
    what: 'objects with dotted names below',
    line: nested({ http: { 'request.method': 'GET', 'response.status_code': 404 } }),
    fields: { 'http.request.method': 'GET', 'http.response.status_code': 404 },
  },
  {
    what: 'a path without a method',
    line: nested({ http: { response: { status_code: 200 } } }),
    fields: { 'http.request.method': '_OTHER', 'url.path': '/v1/orders/12', 'url.query': 'page=1' },
  },
  {
    what: 'no method',
    line: nested({ http: { response: { status_code: 400 } }, url: {} }),
    fields: { 'http.request.method': '_OTHER', 'url.path': '' },
  },
]);
