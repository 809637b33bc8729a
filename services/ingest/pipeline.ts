import { isUtf8 } from 'node:buffer';
import { LONGEST_WINDOW_S, MAX_FUTURE_S, MAX_RECORD_BYTES } from '../../schemas/event.ts';
import type { EventRow } from '../../schemas/event-row.ts';
import type { RejectReason } from '../../schemas/reasons.ts';
import type { Clock } from '../../shared/clock.ts';
import type { PolicyView } from '../../shared/policy.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { createAttackFinder } from './attack.ts';
import { classify } from './classify.ts';
import type { Fields } from './formats/adapter.ts';
import { callerOf } from './forwarded.ts';
import { objectOf } from './given-route.ts';
import { placeText } from './place.ts';
import { createProtect, type Protect } from './protect.ts';
import { createRecogniser, type Read, type Recogniser } from './recognise.ts';
import type { RouteLearner } from './route.ts';
import { parseTime } from './time.ts';
import { type CheckedEvent, checkEvent, isRejection } from './validate.ts';
import { createZone } from './zone.ts';

/** One Kafka message, one line of a file, or one element of an HTTP body. */
export interface SourceRecord {
  /** `kafka:<topic>`, `http:<key name>`, `file:<name>`. */
  source: string;
  partition: number;
  offset: number;
  /** Position among several events that one record brought, from 0; absent when it is one. */
  element?: number;
  bytes: Buffer;
  /** Why there are no bytes, where its source could not unpack them. */
  unreadable?: { reason: RejectReason; detail: string };
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
  /** Names that this install uses for secrets beside the usual ones; another array when they changed. */
  secretNames?: (() => readonly string[]) | undefined;
  /** `BONAFIDE_TRUSTED_HOPS`: proxies between the client and the gateway; default 0. */
  trustedHops?: number;
  /** `BONAFIDE_LOG_ZONE`: zone of times that name none; default UTC. */
  logZone?: string;
  /** false in a backtest: nothing is late or in the future there. */
  live: boolean;
}

export interface Pipeline {
  /** Total: any bytes become an event, a dead letter, or nothing when the line is empty or tells of no request. */
  ingest(record: SourceRecord): Ingested;
}

/** Every step of a record's way from bytes to a row, once and in order. Pure but for what the learner learns. */
export function createPipeline(deps: PipelineDeps): Pipeline {
  const recognise = createRecogniser(deps.format);
  const findAttacks = createAttackFinder();
  const { pseudonymKey, secretNames } = deps;
  const pseudonymise = pseudonymKey === null ? null : createPseudonymise(pseudonymKey);
  const protect = createProtect({ pseudonymise, secretNames });
  const hops = deps.trustedHops ?? 0;
  const zone = createZone(deps.logZone ?? 'UTC');

  return {
    ingest(record) {
      if (record.unreadable !== undefined) {
        return deadLetter(record, '', record.unreadable.reason, record.unreadable.detail, protect);
      }
      // 1. Size before anything reads it.
      if (record.bytes.length > MAX_RECORD_BYTES) {
        return deadLetter(record, '', 'too_large', `The record is larger than ${MAX_RECORD_BYTES} bytes.`, protect);
      }
      // 2. Bytes to text; what is not UTF-8 is judged by the format that reads it.
      const line = record.bytes.toString('utf8').trim();
      if (line === '') return { kind: 'skipped' };
      // 3. Text to fields, by the adapter of this source.
      const read = readBy(recognise, record, line);
      if (!read.ok) return deadLetter(record, read.format, read.reason, read.detail, protect);
      if (read.skip === true) return { kind: 'skipped' };
      // 4. Fields to a checked event.
      const { fields, forwarded } = read;
      if (read.zoneless === true) {
        const time = parseTime(fields.time);
        if (time !== null) fields.time = zone(time);
      }
      if (forwarded !== undefined && hops > 0) {
        fields['client.address'] = callerOf(forwarded, fields['client.address'], hops);
      }
      const event = checkEvent(fields);
      if (isRejection(event)) return deadLetter(record, read.format, event.reason, event.detail, protect, fields);
      // 5. Time against the clock, live only: history has its own time.
      const ahead = deps.live ? event.time - deps.clock.now() : 0;
      if (ahead > MAX_FUTURE_S * 1000) {
        const detail = `The time is ${Math.round(ahead / 1000)} s ahead of the clock.`;
        return deadLetter(record, read.format, 'time_in_future', detail, protect, fields);
      }
      // 6. What the request shows is read before its secrets and values are taken out.
      const attack = findAttacks(event);
      const asked = protect.event(event);
      // 7. Scope, platform, route.
      const late = ahead < -LONGEST_WINDOW_S * 1000;
      return { kind: 'event', row: toRow(record, event, { asked, attack, late }, deps) };
    },
  };
}

/** An adapter's own fault costs the record that meets it, never the partition behind it. */
function readBy(recognise: Recogniser, { source, bytes }: SourceRecord, line: string): Read {
  try {
    return recognise(source, line, () => isUtf8(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const detail = `The adapter of its format failed on it: ${why}.`;
    return { ok: false, format: '', reason: 'malformed', detail, part: 'line', at: -1 };
  }
}

function deadLetter(
  { source, partition, offset, element, bytes }: SourceRecord,
  format: string,
  reason: RejectReason,
  detail: string,
  protect: Protect,
  fields: Fields | null = null,
): Ingested {
  const sample = protect.sample(bytes, fields);
  const place = { source, partition, offset, ...(element === undefined ? {} : { element }) };
  return { kind: 'dead-letter', ...place, format, reason, detail: protect.text(detail), sample };
}

/** Beyond this a Float32 column holds infinity, which no sum survives. */
const MAX_FLOAT32 = 3.4e38;

/** What is known of a request besides what is stored of it. */
interface Seen {
  /** Its path before pseudonyms. */
  asked: string;
  attack: number;
  late: boolean;
}

function toRow(record: SourceRecord, event: CheckedEvent, seen: Seen, deps: PipelineDeps): EventRow {
  const { asked, attack, late } = seen;
  const policy = deps.scopes();
  const { host } = event;
  const { platform } = policy.platformOf({ api_client: event.apiClient, user_agent: event.userAgent, host });
  // A template that the event brings wins, and there is nothing to learn.
  const learned =
    event.route !== ''
      ? { route: event.route, object: objectOf(event.route, event.path) }
      : deps.routes.learn(event.method, host, event.path, event.status, asked);
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
    route_class: classify(event.method, asked),
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
    identity_code: event.identityCode,
  };
}
