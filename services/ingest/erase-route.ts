import type { FastifyInstance } from 'fastify';
import { type EraseAnswer, type EraseRequest, eraseAnswer, eraseRequest } from '../../schemas/api-ingest.ts';
import type { Access } from '../../shared/access.ts';
import { Problem } from '../../shared/problem.ts';

/** `POST /api/v1/erase`: a person's data goes, one erasure after another. */
export function registerEraseRoute(
  app: FastifyInstance,
  { access, erase }: { access: Access; erase(request: EraseRequest): Promise<EraseAnswer> },
): void {
  let last: Promise<unknown> = Promise.resolve();
  const api = { summary: 'Erase an entity', access: 'admin' as const, body: eraseRequest, answer: eraseAnswer };
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => access.requireAdmin(request.headers));
    scope.post('/api/v1/erase', { config: { api } }, async (request) => {
      const parsed = eraseRequest.safeParse(request.body);
      if (!parsed.success)
        throw new Problem('bad_request', 'The body does not say whom to erase.', {
          faults: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
        });
      const turn = last.then(() => erase(parsed.data));
      last = turn.catch(() => undefined);
      return turn;
    });
  });
}
