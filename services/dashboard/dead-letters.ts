import type { DeadLetterPlace, DeadLettersAnswer, ResendAnswer } from '../../schemas/api.ts';
import { deadLetterCursor, readCursor, writeCursor } from './cursor.ts';
import { iso } from './freshness.ts';
import { deadByReason, deadLetters } from './queries/dead-letters.ts';
import type { Ask } from './query.ts';

/** Sends refused records again, through the whole pipeline; ingest supplies it. */
export type Resend = (places: readonly DeadLetterPlace[]) => Promise<ResendAnswer>;

const END_OF_TIME = 9_999_999_999_999;

/** `GET /api/v1/dead-letters`: what was refused and why, newest first. */
export async function readDeadLetters(
  ask: Ask,
  asked: { reason: string; limit: number; cursor: string | undefined; canResend: boolean },
): Promise<DeadLettersAnswer> {
  const [time, source, partition, offset, element] =
    asked.cursor === undefined ? [END_OF_TIME, '', 0, 0, 0] : readCursor(deadLetterCursor, asked.cursor);
  const [reasons, rows] = await Promise.all([
    ask(deadByReason, { from: 0 }),
    ask(deadLetters, {
      reason: asked.reason,
      before_time: time,
      before_source: source,
      before_partition: partition,
      before_offset: offset,
      before_element: element,
      limit: asked.limit,
    }),
  ]);
  const last = rows.length === asked.limit ? rows.at(-1) : undefined;
  return {
    total: reasons.reduce((sum, row) => sum + row.count, 0),
    by_reason: reasons,
    can_resend: asked.canResend,
    dead_letters: rows.map((row) => ({
      ...row,
      received_at: new Date(row.received_at).toISOString(),
      resent_at: iso(row.resent_at),
    })),
    next:
      last === undefined
        ? null
        : writeCursor([last.received_at, last.source, last.partition, last.offset, last.element]),
  };
}
