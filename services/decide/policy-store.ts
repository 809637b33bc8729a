import { type Policy, policySchema } from '../../schemas/policy.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Health, OK } from '../../shared/health.ts';
import type { Logger } from '../../shared/logger.ts';
import { type CompiledPolicy, type CompileOptions, compilePolicy } from '../../shared/policy.ts';
import { Problem } from '../../shared/problem.ts';
import { checkPolicy, toldFault } from './policy-check.ts';
import { readPolicyFile } from './policy-file.ts';

/** One applied version: what, by whom, when, why. */
export interface PolicyVersion {
  version: number;
  /** Epoch ms. */
  appliedMs: number;
  appliedBy: string;
  reason: string;
  policy: Policy;
  /** The version whose content a rollback brought back; 0 for what was applied. */
  restores: number;
}

export interface PolicyStoreDeps extends CompileOptions {
  /** A lane of its own. */
  clickhouse: ClickHouse;
  clock: Clock;
  health: Health;
  log: Logger;
}

export interface PolicyStore {
  /** The policy in force; never waits. */
  current(): CompiledPolicy;
  inForce(): PolicyVersion;
  /** Every version, newest first. */
  versions(): Promise<PolicyVersion[]>;
  /**
   * Makes a policy the next version.
   * @param basedOn version that the change was made from; another one in force meanwhile is a conflict.
   * @throws Problem `invalid_policy` with every fault, or `conflict`.
   */
  apply(input: unknown, by: string, reason: string, basedOn?: number): Promise<PolicyVersion>;
  /**
   * The content of an older version as the next one.
   * @param to @default the version before the one in force; a rollback that stands counts as the version that it restored,
   * so that going back twice goes back twice.
   * @throws Problem `not_found` when there is none.
   */
  rollback(to: number | undefined, by: string, reason: string): Promise<PolicyVersion>;
  /** Takes over what another process applied; true when something changed. */
  poll(): Promise<boolean>;
  start(): void;
  stop(): Promise<void>;
}

/** Every process has a new version within five seconds. */
const EVERY_MS = 2000;

/**
 * Opens the store. The stored version wins; a file whose content differs from every stored version becomes the next.
 * @param file path of `BONAFIDE_POLICY`, or null.
 * @throws Problem `invalid_policy` when the file has faults.
 */
export async function openPolicyStore(deps: PolicyStoreDeps, file: string | null): Promise<PolicyStore> {
  const { clickhouse, clock, log } = deps;
  let inForce: PolicyVersion | undefined = await readNewest(clickhouse);
  let fault = '';
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;

  async function insert(
    policy: Policy,
    version: number,
    by: string,
    reason: string,
    restores = 0,
  ): Promise<PolicyVersion> {
    const next = { ...policy, version };
    const appliedMs = clock.now();
    await clickhouse.insert(
      'policy_v1',
      ['version', 'applied_at', 'applied_by', 'reason', 'policy', 'restores'],
      [[version, appliedMs, by, reason, JSON.stringify(next), restores]],
    );
    const stored = await readVersion(clickhouse, version);
    // Two at once: the first one stands.
    if (stored === undefined || contentOf(stored.policy) !== contentOf(next)) {
      throw new Problem('conflict', `Version ${version} was applied by somebody else at the same moment; try again.`);
    }
    return stored;
  }

  if (inForce === undefined && file === null) {
    inForce = await insert(policySchema.parse({}), 1, 'bonafide', 'the built-in defaults');
  }
  if (file !== null) inForce = await takeFile(file, inForce);
  if (inForce === undefined) throw new Error('no policy is in force');
  let stands: PolicyVersion = inForce;
  let compiled = compilePolicy(stands.policy, deps);
  log.info({ event: 'policy_in_force', version: stands.version }, 'the policy in force');

  deps.health.register('policy', 'decide', () =>
    fault === '' ? OK : { state: 'degraded', detail: `Version ${stands.version} stays in force: ${fault}` },
  );

  async function takeFile(path: string, newest: PolicyVersion | undefined): Promise<PolicyVersion | undefined> {
    const file = readPolicyFile(path);
    const checked = checkPolicy(file.input, clock.now());
    if (!checked.ok) {
      throw new Problem('invalid_policy', `The policy ${path} has faults.`, { faults: file.located(checked.faults) });
    }
    const content = contentOf(checked.policy);
    const known = (await readAll(clickhouse)).find((version) => contentOf(version.policy) === content);
    if (known !== undefined) {
      log.info(
        { event: 'policy_file_known', version: known.version, in_force: newest?.version },
        'the policy file was applied before and is left alone; `bonafide policy apply` applies it again',
      );
      return newest;
    }
    return insert(checked.policy, (newest?.version ?? 0) + 1, 'file', `from ${path}`);
  }

  function take(version: PolicyVersion): PolicyVersion {
    stands = version;
    compiled = compilePolicy(version.policy, deps);
    log.info({ event: 'policy_changed', version: version.version, by: version.appliedBy }, 'a new policy is in force');
    return version;
  }

  async function poll(): Promise<boolean> {
    const newest = await readNewest(clickhouse);
    if (newest === undefined || newest.version <= stands.version) return false;
    take(newest);
    return true;
  }

  /** Number of the applied version whose content stands, through all rollbacks. */
  async function restoredBy(version: PolicyVersion): Promise<number> {
    let applied: PolicyVersion | undefined = version;
    let number = version.version;
    while (applied !== undefined && applied.restores > 0 && applied.restores < number) {
      number = applied.restores;
      applied = await readVersion(clickhouse, number);
    }
    return number;
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      running = poll()
        .then(() => {
          fault = '';
        })
        .catch((error: unknown) => {
          if (fault === '') log.error({ event: 'policy_poll_failed', err: error }, 'the policy cannot be read');
          fault = error instanceof Error ? error.message.slice(0, 200) : String(error);
        })
        .then(schedule);
    }, EVERY_MS);
    timer.unref();
  }

  return {
    current: () => compiled,
    inForce: () => stands,
    versions: () => readAll(clickhouse),
    async apply(input, by, reason, basedOn) {
      const checked = checkPolicy(input, clock.now());
      if (!checked.ok)
        throw new Problem('invalid_policy', 'The policy has faults.', {
          faults: checked.faults.map(toldFault),
        });
      await poll();
      if (basedOn !== undefined && basedOn !== stands.version) {
        throw new Problem(
          'conflict',
          `Version ${stands.version} is in force, not ${basedOn}: look at it and try again.`,
        );
      }
      if (contentOf(checked.policy) === contentOf(stands.policy)) return stands;
      return take(await insert(checked.policy, stands.version + 1, by, reason));
    },
    async rollback(to, by, reason) {
      await poll();
      const wanted = to ?? (await restoredBy(stands)) - 1;
      const old = await readVersion(clickhouse, wanted);
      if (old === undefined) throw new Problem('not_found', `There is no version ${wanted} of the policy.`);
      if (contentOf(old.policy) === contentOf(stands.policy)) return stands;
      return take(await insert(old.policy, stands.version + 1, by, reason, wanted));
    },
    poll,
    start: schedule,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** What a policy says, whatever its version: keys in the order of the schema, defaults filled in. */
export const contentOf = (policy: Policy): string => JSON.stringify({ ...policySchema.parse(policy), version: 0 });

interface Row {
  version: number;
  appliedMs: number;
  applied_by: string;
  reason: string;
  policy: string;
  restores: number;
}

/** Of two rows with one version the first stands. */
const SELECT = `SELECT version, toUnixTimestamp64Milli(applied_at) AS appliedMs, applied_by, reason, policy, restores
  FROM (SELECT * FROM {db}.policy_v1 ORDER BY version DESC, applied_at, policy LIMIT 1 BY version)`;

async function readRows(clickhouse: ClickHouse, tail: string): Promise<PolicyVersion[]> {
  const rows = await clickhouse.rows<Row>(`${SELECT} ${tail}`);
  return rows.map(({ version, appliedMs, applied_by, reason, policy, restores }) => ({
    version,
    appliedMs,
    appliedBy: applied_by,
    reason,
    policy: policySchema.parse(JSON.parse(policy)),
    restores,
  }));
}

const readAll = (clickhouse: ClickHouse) => readRows(clickhouse, 'ORDER BY version DESC LIMIT 10000');
const readNewest = async (clickhouse: ClickHouse) => (await readRows(clickhouse, 'ORDER BY version DESC LIMIT 1'))[0];
const readVersion = async (clickhouse: ClickHouse, version: number) =>
  (await readRows(clickhouse, `WHERE version = ${Math.trunc(version)} LIMIT 1`))[0];
