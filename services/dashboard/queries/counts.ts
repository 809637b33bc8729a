import { z } from 'zod';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

/**
 * Raw rows, and those since `from` (epoch seconds) that feed features of their address: neither late nor refused, nor of an
 * address that gets no row of its own in a flood (`services/ingest/flood.ts`).
 */
export const rawCounts = defineQuery({
  name: 'raw_counts',
  params: z.object({ from: int }),
  row: z.object({ events: int, scored: int }),
  sql: `
SELECT count() AS events,
    countIf(late = 0 AND ip != '' AND risk_outcome NOT IN ('challenge', 'block') AND time >= fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000, 'UTC')) AS scored
FROM {db}.events_raw_v1`,
});

/**
 * Requests since `from` (epoch seconds) over the roll-ups of kind `ip`: every event that is scored has exactly one. Those of
 * somebody who was erased, which an address that others share still counts, are left out, as they are no events any more.
 */
export const rolledUp = defineQuery({
  name: 'rolled_up',
  params: z.object({ from: int }),
  row: z.object({ rolled_up: int }),
  sql: `
SELECT
    (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 4 AND second >= fromUnixTimestamp({from:UInt32}))
    - (SELECT count() FROM {db}.erased_requests_v1 FINAL WHERE second >= fromUnixTimestamp({from:UInt32})) AS rolled_up`,
});

/** Dead letters, each once whatever its replays. */
export const deadLetterCount = defineQuery({
  name: 'dead_letter_count',
  params: z.object({}),
  row: z.object({ dead_letters: int }),
  sql: `SELECT count() AS dead_letters FROM {db}.dead_letters_v1 FINAL`,
});
