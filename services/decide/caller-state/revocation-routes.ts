import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { changedAnswer, liftRequest, revocationsAnswer, revokeRequest } from '../../../schemas/revocation.ts';
import { Problem } from '../../../shared/problem.ts';
import type { RevocationStore } from './revocation-store.ts';

export interface RevocationRouteDeps {
  store: RevocationStore;
  /** @throws Problem when the request comes from no admin. */
  authenticateAdmin(request: FastifyRequest): void;
}

const PATH = '/api/v1/revocations';

/** Revoking over HTTP: for the login service's back end, and for an operator at night. */
export function registerRevocationRoutes(
  app: FastifyInstance,
  { store, authenticateAdmin }: RevocationRouteDeps,
): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => authenticateAdmin(request));

    const list = { summary: 'Revocations in force, newest first', access: 'admin' as const, answer: revocationsAnswer };
    scope.get(PATH, { config: { api: list } }, () => stored(store.list()));

    const revoke = {
      summary: 'Revoke users, sessions, installations or tokens',
      access: 'admin' as const,
      body: revokeRequest,
    };
    scope.post(PATH, { config: { api: { ...revoke, answer: changedAnswer } } }, async (request) => ({
      changed: await stored(store.revoke(read(revokeRequest, request.body))),
    }));

    const lift = { summary: 'Lift revocations', access: 'admin' as const, body: liftRequest };
    scope.post(`${PATH}/lift`, { config: { api: { ...lift, answer: changedAnswer } } }, async (request) => ({
      changed: await stored(store.lift(read(liftRequest, request.body))),
    }));
  });
}

/** @throws Problem `unavailable` when the table cannot be reached: nothing was changed, and the caller must come back. */
async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('unavailable', 'The database did not answer, so it is not sure what was revoked. Try again.');
  }
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('bad_request', 'The body cannot be read.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}
