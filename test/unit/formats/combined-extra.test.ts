import { combinedExtra } from '../../../services/ingest/formats/combined-extra.ts';
import { testAdapter } from './table.ts';

const HEAD = '203.0.113.9 - - [14/Oct/2019:10:50:18 +0200] "GET /a HTTP/1.1" 200 5';
const ORDINARY = [`${HEAD} "-" "curl/8.5" "-"`, `${HEAD} "https://a.example/" "Mozilla/5.0" "198.51.100.7, 10.0.0.1"`];

testAdapter(combinedExtra, ORDINARY, [
  {
    what: 'an ordinary line, and keeps addresses in the extra field for trusted proxies only',
    line: ORDINARY[1] ?? '',
    fields: { 'client.address': '203.0.113.9', 'user_agent.original': 'Mozilla/5.0', 'url.path': '/a' },
    forwarded: '198.51.100.7, 10.0.0.1',
  },
  {
    what: 'quotes inside the extra field',
    line: `${HEAD} "-" "a" "x \\" y"`,
    fields: { 'user_agent.original': 'a' },
  },
  { what: 'an extra field that was cut', line: `${HEAD} "-" "a" "198.51`, fields: { 'user_agent.original': 'a' } },
  {
    what: 'more behind the extra field',
    line: `${HEAD} "-" "a" "198.51.100.7" rt=0.123 uct="0.001"`,
    fields: { 'user_agent.original': 'a', 'http.server.request.duration': 0.123 },
    forwarded: '198.51.100.7',
  },
  { what: 'no extra field', line: `${HEAD} "-" "a"`, reason: 'malformed', part: 'extra' },
  { what: 'an agent without an end', line: `${HEAD} "-" "a`, reason: 'malformed', part: 'user agent' },
  { what: 'two extra fields', line: `${HEAD} "-" "a" "b" "c"`, reason: 'malformed', part: 'end' },
]);
