import { z } from 'zod';
import { entityRef } from './event.ts';
import { REJECT_REASONS } from './reasons.ts';

const count = z.number().int().nonnegative();

/** Answer of `POST /v1/events` (202): everything told here is durable. */
export const eventsAccepted = z.object({
  /** New events. */
  accepted: count,
  /** Events whose id was seen in the last 24 h. */
  duplicates: count,
  /** `line` is 1-based: the line of NDJSON, the element of an array. */
  dead_lettered: z.array(z.object({ line: count, reason: z.enum(REJECT_REASONS) })),
});
export type EventsAccepted = z.infer<typeof eventsAccepted>;

/** Body of `POST /v1/logs`: an export of OTLP in JSON; log records are read by `services/ingest/formats/otlp.ts`. */
export const otlpExport = z.object({
  resourceLogs: z.array(
    z.looseObject({ scopeLogs: z.array(z.looseObject({ logRecords: z.array(z.looseObject({})) })) }),
  ),
});

/** Answer of `POST /v1/logs` (200): everything but the rejected records is durable; those are dead letters. */
export const otlpAnswer = z.object({
  partialSuccess: z.object({ rejectedLogRecords: z.string(), errorMessage: z.string() }).optional(),
});

/** Query of `POST /api/v1/import`: which stretch of which file the body is. */
export const importQuery = z.object({
  /** Base name of the file. */
  file: z.string().min(1).max(255),
  /** Number made from the file's first line: files of one name are told apart. */
  fingerprint: z.coerce.number().int().min(0).max(0xffffffff),
  /** Byte offset of the body's first byte in the unpacked file. */
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  format: z.string().max(64).default('auto'),
});

/** Answer of `POST /api/v1/import`. */
export const importAnswer = z.object({
  accepted: count,
  duplicates: count,
  dead_lettered: count,
  /** By reason. */
  reasons: z.record(z.string(), count),
  /** Events older than what is kept: they go again as soon as they are stored. */
  too_old: count.default(0),
});
export type ImportAnswer = z.infer<typeof importAnswer>;

/** Body of `POST /api/v1/erase`: whose data is to go. */
export const eraseRequest = z.strictObject({
  entity: entityRef,
  /** Also the sessions and devices that only this user was seen with. */
  linked: z.boolean().default(false),
  by: z.string().min(1).max(128).default('admin'),
  reason: z.string().min(1).max(1024).default('asked for'),
});
export type EraseRequest = z.output<typeof eraseRequest>;

/** Answer of `POST /api/v1/erase`. */
export const eraseAnswer = z.object({
  /** Kinds of the entities that were erased, the one that was asked for first, and how many of each. */
  entities: z.array(z.object({ kind: z.string(), count })),
  /** Rows that were removed, and rows of the entity that a second look found afterwards. */
  tables: z.array(z.object({ table: z.string(), removed: count, left: count })),
  /** Are the decision processes free of it? `pending`: no step was published meanwhile; they are at their next start. */
  snapshot: z.enum(['clear', 'pending']),
  /** Requests of others that have the name of this user, session or device as a word in path, query or agent. They stay. */
  named_by_others: count.optional(),
});
export type EraseAnswer = z.infer<typeof eraseAnswer>;
