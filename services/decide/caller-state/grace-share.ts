import type { Clock } from '../../../shared/clock.ts';
import { DAY_MS, type GraceMemory, type Met } from './graces.ts';
import type { SharedMemory } from './table-share.ts';

/** Challenges that were met, for a day. */
export function sharedGraces(memory: GraceMemory, clock: Clock): SharedMemory<Met> {
  return {
    table: 'challenge_graces_v1',
    columns: ['caller', 'met_at'],
    valuesOf: ({ caller, metMs }) => [caller, metMs],
    select: (newer, after) => ({
      sql: `SELECT DISTINCT caller, toUnixTimestamp64Milli(met_at) AS metMs FROM {db}.challenge_graces_v1
         WHERE ${newer} AND (met_at, caller) > (fromUnixTimestamp64Milli({metMs:Int64}, 'UTC'), {caller:String})
         ORDER BY met_at, caller`,
      params: { ...(after ?? { metMs: clock.now() - DAY_MS, caller: '' }) },
    }),
    learn: memory.learn,
    takeUntold: memory.takeUntold,
    putBack: memory.putBack,
  };
}
