import { otlp } from '../../../services/ingest/formats/otlp.ts';
import { ORDINARY, OTLP_ATTRIBUTES, otlpOf } from './ordinary.ts';
import { testAdapter } from './table.ts';

const line = (changed: Record<string, string | number> = {}, more: Record<string, unknown> = {}) =>
  JSON.stringify(otlpOf({ ...OTLP_ATTRIBUTES, ...changed }, more));

testAdapter(otlp, ORDINARY.otlp ?? [], [
  {
    what: 'a record with stable names',
    line: line({
      'http.request.header.x-forwarded-for': '198.51.100.7',
      'user.id': 'u-1',
      'http.route': '/v1/orders/{id}',
    }),
    fields: {
      time: 1_795_521_600_250,
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/v1/orders/12',
      'url.query': 'page=1',
      'http.response.status_code': 200,
      'user.id': 'u-1',
      'http.route': '/v1/orders/{id}',
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    forwarded: '198.51.100.7',
  },
  {
    what: 'a client that is known: its proxies do not matter',
    line: line({ 'client.address': '198.51.100.7', 'http.request.header.x-forwarded-for': '192.0.2.1' }),
    fields: { 'client.address': '198.51.100.7' },
  },
  {
    what: 'the names of before 1.20',
    line: JSON.stringify(
      otlpOf({ 'http.method': 'GET', 'http.target': '/a?b=c', 'http.status_code': 404, 'net.peer.ip': '192.0.2.1' }),
    ),
    fields: { 'url.path': '/a', 'url.query': 'b=c', 'http.response.status_code': 404, 'client.address': '192.0.2.1' },
  },
  {
    what: 'a method of its own and the time of observation',
    line: line(
      { 'http.request.method': '_OTHER', 'http.request.method_original': 'PURGE' },
      { timeUnixNano: '0', observedTimeUnixNano: '1795521600000000000' },
    ),
    fields: { 'http.request.method': 'PURGE', time: 1_795_521_600_000 },
  },
  {
    what: 'a path without a method',
    line: JSON.stringify(otlpOf({ 'url.path': '/a', 'http.response.status_code': 200 })),
    fields: { 'http.request.method': '_OTHER', 'url.path': '/a' },
  },
  {
    what: 'numbers as text, as some exporters write all attributes',
    line: line({
      'http.response.status_code': '200',
      'http.server.request.duration': '0.2',
      'network.asn': '64500',
      'geo.location.lat': '-33.9',
      'geo.location.lon': '-70.6',
      'captcha.score': '0.7',
      'waf.score': '5',
    }),
    fields: {
      'http.response.status_code': 200,
      'http.server.request.duration': 0.2,
      'network.asn': 64500,
      'geo.location.lat': -33.9,
      'geo.location.lon': -70.6,
      'captcha.score': 0.7,
      'waf.score': 5,
    },
  },
  {
    what: 'text that is no number, for validation to name',
    line: line({ 'network.asn': 'AS64500', 'geo.location.lat': 'south' }),
    fields: { 'network.asn': 'AS64500', 'geo.location.lat': 'south' },
  },
  { what: 'no record', line: '{"resourceLogs":[]}', reason: 'malformed', part: 'logRecords' },
  {
    what: 'attributes that are no list',
    line: line({}, { attributes: { a: 1 } }),
    fields: { 'http.request.method': '_OTHER' },
    // A record without a request may carry a line of any format.
    told: false,
  },
]);
