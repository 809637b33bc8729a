/** A canonical event of a made-up shop, by number: the n-th is always the same but for its time. */
export function madeUpEvent(n: number, timeMs: number): Record<string, unknown> {
  return {
    time: new Date(timeMs).toISOString(),
    'http.request.method': n % 5 === 0 ? 'POST' : 'GET',
    'url.path': `/v1/orders/${n % 997}/items`,
    'http.response.status_code': n % 50 === 0 ? 404 : 200,
    'client.address': `10.${n % 7}.${n % 31}.${n % 200}`,
    'server.address': 'api.example.com',
    'user.id': `user-${n % 211}`,
    'user_agent.original': 'shop/1.4 (android)',
    'http.response.size': 512,
    'attestation.status': n % 2 === 0 ? 'genuine' : 'missing',
  };
}

/** What the tables hold of it, for counting to the event. */
export const TOTALS = `
SELECT
  (SELECT count() FROM {db}.events_raw_v1) AS raw,
  (SELECT uniqExact(source, partition, offset) FROM {db}.events_raw_v1) AS places,
  (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 4) AS by_ip,
  (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 1) AS by_user,
  (SELECT sum(genuine) FROM {db}.caller_attestation_1h_v1) AS genuine,
  (SELECT uniqExact(id) FROM {db}.event_ids_v1) AS ids`;

export interface Totals {
  raw: number;
  places: number;
  by_ip: number;
  by_user: number;
  genuine: number;
  ids: number;
}

/** What {@link TOTALS} must say of the events 0 … n-1. */
export const totalsOf = (n: number): Totals => ({
  raw: n,
  places: n,
  by_ip: n,
  by_user: n,
  genuine: Math.ceil(n / 2),
  ids: n,
});
