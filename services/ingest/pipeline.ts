import { isUtf8 } from 'node:buffer';
import { LONGEST_WINDOW_S, MAX_FUTURE_S, MAX_RECORD_BYTES } from '../../schemas/event.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import type { RejectReason } from '../../schemas/reasons.ts';
import type { Clock } from '../../shared/clock.ts';
import { identityId } from '../../shared/identity.ts';
import { ownText } from '../../shared/own-text.ts';
import { normalHost, type PolicyView } from '../../shared/policy.ts';
import { printable, printableUrl } from '../../shared/printable.ts';
import { createPseudonymise, type Pseudonymise } from '../../shared/pseudonym.ts';
import { redact } from '../../shared/redact.ts';
import { createAttackFinder } from './attack.ts';
import { classify } from './classify.ts';
import { callerOf } from './forwarded.ts';
import { objectOf } from './given-route.ts';
import { placeText } from './place.ts';
import { dropValues } from './query.ts';
import { createRecogniser } from './recognise.ts';
import type { RouteLearner } from './route.ts';
import { sampleOf } from './sample.ts';
import { type CheckedEvent, checkEvent, isRejection } from './validate.ts';

/** One Kafka message, one line of a file, or one element of an HTTP body. */
export interface SourceRecord {
  /** `kafka:<topic>`, `http:<key name>`, `file:<name>`. */
  source: string;
  partition: number;
  offset: number;
  /** Position among several events that one record brought, from 0; absent when it is one. */
  element?: number;
  bytes: Buffer;
}

/** What became of a record; `sample` is redacted and at most 2 KiB. */
export type Ingested =
  | { kind: 'event'; row: EventRow }
  | {
      kind: 'dead-letter';
      source: string;
      partition: number;
      offset: number;
      /** Number among several events that the record brought, from 0. */
      element?: number;
      format: string;
      reason: RejectReason;
      detail: string;
      sample: string;
    }
  | { kind: 'skipped' };

export interface PipelineDeps {
  /** `auto`, or an adapter's name. */
  format: string;
  /** The policy in force, asked for each record. */
  scopes: () => PolicyView;
  routes: RouteLearner;
  clock: Clock;
  /** null: identities are stored as they are. */
  pseudonymKey: string | null;
  /** `BONAFIDE_TRUSTED_HOPS`: proxies between the client and the gateway; default 0. */
  trustedHops?: number;
  /** false in a backtest: nothing is late or in the future there. */
  live: boolean;
}

export interface Pipeline {
  /** Total: any bytes become an event, a dead letter, or nothing when the line is empty. */
  ingest(record: SourceRecord): Ingested;
}

/** Every step of a record's way from bytes to a row, once and in order. Pure but for what the learner learns. */
export function createPipeline(deps: PipelineDeps): Pipeline {
  const recognise = createRecogniser(deps.format);
  const findAttacks = createAttackFinder();
  const pseudonymise = createPseudonymise(deps.pseudonymKey);
  const hops = deps.trustedHops ?? 0;
  const cleanAgent = createAgentCleaner();

  return {
    ingest(record) {
      // 1. Size before anything reads it.
      if (record.bytes.length > MAX_RECORD_BYTES) {
        return deadLetter(record, '', 'too_large', `The record is larger than ${MAX_RECORD_BYTES} bytes.`, deps);
      }
      // 2. Bytes to text; what is not UTF-8 is judged by the format that reads it.
      const line = record.bytes.toString('utf8').trim();
      if (line === '') return { kind: 'skipped' };
      // 3. Text to fields, by the adapter of this source.
      const read = recognise(record.source, line, () => isUtf8(record.bytes));
      if (!read.ok) return deadLetter(record, read.format, read.reason, read.detail, deps);
      // 4. Fields to a checked event.
      const { fields, forwarded } = read;
      if (forwarded !== undefined && hops > 0) {
        fields['client.address'] = callerOf(forwarded, fields['client.address'], hops);
      }
      const event = checkEvent(fields);
      if (isRejection(event)) return deadLetter(record, read.format, event.reason, event.detail, deps);
      // 5. Time against the clock, live only: history has its own time.
      const ahead = deps.live ? event.time - deps.clock.now() : 0;
      if (ahead > MAX_FUTURE_S * 1000) {
        const detail = `The time is ${Math.round(ahead / 1000)} s ahead of the clock.`;
        return deadLetter(record, read.format, 'time_in_future', detail, deps);
      }
      // 6. What the request shows is read before its secrets and values are taken out.
      const attack = findAttacks(event);
      protect(event, deps.pseudonymKey !== null, pseudonymise, cleanAgent);
      // 7. Scope, platform, route.
      return { kind: 'event', row: toRow(record, event, attack, ahead < -LONGEST_WINDOW_S * 1000, deps) };
    },
  };
}

function deadLetter(
  { source, partition, offset, element, bytes }: SourceRecord,
  format: string,
  reason: RejectReason,
  detail: string,
  { pseudonymKey }: PipelineDeps,
): Ingested {
  const sample = sampleOf(bytes, pseudonymKey !== null);
  const place = { source, partition, offset, ...(element === undefined ? {} : { element }) };
  return { kind: 'dead-letter', ...place, format, reason, detail: redact(detail), sample };
}

/** Law 7: no secret, no query value, and with a key no identity goes further than this. */
function protect(
  event: CheckedEvent,
  hidden: boolean,
  pseudonymise: Pseudonymise,
  cleanAgent: (agent: string) => string,
): void {
  event.path = redact(printableUrl(event.path));
  if (hidden) event.path = hideIdentities(event.path, [event.userId, event.loginSubject], pseudonymise);
  event.query = dropValues(redact(printableUrl(event.query)));
  // An id that had to be changed is none: two records could come to share it.
  const eventId = safe(event.eventId);
  event.eventId = eventId === event.eventId ? eventId : '';
  event.userId = pseudonymise('user', identityId(event.userId));
  event.sessionId = pseudonymise('session', identityId(event.sessionId));
  event.deviceId = pseudonymise('device', identityId(event.deviceId));
  event.loginSubject = pseudonymise('user', identityId(event.loginSubject));
  event.apiClient = identityId(event.apiClient);
  event.host = normalHost(safe(event.host));
  event.userAgent = cleanAgent(event.userAgent);
  event.route = safe(event.route);
  event.requestId = safe(event.requestId);
  event.appVersion = safe(event.appVersion);
  event.geoCountry = safe(event.geoCountry);
  event.ja4 = safe(event.ja4);
  event.attestationCode = safe(event.attestationCode);
  event.attestationIssuer = safe(event.attestationIssuer);
  event.attestationToken = safe(event.attestationToken);
  event.riskDecisionId = safe(event.riskDecisionId);
}

/** With pseudonyms in use, a path tells no user either: `/users/alice`, `/mail/bob@example.com`. */
function hideIdentities(path: string, users: readonly string[], pseudonymise: Pseudonymise): string {
  const names = users.filter((user) => user !== '');
  if (names.length === 0 && !path.includes('@') && !path.includes('%40')) return path;
  const hide = (segment: string) => {
    const text = segment.replaceAll('%40', '@');
    return names.includes(text) || EMAIL.test(text) ? pseudonymise('user', text) : segment;
  };
  return path.split('/').map(hide).join('/');
}
const EMAIL = /^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$/;

/** Few agents make most requests: what one became is remembered. */
function createAgentCleaner(): (agent: string) => string {
  const known = new Map<string, string>();
  return (agent) => {
    if (agent === '') return agent;
    const before = known.get(agent);
    if (before !== undefined) return before;
    const clean = ownText(safe(agent));
    if (known.size >= AGENTS) known.clear();
    known.set(ownText(agent), clean);
    return clean;
  };
}
const AGENTS = 5_000;

const safe = (text: string) => (text === '' ? text : redact(printable(text)));

/** Beyond this a Float32 column holds infinity, which no sum survives. */
const MAX_FLOAT32 = 3.4e38;

function toRow(record: SourceRecord, event: CheckedEvent, attack: number, late: boolean, deps: PipelineDeps): EventRow {
  const policy = deps.scopes();
  const { host } = event;
  const { platform } = policy.platformOf({ api_client: event.apiClient, user_agent: event.userAgent, host });
  // A template that the event brings wins, and there is nothing to learn.
  const learned =
    event.route !== ''
      ? { route: event.route, object: objectOf(event.route, event.path) }
      : deps.routes.learn(event.method, host, event.path, event.status);
  return {
    event_id: event.eventId === '' ? placeText(record) : event.eventId,
    time: event.time,
    source: record.source,
    partition: record.partition,
    offset: record.offset,
    scope: policy.scopeOf(host),
    host,
    method: event.method,
    path: event.path,
    query: event.query,
    route: learned.route,
    object: learned.object,
    route_class: classify(event.method, event.path),
    status: event.status,
    client_address: event.address.address,
    ip: event.address.ip,
    net: event.address.net,
    user_id: event.userId,
    session_id: event.sessionId,
    device_id: event.deviceId,
    api_client: event.apiClient,
    login_subject: event.loginSubject,
    user_agent: event.userAgent,
    request_id: event.requestId,
    request_size: event.requestSize,
    response_size: event.responseSize,
    duration: Math.min(event.duration, MAX_FLOAT32),
    app_version: event.appVersion,
    geo_country: event.geoCountry,
    geo_lat: event.geoLat,
    geo_lon: event.geoLon,
    asn: event.asn,
    ja4: event.ja4,
    attestation_status: event.attestationStatus,
    attestation_code: event.attestationCode,
    attestation_issuer: event.attestationIssuer,
    attestation_token: event.attestationToken,
    platform,
    risk_outcome: event.riskOutcome,
    risk_would: event.riskWould,
    risk_decision_id: event.riskDecisionId,
    challenge_result: event.challengeResult,
    captcha_score: event.captchaScore,
    waf_score: Math.min(event.wafScore, MAX_FLOAT32),
    attack,
    late: late ? 1 : 0,
  };
}
