import { z } from 'zod';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

/** Rows by minute of their arrival since `from` (epoch ms). */
export const storedByMinute = defineQuery({
  name: 'stored_by_minute',
  params: z.object({ from: int }),
  row: z.object({ time: int, stored: int }),
  sql: `
SELECT toUnixTimestamp(toStartOfMinute(inserted_at)) AS time, count() AS stored
FROM {db}.events_raw_v1
WHERE inserted_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
GROUP BY time
ORDER BY time
LIMIT 200`,
});

/** Dead letters by minute since `from` (epoch ms). */
export const deadByMinute = defineQuery({
  name: 'dead_by_minute',
  params: z.object({ from: int }),
  row: z.object({ time: int, dead_letters: int }),
  sql: `
SELECT toUnixTimestamp(toStartOfMinute(received_at)) AS time, count() AS dead_letters
FROM {db}.dead_letters_v1 FINAL
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
GROUP BY time
ORDER BY time
LIMIT 200`,
});

/** Where rows came from since `from` (epoch ms). */
export const storedBySource = defineQuery({
  name: 'stored_by_source',
  params: z.object({ from: int }),
  row: z.object({ source: z.string(), stored: int, last_event: int }),
  sql: `
SELECT toString(source) AS source, count() AS stored, toUnixTimestamp64Milli(max(time)) AS last_event
FROM {db}.events_raw_v1
WHERE inserted_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
GROUP BY source
ORDER BY stored DESC
LIMIT 100`,
});

/**
 * Pace and delay: rows stored in the last minute, and how old events were when they were stored in the last five;
 * times in epoch ms. Rows of an import are old by nature, so late ones do not count for the delay.
 */
export const pace = defineQuery({
  name: 'pace',
  params: z.object({ now: int }),
  row: z.object({ last_minute: int, timely: int, delay_p50: z.number().nullable(), delay_p95: z.number().nullable() }),
  sql: `
SELECT
    countIf(inserted_at >= fromUnixTimestamp64Milli({now:Int64} - 60000, 'UTC')) AS last_minute,
    countIf(late = 0) AS timely,
    quantileIf(0.5)((toUnixTimestamp64Milli(inserted_at) - toUnixTimestamp64Milli(time)) / 1000, late = 0) AS delay_p50,
    quantileIf(0.95)((toUnixTimestamp64Milli(inserted_at) - toUnixTimestamp64Milli(time)) / 1000, late = 0) AS delay_p95
FROM {db}.events_raw_v1
WHERE inserted_at >= fromUnixTimestamp64Milli({now:Int64} - 300000, 'UTC')`,
});

/** The newest event's own time, epoch ms; 0 when there is none. */
export const newestEvent = defineQuery({
  name: 'newest_event',
  params: z.object({}),
  row: z.object({ time: int }),
  sql: `SELECT toUnixTimestamp64Milli(max(time)) AS time FROM {db}.events_raw_v1`,
});
