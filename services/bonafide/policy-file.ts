import { existsSync, statSync } from 'node:fs';
import { Problem } from '../../shared/problem.ts';
import { checkPolicy, type PolicyCheck, type ToldFault } from '../decide/policy-check.ts';
import { readPolicyFile } from '../decide/policy-file.ts';
import { CommandError } from './command.ts';

/** As `PolicyCheck`, its faults as people read them. */
type Judged = Extract<PolicyCheck, { ok: true }> | { ok: false; faults: ToldFault[]; warnings: string[] };

/**
 * A policy that a person names, judged; places of faults have their line in the file.
 * @param unreadable exit code when it is neither YAML nor JSON.
 * @throws CommandError when it is not there, or cannot be read as YAML or JSON.
 */
export function judgePolicyFile(path: string, unreadable: 1 | 2): { input: unknown; checked: Judged } {
  if (!existsSync(path)) throw new CommandError(`${path}: there is no such file.`, 2);
  if (statSync(path).isDirectory()) throw new CommandError(`${path} is a folder; name a file.`, 2);
  try {
    const { input, located } = readPolicyFile(path);
    const checked = checkPolicy(input, Date.now());
    return { input, checked: checked.ok ? checked : { ...checked, faults: located(checked.faults) } };
  } catch (error) {
    throw error instanceof Problem ? new CommandError(error.message, unreadable) : error;
  }
}

/** A headline, then a line for each fault with its place. */
export const policyFaults = (head: string, faults: readonly ToldFault[]) =>
  `${head}:\n${faults.map(({ path, message }) => `  ${path === '' ? '(top)' : path}: ${message}`).join('\n')}`;
