import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type PolicyAnswer, type PolicyVersionsAnswer, policyAnswer, policyVersionsAnswer } from '../../schemas/api.ts';
import { Problem } from '../../shared/problem.ts';
import type { PolicyStore, PolicyVersion } from './policy-store.ts';

export interface PolicyRouteDeps {
  store: PolicyStore;
  /** @throws Problem when the request comes from no admin. */
  authenticateAdmin(request: FastifyRequest): void;
}

const who = z.string().min(1).max(128).default('admin');
const reason = z.string().min(1).max(1024);
const applyBody = z.strictObject({
  /** Judged by the policy's own schema, so that every fault is named at its place. */
  policy: z.unknown(),
  reason,
  by: who,
  /** The version that the change was made from: another one in force meanwhile is a conflict. */
  based_on: z.number().int().nonnegative().optional(),
});
const rollbackBody = z.strictObject({
  /** @default the version before the one in force */
  version: z.number().int().positive().optional(),
  reason: reason.default('rollback'),
  by: who,
});

/** The way of a policy change over HTTP; the command line and the dashboards use these. */
export function registerPolicyRoutes(app: FastifyInstance, { store, authenticateAdmin }: PolicyRouteDeps): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => authenticateAdmin(request));

    const current = { summary: 'The policy in force', access: 'admin' as const, answer: policyAnswer };
    scope.get('/api/v1/policy', { config: { api: current } }, () => answerOf(store.inForce()));

    const apply = { summary: 'Apply a policy as the next version', access: 'admin' as const, body: applyBody };
    scope.post('/api/v1/policy', { config: { api: { ...apply, answer: policyAnswer } } }, async (request) => {
      const body = read(applyBody, request.body);
      return answerOf(await store.apply(body.policy, body.by, body.reason, body.based_on));
    });

    const list = { summary: 'Every version, newest first', access: 'admin' as const, answer: policyVersionsAnswer };
    scope.get('/api/v1/policy/versions', { config: { api: list } }, async (): Promise<PolicyVersionsAnswer> => {
      const versions = await store.versions();
      return { versions: versions.map((version) => ({ ...auditOf(version), policy: version.policy })) };
    });

    const back = { summary: 'Bring back an older version', access: 'admin' as const, body: rollbackBody };
    scope.post('/api/v1/policy/rollback', { config: { api: { ...back, answer: policyAnswer } } }, async (request) => {
      const body = read(rollbackBody, request.body ?? {});
      return answerOf(await store.rollback(body.version, body.by, body.reason));
    });
  });
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('bad_request', 'The body cannot be read.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

const auditOf = ({ version, appliedMs, appliedBy, reason: why }: PolicyVersion) => ({
  version,
  applied_at: new Date(appliedMs).toISOString(),
  applied_by: appliedBy,
  reason: why,
});

const answerOf = (version: PolicyVersion): PolicyAnswer => ({ ...auditOf(version), policy: version.policy });
