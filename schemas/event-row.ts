/**
 * One row of `events_raw_v1`: a canonical event after validation, redaction and enrichment, and where it came from.
 * Property names are the column names; `schemas/clickhouse/001_events_raw_v1.sql` is the other half of this contract.
 * Absent text is `''`, absent numbers 0 (or -1 where 0 is a value): ClickHouse columns without NULL are faster.
 */
export interface EventRow {
  event_id: string;
  /** Epoch milliseconds, UTC; the gateway's time. */
  time: number;
  /** `kafka:<topic>`, `http:<key name>`, `file:<name>`. */
  source: string;
  /** Kafka partition, else 0. */
  partition: number;
  /** Kafka offset, byte offset in a file, or position in the HTTP body. */
  offset: number;
  scope: string;
  host: string;
  method: string;
  path: string;
  query: string;
  /** Template with `{}` for ids; `''` for unreadable requests. */
  route: string;
  /** The ids that the template replaced, joined by `,`; `''` when none. */
  object: string;
  /** What kind of route: `signin`, `write`, `read`, `static`. */
  route_class: RouteClass;
  status: number;
  /** Normalised text; IPv4-mapped IPv6 as IPv4. */
  client_address: string;
  /** Entity id of kind `ip`: the IPv4 address or the IPv6 /64 as prefix. */
  ip: string;
  /** Entity id of kind `net`: /24 or /48 as prefix. */
  net: string;
  user_id: string;
  session_id: string;
  device_id: string;
  api_client: string;
  login_subject: string;
  user_agent: string;
  request_id: string;
  request_size: number;
  response_size: number;
  /** Seconds. */
  duration: number;
  app_version: string;
  geo_country: string;
  geo_lat: number;
  geo_lon: number;
  asn: number;
  ja4: string;
  /** `''` when not observed. */
  attestation_status: string;
  attestation_code: string;
  attestation_issuer: string;
  attestation_token: string;
  /** Platform of the caller by the policy's `clients`, else `''`: the calibration segment. */
  platform: string;
  /** What the caller met: `''` (not known: counts as `allow`), `allow`, `challenge`, `block`. */
  risk_outcome: string;
  risk_would: string;
  risk_decision_id: string;
  challenge_result: string;
  /** 0..1, or -1 when absent. */
  captcha_score: number;
  /** ≥ 0, or -1 when absent. */
  waf_score: number;
  /** Bit set of `ATTACK_BITS`: payloads and scanner paths seen in the request line or agent. */
  attack: number;
  /** 1 when older than the longest window at ingest: stored, scores nobody. */
  late: number;
  /** What is wrong with the user token or request signature; `''` when nothing is. */
  identity_code: string;
}

export const ROUTE_CLASSES = ['signin', 'write', 'read', 'static'] as const;
export type RouteClass = (typeof ROUTE_CLASSES)[number];

/** Bits of `attack`. */
export const ATTACK_BITS = {
  sql: 1,
  xss: 2,
  traversal: 4,
  command: 8,
  template: 16, // server-side template and expression injection, `${jndi:`
  ssrf: 32,
  scanner_path: 64, // `/.env`, `/wp-login.php` … asked for by scanners
  scanner_agent: 128, // agents that name themselves a scanner
  odd_request: 256, // unreadable request line, TRACE, CONNECT, control characters
} as const;
