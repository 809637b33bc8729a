import type { EventsAnswer, EventView } from '../../schemas/api.ts';
import type { EntityRef } from '../../schemas/event.ts';
import { eventCursor, readCursor, writeCursor } from './cursor.ts';
import { attackNames } from './entities.ts';
import { EVENTS } from './queries/events.ts';
import type { Ask } from './query.ts';

export interface EventsAsked {
  entity: EntityRef | undefined;
  scope: string;
  /** Epoch milliseconds. */
  from: number;
  to: number;
  limit: number;
  cursor: string | undefined;
}

/** Above every time that `DateTime64(3)` holds, so that the first page starts at the newest. */
const END_OF_TIME = 9_999_999_999_999;

/** `GET /api/v1/events`: raw events, newest first. */
export async function readEvents(ask: Ask, asked: EventsAsked): Promise<EventsAnswer> {
  const [beforeTime, beforeId] = asked.cursor === undefined ? [END_OF_TIME, ''] : readCursor(eventCursor, asked.cursor);
  const rows = await ask(EVENTS[asked.entity?.kind ?? ''], {
    scope: asked.scope,
    id: asked.entity?.id ?? '',
    from: asked.from,
    to: asked.to,
    before_time: beforeTime,
    before_id: beforeId,
    limit: asked.limit,
  });
  const last = rows.length === asked.limit ? rows.at(-1) : undefined;
  return {
    next: last === undefined ? null : writeCursor([last.time, last.event_id]),
    events: rows.map(
      ({ time, duration, attack, late, risk_outcome, risk_would, risk_decision_id, ...row }): EventView => ({
        ...row,
        time: new Date(time).toISOString(),
        duration_s: duration,
        outcome: risk_outcome,
        would: risk_would,
        decision_id: risk_decision_id,
        attacks: attackNames(attack),
        late: late === 1,
      }),
    ),
  };
}
