import { createAccess } from '../../shared/access.ts';
import type { Io } from './command.ts';
import { runRole } from './role.ts';
import { addDecide, addPolicy, addRevocations } from './roles.ts';

export const help = `Usage: bonafide decide

One role as its own process: answers gateways from a snapshot of CLICKHOUSE_URL in memory. Needs BONAFIDE_GATEWAY_KEYS.
As many processes as you like: they share nothing but the tables. It goes on deciding while ClickHouse is away.`;

export function run(args: string[], io: Io): Promise<number> {
  return runRole(
    {
      role: 'decide',
      required: ['BONAFIDE_GATEWAY_KEYS'],
      compose: async (app, runtime, keys) => {
        const policy = await addPolicy(runtime, keys);
        const access = createAccess(keys);
        await addDecide(app, runtime, keys, { policy, access, revocations: addRevocations(runtime) });
        return {};
      },
    },
    args,
    io,
  );
}
