import { combined } from '../../../services/ingest/formats/combined.ts';
import { testAdapter } from './table.ts';

const HEAD = '203.0.113.9 - - [10/Oct/2000:13:55:36 -0700]';
const TAIL = '200 2326 "-" "curl/8.5"';
const time = Date.UTC(2000, 9, 10, 20, 55, 36);

const ORDINARY = [
  `${HEAD} "GET /v1/orders?page=2 HTTP/1.1" 200 2326 "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64)"`,
  `2001:db8::7 - alice [10/Oct/2000:13:55:36 +0000] "POST /login HTTP/2.0" 302 - "-" "-"`,
];

testAdapter(combined, ORDINARY, [
  {
    what: 'an ordinary line of Apache and nginx',
    line: ORDINARY[0] ?? '',
    fields: {
      time,
      'client.address': '203.0.113.9',
      'http.request.method': 'GET',
      'url.path': '/v1/orders',
      'url.query': 'page=2',
      'http.response.status_code': 200,
      'http.response.size': 2326,
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64)',
    },
    absent: ['user.id', 'server.address'],
  },
  {
    what: 'IPv6, a user, and dashes as absent',
    line: ORDINARY[1] ?? '',
    fields: { 'client.address': '2001:db8::7', 'user.id': 'alice', 'http.response.status_code': 302 },
    absent: ['http.response.size', 'user_agent.original', 'login.subject'],
  },
  ...['203.0.113.9, 2001:db8::7, 10.0.0.1', '203.0.113.9,2001:db8::7,10.0.0.1'].map((list) => ({
    what: `X-Forwarded-For in the place of the address (${list}): the proxy's own entry is the peer`,
    line: `${list} - alice [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" ${TAIL}`,
    fields: { 'client.address': '10.0.0.1', 'user.id': 'alice' },
    absent: ['server.address'],
    forwarded: list.slice(0, list.lastIndexOf(',')),
  })),
  {
    what: 'two entries of X-Forwarded-For: the first is no host',
    line: `203.0.113.9, 10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" ${TAIL}`,
    fields: { 'client.address': '10.0.0.1' },
    absent: ['server.address'],
    forwarded: '203.0.113.9',
  },
  {
    what: 'the user of a 401 as a claim, not as a user',
    line: `203.0.113.9 - bob [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 401 12 "-" "-"`,
    fields: { 'login.subject': 'bob' },
    absent: ['user.id'],
  },
  {
    what: 'a user name with blanks and brackets',
    line: `203.0.113.9 - j [x] doe [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 12 "-" "-"`,
    fields: { 'user.id': 'j [x] doe', 'url.path': '/' },
  },
  {
    what: 'a connection without a request (408)',
    line: `${HEAD} "-" 408 0 "-" "-"`,
    fields: { 'http.request.method': '_OTHER', 'url.path': '', 'http.response.status_code': 408 },
  },
  {
    what: 'an empty request (400)',
    line: `${HEAD} "" 400 0 "-" "-"`,
    fields: { 'http.request.method': '_OTHER', 'url.path': '' },
  },
  {
    what: 'the bytes of a TLS handshake, as nginx escapes them',
    line: `${HEAD} "\\x16\\x03\\x01\\x00\\xF5\\x01" 400 157 "-" "-"`,
    fields: { 'http.request.method': '_OTHER', 'url.path': '', 'http.response.status_code': 400 },
  },
  {
    what: 'quotes escaped by Apache',
    line: `${HEAD} "GET /a\\"b?q=\\"x\\" HTTP/1.1" 200 1 "-" "say \\"hi\\" \\\\"`,
    fields: { 'url.path': '/a"b', 'url.query': 'q="x"', 'user_agent.original': 'say "hi" \\' },
  },
  {
    what: 'quotes and UTF-8 escaped by nginx',
    line: `${HEAD} "GET /\\x22\\xC3\\xA9 HTTP/1.1" 200 1 "-" "\\x22caf\\xC3\\xA9\\x22"`,
    fields: { 'url.path': '/"é', 'user_agent.original': '"café"' },
  },
  {
    what: 'escaped bytes that are no UTF-8',
    line: `${HEAD} "GET /\\xff\\xfe HTTP/1.1" 404 1 "-" "-"`,
    fields: { 'url.path': '/\ufffd\ufffd' },
  },
  {
    what: 'quotes that the logger left bare in the request',
    line: `${HEAD} "GET /a"b"?c="d HTTP/1.1" ${TAIL}`,
    fields: { 'url.path': '/a"b"', 'url.query': 'c="d', 'user_agent.original': 'curl/8.5' },
  },
  {
    what: 'a request that imitates the end of the request',
    line: `${HEAD} "GET /\\" 200 5 \\"-\\" \\"x HTTP/1.1" 403 9 "-" "curl/8.5"`,
    fields: { 'http.response.status_code': 403, 'url.path': '/" 200 5 "-" "x' },
  },
  {
    what: 'percent-encoding as it is',
    line: `${HEAD} "GET /a%2Fb%00%C3%A9 HTTP/1.1" ${TAIL}`,
    fields: { 'url.path': '/a%2Fb%00%C3%A9' },
  },
  {
    what: 'blanks in the target',
    line: `${HEAD} "GET /a b/c HTTP/1.1" ${TAIL}`,
    fields: { 'url.path': '/a b/c' },
  },
  { what: '`*` as a path', line: `${HEAD} "OPTIONS * HTTP/1.0" ${TAIL}`, fields: { 'url.path': '*' } },
  {
    what: 'an absolute target by its path',
    line: `${HEAD} "GET http://other.example:80/a/b?c=d HTTP/1.1" ${TAIL}`,
    fields: { 'url.path': '/a/b', 'url.query': 'c=d' },
    absent: ['server.address'],
  },
  {
    what: 'an absolute target without a path',
    line: `${HEAD} "GET http://other.example HTTP/1.1" ${TAIL}`,
    fields: { 'url.path': '/' },
  },
  {
    what: 'CONNECT, which has no path',
    line: `${HEAD} "CONNECT other.example:443 HTTP/1.1" ${TAIL}`,
    fields: { 'http.request.method': 'CONNECT', 'url.path': '' },
  },
  {
    what: 'HTTP/0.9, which has no protocol',
    line: `${HEAD} "GET /old" ${TAIL}`,
    fields: { 'http.request.method': 'GET', 'url.path': '/old' },
  },
  {
    what: 'a method of its own',
    line: `${HEAD} "PROPFIND /dav HTTP/1.1" ${TAIL}`,
    fields: { 'http.request.method': 'PROPFIND', 'url.path': '/dav' },
  },
  {
    what: 'a status of two digits and one that is a dash',
    line: `${HEAD} "GET / HTTP/1.1" 99 - "-" "-"`,
    fields: { 'http.response.status_code': 99 },
  },
  {
    what: 'a dash for the status as 0',
    line: `${HEAD} "GET / HTTP/1.1" - - "-" "-"`,
    fields: { 'http.response.status_code': 0 },
  },
  {
    what: 'NUL and control characters in the agent',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "a\0b\x1b[31m"`,
    fields: { 'user_agent.original': 'a\0b\x1b[31m' },
  },
  {
    what: 'a huge agent',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "${'x'.repeat(100_000)}"`,
    fields: { 'url.path': '/' },
  },
  {
    what: 'an agent whose end was cut off with its quote',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "Mozilla/5.0 (compat`,
    fields: { 'user_agent.original': 'Mozilla/5.0 (compat' },
  },
  ...[
    ['320 900', 'the sizes of combinedio'],
    ['0.123', 'a bare time of the request'],
    ['urt=0.1 "10.0.0.1:80" x="a \\" b"', 'words and quoted values'],
    ['{"a"b x}', 'anything else'],
  ].map(([tail, what]) => ({
    what: `an agent before ${what}`,
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "a \\"b\\" c" ${tail}`,
    fields: { 'user_agent.original': 'a "b" c', 'http.response.size': 1 },
    absent: ['http.server.request.duration', 'http.request.size'],
  })),
  {
    what: 'quotes that the logger left bare in the agent, the sizes of combinedio behind them',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "say "hi" there, 5" or 7" wide" 320 900`,
    fields: { 'user_agent.original': 'say "hi" there, 5" or 7" wide' },
  },
  {
    what: 'quotes that the logger left bare in the agent',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "say "hi" there, 5" or 7" wide"`,
    fields: { 'user_agent.original': 'say "hi" there, 5" or 7" wide' },
  },
  {
    what: 'the time of the request where it is named, not where a client names it',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "x rt=9.000" rt=0.123 urt="0.120, 0.002" h="rt=8.000 "`,
    fields: { 'user_agent.original': 'x rt=9.000', 'http.server.request.duration': 0.123 },
  },
  {
    what: 'the default log of ingress-nginx',
    line: `${HEAD} "GET /a HTTP/2.0" 200 612 "-" "curl/8.5" 320 0.123 [default-shop-80] [] 10.0.0.1:8080 612 0.120 200 ${'0a'.repeat(16)}`,
    fields: {
      'url.path': '/a',
      'http.response.size': 612,
      'user_agent.original': 'curl/8.5',
      'http.request.size': 320,
      'http.server.request.duration': 0.123,
      'http.request.id': '0a'.repeat(16),
    },
  },
  {
    what: 'ingress-nginx after a second try, where nobody can tell which word is the id',
    line: `${HEAD} "GET /a HTTP/2.0" 504 167 "-" "curl/8.5" 320 5.123 [a-b-80] [a-c-80] 10.0.0.1:80, 10.0.0.2:80 0, 0 5.000, 0.120 504, 504 ab`,
    fields: { 'http.request.size': 320, 'http.server.request.duration': 5.123, 'user_agent.original': 'curl/8.5' },
    absent: ['http.request.id'],
  },
  {
    what: 'a line in one more pair of quotes',
    line: `"${HEAD} "GET / HTTP/1.1" 200 1 "-" "w3af.org""`,
    fields: { 'user_agent.original': 'w3af.org' },
  },
  {
    what: 'a leap second',
    line: `1.2.3.4 - - [31/Dec/2016:23:59:60 +0000] "GET / HTTP/1.1" ${TAIL}`,
    fields: { time: Date.UTC(2017, 0, 1) },
  },
  { what: 'no address', line: ' - - x', reason: 'malformed', part: 'address' },
  { what: 'no time', line: '1.2.3.4 - - "GET / HTTP/1.1" 200 1', reason: 'malformed', part: 'time' },
  {
    what: 'a zone that is none',
    line: `1.2.3.4 - - [24/Nov/2026:12:00:00 +9999] "GET / HTTP/1.1" ${TAIL}`,
    reason: 'invalid_time',
    part: 'time',
  },
  {
    what: 'a day that does not exist',
    line: `1.2.3.4 - - [31/Feb/2020:10:00:00 +0000] "GET / HTTP/1.1" ${TAIL}`,
    reason: 'invalid_time',
    part: 'time',
  },
  {
    what: 'a month that does not exist',
    line: `1.2.3.4 - - [01/Foo/2020:10:00:00 +0000] "GET / HTTP/1.1" ${TAIL}`,
    reason: 'invalid_time',
    part: 'time',
  },
  { what: 'no request', line: `${HEAD} 200 1 "-" "-"`, reason: 'malformed', part: 'request' },
  {
    what: 'a request without its closing quote',
    line: `${HEAD} "GET / HTTP/1.1 200 1`,
    reason: 'malformed',
    part: 'request',
  },
  { what: 'no referrer', line: `${HEAD} "GET / HTTP/1.1" 200 1`, reason: 'malformed', part: 'referrer' },
  { what: 'no agent', line: `${HEAD} "GET / HTTP/1.1" 200 1 "-"`, reason: 'malformed', part: 'user agent' },
  {
    what: 'a field too many',
    line: `${HEAD} "GET / HTTP/1.1" 200 1 "-" "-" "-"`,
    reason: 'malformed',
    part: 'end',
  },
]);
