import { vhostCombined } from '../../../services/ingest/formats/vhost-combined.ts';
import { testAdapter } from './table.ts';

const REST = '203.0.113.9 - - [10/Oct/2000:13:55:36 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8.5"';
const ORDINARY = [`api.example.com:443 ${REST}`, `shop.example.com ${REST}`, `10.0.0.1:80 ${REST}`];

testAdapter(vhostCombined, ORDINARY, [
  {
    what: 'host and port, and keeps the host',
    line: ORDINARY[0] ?? '',
    fields: { 'server.address': 'api.example.com', 'client.address': '203.0.113.9', 'user_agent.original': 'curl/8.5' },
  },
  { what: 'a host without a port', line: ORDINARY[1] ?? '', fields: { 'server.address': 'shop.example.com' } },
  {
    what: 'an IPv6 host',
    line: `[2001:db8::1]:8443 ${REST}`,
    fields: { 'server.address': '[2001:db8::1]', 'client.address': '203.0.113.9' },
  },
  { what: 'no host', line: `- ${REST}`, fields: { 'client.address': '203.0.113.9' }, absent: ['server.address'] },
  { what: 'no client', line: 'api.example.com:443 ', reason: 'malformed', part: 'address' },
  { what: 'nothing', line: '', reason: 'malformed', part: 'vhost' },
  { what: 'a combined line, which has no host', line: REST, reason: 'malformed', part: 'address' },
]);
