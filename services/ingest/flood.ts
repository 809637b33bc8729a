import type { EventRow } from '../../schemas/event-row.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { createNewcomers, type FloodLimits, type Newcomers } from './newcomers.ts';

/** Kinds whose number anybody can make grow: an API key is known or refused. */
export const FLOODED_KINDS = ['user', 'session', 'device', 'ip', 'net'] as const;
export type FloodedKind = (typeof FLOODED_KINDS)[number];

/** Bounds how many entities can get rows in the roll-ups, however many an attacker sends from or claims to be. */
export interface FloodGate {
  /** Takes out of a row what gets no row of its own yet. */
  pass(row: EventRow): void;
  /** These were known before this process began. */
  know(kind: FloodedKind, ids: readonly string[]): void;
}

const LIMITS: FloodLimits = { newPerMinute: 100_000, requests: 8, lately: 1_500_000 };

/**
 * A million addresses a minute that come once each would make a million rows a minute, and push real users out of
 * caches and memory; so would a million names that one address claims. Who is known passes, and so does who shows a genuine
 * token, or signs in where the answer is that it did. Newcomers pass while there are not too many; after that with their
 * 8th request, so that whoever does much gets a row and whoever comes once does not ({@link createNewcomers}, one for each
 * kind). The event itself is stored, with `client_address`; an id that is merely claimed and does not pass is left out. Whose
 * address does not pass has none in the roll-ups, not even one that stands in for all of them: what a million callers show in
 * a minute would be too much for one entity. Those that name nobody else are one caller, so a flood does not make itself usual.
 */
export function createFloodGate(metrics: Metrics, limits: FloodLimits = LIMITS): FloodGate {
  const kept = metrics.counter(
    'bonafide_ingest_flood_total',
    'Events whose user, session, device, address or network got no row of its own',
  );
  // Made when it is needed: many APIs have no sessions or devices in their logs.
  const made = new Map<FloodedKind, Newcomers>();
  const of = (kind: FloodedKind) => {
    const known = made.get(kind);
    if (known !== undefined) return known;
    const fresh = createNewcomers(limits);
    made.set(kind, fresh);
    return fresh;
  };
  const stays = (kind: FloodedKind, id: string, row: EventRow, proven: boolean) => {
    if (id === '' || of(kind).admit(id, row.time, proven)) return true;
    kept.add(1, { kind });
    return false;
  };
  return {
    pass(row) {
      const genuine = row.attestation_status === 'genuine';
      const signedIn = row.route_class === 'signin' && row.status >= 200 && row.status < 400;
      if (!stays('user', row.user_id, row, genuine || signedIn)) row.user_id = '';
      if (!stays('session', row.session_id, row, genuine || signedIn)) row.session_id = '';
      if (!stays('device', row.device_id, row, genuine)) row.device_id = '';
      // A token beside an installation is nobody of its own.
      if (row.device_id === '' && !stays('session', row.attestation_token, row, genuine)) row.attestation_token = '';
      if (!stays('ip', row.ip, row, genuine)) row.ip = '';
      if (!stays('net', row.net, row, genuine)) row.net = '';
    },
    know(kind, ids) {
      for (const id of ids) of(kind).know(id);
    },
  };
}
