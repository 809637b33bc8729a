import { common } from '../../../services/ingest/formats/common.ts';
import { testAdapter } from './table.ts';

const ORDINARY = [
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
  '::1 - - [10/Oct/2000:13:55:36 +0000] "POST /v1/a HTTP/1.1" 500 -',
];

testAdapter(common, ORDINARY, [
  {
    what: 'the example of its manual',
    line: ORDINARY[0] ?? '',
    fields: { 'client.address': '127.0.0.1', 'user.id': 'frank', 'url.path': '/apache_pb.gif' },
    absent: ['user_agent.original'],
  },
  {
    what: 'no size',
    line: ORDINARY[1] ?? '',
    fields: { 'client.address': '::1', 'http.response.status_code': 500 },
    absent: ['http.response.size'],
  },
  {
    what: 'a request of garbage',
    line: '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "\\x80w\\x01\\x03" 400 226',
    fields: { 'http.request.method': '_OTHER', 'url.path': '' },
  },
  {
    what: 'a size that is no number',
    line: '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 many',
    reason: 'malformed',
    part: 'request',
  },
  { what: 'nothing but an address', line: '127.0.0.1', reason: 'malformed', part: 'address' },
]);
