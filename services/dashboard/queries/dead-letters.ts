import { z } from 'zod';
import { defineQuery } from '../query.ts';

const int = z.number().int().nonnegative();

/** Newest first, below (`before_time` in epoch ms, source, partition, offset, element). */
export const deadLetters = defineQuery({
  name: 'dead_letters',
  params: z.object({
    reason: z.string(),
    before_time: int,
    before_source: z.string(),
    before_partition: int,
    before_offset: int,
    before_element: int,
    limit: int,
  }),
  row: z.object({
    source: z.string(),
    partition: int,
    offset: int,
    element: int,
    received_at: int,
    format: z.string(),
    reason: z.string(),
    detail: z.string(),
    sample: z.string(),
    resent_at: int,
  }),
  sql: `
SELECT toString(letters.source) AS source, partition, offset, element,
    toUnixTimestamp64Milli(letters.received_at) AS received_at,
    toString(format) AS format, toString(letters.reason) AS reason, detail, sample,
    toUnixTimestamp64Milli(letters.resent_at) AS resent_at
FROM {db}.dead_letters_v1 AS letters FINAL
WHERE ({reason:String} = '' OR letters.reason = {reason:String})
    AND (toUnixTimestamp64Milli(letters.received_at), toString(letters.source), partition, offset, element)
        < ({before_time:Int64}, {before_source:String}, {before_partition:UInt32}, {before_offset:UInt64}, {before_element:UInt32})
ORDER BY letters.received_at DESC, letters.source DESC, partition DESC, offset DESC, element DESC
LIMIT {limit:UInt32}`,
});

/** How many for each reason, and how many of them were not sent again; since `from` (epoch ms). */
export const deadByReason = defineQuery({
  name: 'dead_by_reason',
  params: z.object({ from: int }),
  row: z.object({ reason: z.string(), count: int, waiting: int }),
  sql: `
SELECT toString(reason) AS reason, count() AS count, countIf(resent_at = 0) AS waiting
FROM {db}.dead_letters_v1 FINAL
WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
GROUP BY reason
ORDER BY count DESC, reason
LIMIT 100`,
});
