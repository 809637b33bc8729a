import { z } from 'zod';
import { Problem } from '../../shared/problem.ts';

/** Where a page ended, as opaque text; what comes back is checked like every other input. */
export function writeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** @throws Problem `bad_request` when the text is not one that {@link writeCursor} wrote. */
export function readCursor<S extends z.ZodType>(shape: S, text: string): z.output<S> {
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new Problem('bad_request', '`cursor` must be the `next` of an earlier page.');
  }
}

const int = z.number().int().nonnegative();
export const eventCursor = z.tuple([int, z.string()]);
export const deadLetterCursor = z.tuple([int, z.string(), int, int, int]);
