import type { EntityKind } from '../../../schemas/event.ts';

export type EntityKindName = EntityKind;
/** In the order of the contract; written again because that file would bring its whole validator along. */
export const ENTITY_KIND_LIST = [
  'user',
  'session',
  'device',
  'ip',
  'net',
  'client',
] as const satisfies readonly EntityKind[];
