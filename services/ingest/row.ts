import type { EventRow } from '../../schemas/event-row.ts';

/** Columns of `events_raw_v1` that ingest writes, in the order in which {@link encodeRow} writes their values. */
export const EVENT_COLUMNS: readonly (keyof EventRow)[] = [
  'event_id',
  'time',
  'source',
  'partition',
  'offset',
  'scope',
  'host',
  'method',
  'path',
  'query',
  'route',
  'object',
  'route_class',
  'status',
  'client_address',
  'ip',
  'net',
  'user_id',
  'session_id',
  'device_id',
  'api_client',
  'login_subject',
  'user_agent',
  'request_id',
  'request_size',
  'response_size',
  'duration',
  'app_version',
  'geo_country',
  'geo_lat',
  'geo_lon',
  'asn',
  'ja4',
  'attestation_status',
  'attestation_code',
  'attestation_issuer',
  'attestation_token',
  'platform',
  'risk_outcome',
  'risk_would',
  'risk_decision_id',
  'challenge_result',
  'captcha_score',
  'waf_score',
  'attack',
  'late',
  'identity_code',
];

/** One line of `JSONCompactEachRow`, without the line feed: an array of the values of {@link EVENT_COLUMNS}. */
export function encodeRow(row: EventRow): string {
  const values = new Array<string | number>(EVENT_COLUMNS.length);
  for (let i = 0; i < values.length; i++) values[i] = row[EVENT_COLUMNS[i] as keyof EventRow];
  return JSON.stringify(values);
}

/** The same columns as a SELECT's, so that its rows are rows for {@link encodeRow} again. */
export const EVENT_SELECT = EVENT_COLUMNS.map((column) =>
  column === 'time' ? 'toUnixTimestamp64Milli(time) AS time' : column,
).join(', ');

/** Values of a line of {@link encodeRow}, by column; it is ours, and is not checked. */
export function valuesOf<K extends keyof EventRow>(line: string, columns: readonly K[]): Pick<EventRow, K> {
  const values = JSON.parse(line) as unknown[];
  return Object.fromEntries(columns.map((column) => [column, values[EVENT_COLUMNS.indexOf(column)]])) as Pick<
    EventRow,
    K
  >;
}
