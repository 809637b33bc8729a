import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { stringify as toYaml } from 'yaml';
import { z } from 'zod';
import { policyAnswer, policyVersionsAnswer } from '../../schemas/api.ts';
import { policyWarnings } from '../decide/policy-check.ts';
import { CommandError, type Io } from './command.ts';
import { judgePolicyFile, policyFaults } from './policy-file.ts';
import { readRunning } from './running.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide policy <what> [options]

  policy show [N]              the policy in force, or version N, as YAML
  policy versions              every version: who applied it, when, why
  policy check FILE            every fault of a file; needs nothing that runs
  policy apply FILE            makes a file the next version; in force everywhere within 5 s
  policy rollback [N]          brings back version N; default the one before the one in force

Options of apply and rollback:
  --reason TEXT                why; kept in the audit log
  --by NAME                    who; default the user of this terminal

All but check talk to the Bonafide that runs on the data folder (BONAFIDE_DATA_DIR, .bonafide).

Example: bonafide policy check policy.yaml && bonafide policy apply policy.yaml --reason "protect sign-in"
`;

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { reason: { type: 'string' }, by: { type: 'string' } },
  });
  const [what, operand, ...more] = positionals;
  if (more.length > 0) throw new CommandError(`What is "${more.join(' ')}" for?\n\n${help}`, 2);
  const by = values.by ?? userInfo().username;
  switch (what) {
    case 'show':
      return show(operand, io);
    case 'versions':
      return versions(io);
    case 'check':
      return check(operand, io);
    case 'apply':
      return apply(operand, { by, reason: values.reason ?? `from ${operand ?? ''}` }, io);
    case 'rollback':
      return rollback(operand, { by, reason: values.reason ?? 'rollback' }, io);
    default:
      throw new CommandError(
        `${what === undefined ? 'What about the policy?' : `There is no "policy ${what}".`}\n\n${help}`,
        2,
      );
  }
}

async function show(operand: string | undefined, io: Io): Promise<number> {
  const wanted = versionNumber(operand);
  const answer =
    wanted === undefined
      ? policyAnswer.parse(await call(io, 'GET', '/api/v1/policy'))
      : policyVersionsAnswer
          .parse(await call(io, 'GET', '/api/v1/policy/versions'))
          .versions.find(({ version }) => version === wanted);
  if (answer?.policy === undefined) throw new CommandError(`There is no version ${wanted} of the policy.`);
  io.stdout.write(
    `# Version ${answer.version}, applied ${answer.applied_at ?? ''} by ${answer.applied_by}: ${answer.reason}\n`,
  );
  io.stdout.write(toYaml(answer.policy));
  warn(policyWarnings(answer.policy, Date.now()), io);
  return 0;
}

async function versions(io: Io): Promise<number> {
  const answer = policyVersionsAnswer.parse(await call(io, 'GET', '/api/v1/policy/versions'));
  for (const { version, applied_at, applied_by, reason } of answer.versions) {
    io.stdout.write(`${String(version).padStart(5)}  ${applied_at}  ${applied_by}  ${reason}\n`);
  }
  return 0;
}

/** Exit codes: 0 good, 1 faults, 2 no such file. */
function check(file: string | undefined, io: Io): number {
  const { checked } = judgePolicyFile(wanted(file), 1);
  warn(checked.warnings, io);
  if (checked.ok) {
    io.stdout.write(`${file} is a good policy.\n`);
    return 0;
  }
  throw new CommandError(policyFaults(`${file} has faults`, checked.faults));
}

async function apply(file: string | undefined, audit: { by: string; reason: string }, io: Io): Promise<number> {
  const { input: policy, checked } = judgePolicyFile(wanted(file), 1);
  warn(checked.warnings, io);
  if (!checked.ok) throw new CommandError(policyFaults(`${file} has faults, nothing was changed`, checked.faults));
  const answer = policyAnswer.parse(await call(io, 'POST', '/api/v1/policy', { policy, ...audit }));
  io.stdout.write(`Version ${answer.version} is in force.\n`);
  return 0;
}

async function rollback(operand: string | undefined, audit: { by: string; reason: string }, io: Io): Promise<number> {
  const version = versionNumber(operand);
  const body = { ...audit, ...(version === undefined ? {} : { version }) };
  const answer = policyAnswer.parse(await call(io, 'POST', '/api/v1/policy/rollback', body));
  const content = version === undefined ? 'the version before' : `version ${version}`;
  const mode = answer.policy === undefined ? '' : ` (mode ${answer.policy.mode})`;
  io.stdout.write(`Version ${answer.version} is in force, with the content of ${content}${mode}.\n`);
  return 0;
}

function versionNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandError(`"${text}" is no version of the policy: a number is.`, 2);
}

function wanted(file: string | undefined): string {
  if (file === undefined) throw new CommandError(`Which file?\n\n${help}`, 2);
  return file;
}

function warn(warnings: readonly string[], io: Io): void {
  for (const warning of warnings) io.stderr.write(`Warning: ${warning}\n`);
}

const problemBody = z.object({
  detail: z.string(),
  faults: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** Asks the service that runs on the data folder. */
async function call(io: Io, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const { url, adminToken } = readRunning(settingsFor(io).dataDir);
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: io.signal,
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandError(`Bonafide does not answer at ${url}: ${cause}.`);
  }
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const problem = problemBody.safeParse(answer);
  if (!problem.success) throw new CommandError(`Bonafide answered ${response.status} at ${url}${path}.`);
  throw new CommandError(policyFaults(problem.data.detail, problem.data.faults ?? []).replace(/:\n$/, ''));
}
