import type { Io } from './command.ts';
import { runRole } from './role.ts';
import { addPolicy, addScore } from './roles.ts';

export const help = `Usage: bonafide score

One role as its own process: computes risk once a second from the roll-ups in CLICKHOUSE_URL and publishes it. One
process is enough; a second one repeats what the first does. Health at /readyz, metrics at /metrics.`;

export function run(args: string[], io: Io): Promise<number> {
  return runRole(
    {
      role: 'score',
      required: [],
      compose: async (_app, runtime, keys) => addScore(runtime, await addPolicy(runtime, keys)),
    },
    args,
    io,
  );
}
