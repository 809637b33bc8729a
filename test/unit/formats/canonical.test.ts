import { canonical } from '../../../services/ingest/formats/canonical.ts';
import { STAMPED } from './ordinary.ts';
import { testAdapter } from './table.ts';

const EVENT = {
  time: '2026-11-24T12:00:00Z',
  'http.request.method': 'GET',
  'url.path': '/v1/orders',
  'http.response.status_code': 200,
  'client.address': '203.0.113.9',
};
const ORDINARY = [JSON.stringify(EVENT), JSON.stringify({ event_id: 'a', ...EVENT, 'user.id': 'u-1' })];

testAdapter(canonical, ORDINARY, [
  { what: 'an event as it is', line: ORDINARY[0] ?? '', fields: EVENT },
  {
    what: 'an event that a shipper stamped, by its own time and whole',
    line: JSON.stringify(STAMPED),
    fields: { ...EVENT, event_id: 'a', 'session.id': 's-1', 'attestation.status': 'genuine', 'risk.outcome': 'allow' },
  },
  { what: 'unknown fields too, which nobody asks for', line: '{"a":{"b":1}}', fields: { a: { b: 1 } }, told: false },
  { what: 'blanks around', line: `  ${JSON.stringify(EVENT)}  `, fields: EVENT },
  { what: 'broken JSON', line: '{"time":', reason: 'malformed', part: 'json' },
  { what: 'two objects in one line', line: '{}{}', reason: 'malformed', part: 'json' },
  { what: 'a bare NUL', line: '{"a":"\0"}', reason: 'malformed', part: 'json' },
  { what: 'a list', line: '[]', reason: 'not_an_object', part: 'json' },
  { what: 'null', line: 'null', reason: 'not_an_object', part: 'json' },
  { what: 'a number', line: '12', reason: 'not_an_object', part: 'json' },
]);
