import { z } from 'zod';
import type { EntityKind } from '../../../schemas/event.ts';
import { OF_SESSION } from '../../../shared/lone-token.ts';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

/** Which rows of `events_raw_v1` carry an entity, by `{id:String}`: a closed list, so that no input ever names a column. */
export const OF_ENTITY: Readonly<Record<EntityKind, string>> = {
  user: 'user_id = {id:String}',
  session: OF_SESSION,
  device: 'device_id = {id:String}',
  ip: 'ip = {id:String}',
  net: 'net = {id:String}',
  client: 'api_client = {id:String}',
};

const rawEvent = z.object({
  event_id: z.string(),
  time: int,
  source: z.string(),
  scope: z.string(),
  host: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  route: z.string(),
  status: int,
  client_address: z.string(),
  user_id: z.string(),
  session_id: z.string(),
  device_id: z.string(),
  api_client: z.string(),
  login_subject: z.string(),
  user_agent: z.string(),
  response_size: z.number(),
  duration: z.number(),
  attestation_status: z.string(),
  attestation_code: z.string(),
  risk_outcome: z.string(),
  risk_would: z.string(),
  risk_decision_id: z.string(),
  challenge_result: z.string(),
  attack: int,
  late: int,
});

/**
 * Raw events of an entity (or of all, kind ''), newest first. `from`, `to`, `before_time` in epoch ms;
 * a page ends where the next begins: strictly below (`before_time`, `before_id`).
 */
const eventsOf = (kind: EntityKind | '') =>
  defineQuery({
    name: kind === '' ? 'events' : `events_of_${kind}`,
    params: z.object({
      scope: z.string(),
      id: z.string(),
      from: int,
      to: int,
      before_time: int,
      before_id: z.string(),
      limit: int,
    }),
    row: rawEvent,
    sql: `
SELECT event_id, toUnixTimestamp64Milli(events.time) AS time, toString(source) AS source, toString(scope) AS scope,
    toString(host) AS host, toString(method) AS method, path, query, toString(route) AS route, status, client_address,
    user_id, session_id, device_id, toString(api_client) AS api_client, login_subject, user_agent, response_size,
    duration, toString(attestation_status) AS attestation_status, toString(attestation_code) AS attestation_code,
    toString(risk_outcome) AS risk_outcome, toString(risk_would) AS risk_would, risk_decision_id,
    toString(challenge_result) AS challenge_result, attack, late
FROM {db}.events_raw_v1 AS events
WHERE ({scope:String} = '' OR scope = {scope:String})
    AND ${kind === '' ? "{id:String} = ''" : OF_ENTITY[kind]}
    AND events.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND events.time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND (toUnixTimestamp64Milli(events.time), event_id) < ({before_time:Int64}, {before_id:String})
ORDER BY events.time DESC, event_id DESC
LIMIT {limit:UInt32}`,
  });

export const EVENTS = {
  '': eventsOf(''),
  user: eventsOf('user'),
  session: eventsOf('session'),
  device: eventsOf('device'),
  ip: eventsOf('ip'),
  net: eventsOf('net'),
  client: eventsOf('client'),
} as const satisfies Record<EntityKind | '', unknown>;
