import type { Clock } from '../../../shared/clock.ts';
import type { ReplayMemory, TokenUse } from './replay.ts';
import type { SharedMemory } from './table-share.ts';

/** Uses of single-use tokens, until they expire. */
export function sharedReplays(memory: ReplayMemory, clock: Clock): SharedMemory<TokenUse> {
  return {
    table: 'token_uses_v1',
    columns: ['use', 'until'],
    valuesOf: ({ use, untilMs }) => [use, Math.ceil(untilMs / 1000)],
    select: (newer, after) => ({
      sql: `SELECT use, toUnixTimestamp(max(until)) * 1000 AS untilMs FROM {db}.token_uses_v1
         WHERE ${newer} AND until > {now:UInt32} AND use > {after:String}
         GROUP BY use ORDER BY use`,
      params: { now: Math.floor(clock.now() / 1000), after: after?.use ?? '' },
    }),
    learn: ({ use, untilMs }) => memory.learn(use, untilMs),
    takeUntold: memory.takeUntold,
    putBack: memory.putBack,
  };
}
