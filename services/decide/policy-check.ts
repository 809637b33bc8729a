import type { z } from 'zod';
import { METHODS } from '../../schemas/event.ts';
import { type Policy, policySchema, seconds } from '../../schemas/policy.ts';
import { createCidrTable } from '../../shared/cidr.ts';
import { DEFAULT_SCOPE } from '../../shared/policy.ts';
import { A_DAY, DAY_MS } from './caller-state/graces.ts';

export interface PolicyFault {
  /** Where in the policy, by keys and places in lists: a key may itself hold a dot. Empty is the whole. */
  path: readonly PropertyKey[];
  message: string;
}
/** One as people read it: `routes.0.match.path`, `''` of the whole. */
export interface ToldFault {
  path: string;
  message: string;
}
export type PolicyCheck =
  | { ok: true; policy: Policy; warnings: string[] }
  | { ok: false; faults: PolicyFault[]; warnings: string[] };

const WARN_AHEAD_MS = 7 * 86_400_000;
/** Longer, and as many as may be met in a day last all of it. */
const LONGEST_GRACE_S = DAY_MS / 1000 / A_DAY;
const EMPTY = 'The file is empty: everything is as built in, which is shadow mode and refuses nobody.';
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);
/** A prefix that is shorter covers more than any one network owner has. */
const WIDEST = { v4: 8, v6: 20 };

/** Judges a policy, whatever it came from, and names every fault, not only the first. @param now epoch ms. */
export function checkPolicy(input: unknown, now: number): PolicyCheck {
  // An empty file is a policy that leaves everything at its default.
  const parsed = policySchema.safeParse(input ?? {});
  if (!parsed.success) {
    return { ok: false, faults: parsed.error.issues.flatMap(faultsOf), warnings: [] };
  }
  const faults = crossFaults(parsed.data);
  const warnings = policyWarnings(parsed.data, now);
  if (input === null || input === undefined) warnings.unshift(EMPTY);
  return faults.length > 0 ? { ok: false, faults, warnings } : { ok: true, policy: parsed.data, warnings };
}

export const toldFault = ({ path, message }: PolicyFault): ToldFault => ({ path: path.map(String).join('.'), message });

/** A key that is not known is at fault where it stands, not the whole around it. */
function faultsOf(issue: z.core.$ZodIssue): PolicyFault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such key' }));
  return [{ path: issue.path, message: issue.message }];
}

/** What zod cannot see: names that must agree, ids that must be addresses. */
function crossFaults(policy: Policy): PolicyFault[] {
  const faults: PolicyFault[] = [];
  const scopes = new Set<string>();
  for (const [i, { name }] of policy.scopes.entries()) {
    if (scopes.has(name)) faults.push({ path: ['scopes', i, 'name'], message: `the scope ${name} is named twice` });
    scopes.add(name);
  }
  scopes.add(DEFAULT_SCOPE);
  const limits = new Set<string>();
  for (const [i, { name, rate }] of policy.limits.entries()) {
    if (limits.has(name)) faults.push({ path: ['limits', i, 'name'], message: `the limit ${name} is named twice` });
    limits.add(name);
    if (Number.parseInt(rate, 10) === 0) faults.push({ path: ['limits', i, 'rate'], message: 'a rate above zero' });
  }
  for (const part of ['routes', 'limits'] as const) {
    for (const [i, { match }] of policy[part].entries()) {
      if (match.method === undefined || KNOWN_METHODS.has(match.method.toUpperCase())) continue;
      const message = `no request has it: one of ${METHODS.join(', ')}, the last for all others`;
      faults.push({ path: [part, i, 'match', 'method'], message });
    }
  }
  const table = createCidrTable<null>();
  for (const [i, { entity, scope }] of policy.overrides.entries()) {
    if ((entity.kind === 'ip' || entity.kind === 'net') && !table.add(entity.id, null)) {
      const message = `${entity.id} is neither an address nor a prefix such as 203.0.113.0/24`;
      faults.push({ path: ['overrides', i, 'entity', 'id'], message });
    }
    if (scope !== undefined && !scopes.has(scope)) {
      faults.push({ path: ['overrides', i, 'scope'], message: `there is no scope ${scope}` });
    }
  }
  return faults;
}

/**
 * What is valid and still wants a look: overrides that have ended, end within seven days or cover a part of the internet, challenges
 * that cannot be met or are met for good,
 * a rule that requires a token and lets in whoever sends none, and an enforced one that refuses everybody who cannot attest.
 */
export function policyWarnings(policy: Policy, now: number): string[] {
  const warnings = policy.overrides.flatMap(({ entity, outcome, until, reason }) => {
    const left = Date.parse(until) - now;
    const what = `The override "${outcome}" for ${entity.kind}:${entity.id} (${reason})`;
    if (left <= 0) return [`${what} ended at ${until} and does nothing any more.`];
    const wide = isWide(entity) ? [`${what} covers a large part of the internet.`] : [];
    return left < WARN_AHEAD_MS ? [...wide, `${what} ends at ${until}.`] : wide;
  });
  const grace = seconds(policy.challenge_grace);
  if (grace === 0) warnings.push('challenge_grace is 0: no challenge can be met, and whoever is challenged stays it.');
  if (grace > LONGEST_GRACE_S)
    warnings.push(
      `challenge_grace is ${policy.challenge_grace}: who meets three challenges a day is challenged no more at all.`,
    );
  const { mode, attestation, on_no_attestation: onNone } = policy;
  const open = [...policy.routes, { match: { path: 'every other route' }, attestation, on_no_attestation: onNone }]
    .filter((route) => (route.attestation ?? attestation) === 'require')
    .filter((route) => route.on_no_attestation === undefined && onNone === undefined)
    .map(({ match }) => [match.method, match.host, match.path, match.api_client].filter(Boolean).join(' '));
  if (open.length > 0)
    warnings.push(
      `Attestation is required on ${open.slice(0, 3).join(', ')}${open.length > 3 ? ` and ${open.length - 3} more` : ''}, and on_no_attestation is not set: whoever sends no token and is none of "clients" that can attest passes, by risk. Set it to challenge or block, or to allow if that is meant.`,
    );
  if (mode === 'enforce' && attestation === 'require' && (onNone === 'block' || onNone === 'challenge'))
    warnings.push(
      `Attestation is required on every route that says nothing else, and on_no_attestation is ${onNone}: every caller that cannot attest, browsers and partners too, is refused.`,
    );
  return warnings;
}

function isWide({ kind, id }: Policy['overrides'][number]['entity']): boolean {
  if (kind !== 'ip' && kind !== 'net') return false;
  const slash = id.indexOf('/');
  return slash >= 0 && Number(id.slice(slash + 1)) < (id.includes(':') ? WIDEST.v6 : WIDEST.v4);
}
