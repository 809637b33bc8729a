import type { EventRow } from '../../schemas/event-row.ts';

/** What tells an event and where it stood. */
export type Placed = Pick<EventRow, 'event_id' | 'source' | 'partition' | 'offset'>;

/** Where an event stood: also the id of one that brings none. `element` from 0, when its record brought several. */
export function placeText({ source, partition, offset, element }: Omit<Placed, 'event_id'> & { element?: number }) {
  const place = `${source}:${partition}:${offset}`;
  return element === undefined ? place : `${place}:${element}`;
}

const ELEMENT = /^:(\d{1,5})$/;

/** Number of an event among those that its record brought, from 0; null when it was alone, or has an id of its own. */
export function elementOf(row: Placed): number | null {
  const place = placeText(row);
  if (!row.event_id.startsWith(place)) return null;
  const number = ELEMENT.exec(row.event_id.slice(place.length))?.[1];
  return number === undefined ? null : Number(number);
}

/** An id that says no more than the place needs no look-up: Kafka offsets and byte offsets come once. */
export const hasOwnId = (row: Placed): boolean => row.event_id !== placeText(row) && elementOf(row) === null;

/** Which of the events of its record a letter is, as the table has it: from 1, and 0 when it was the record. */
export const numberOf = ({ element }: { element?: number }): number => (element === undefined ? 0 : element + 1);
