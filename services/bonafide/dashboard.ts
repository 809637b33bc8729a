import type { Io } from './command.ts';
import { runRole } from './role.ts';
import { addDashboard, addPolicy, addRevocations } from './roles.ts';

export const help = `Usage: bonafide dashboard

One role as its own process: the dashboards and their API over CLICKHOUSE_URL. Needs BONAFIDE_ADMIN_TOKEN; prints a
sign-in link with a one-time code.`;

export function run(args: string[], io: Io): Promise<number> {
  return runRole(
    {
      role: 'dashboard',
      required: ['BONAFIDE_ADMIN_TOKEN'],
      compose: async (app, runtime, keys) => {
        const policy = await addPolicy(runtime, keys);
        const signIn = addDashboard(app, runtime, {
          adminToken: keys.adminToken,
          policy,
          revocations: addRevocations(runtime),
          ingest: null,
          resend: null,
        });
        return { say: (url) => `Sign in (once, within 10 minutes): ${signIn.link(url)}\n` };
      },
    },
    args,
    io,
  );
}
