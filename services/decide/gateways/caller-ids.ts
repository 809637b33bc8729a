import type { CallerIds } from '../../../schemas/decision.ts';
import { identityId } from '../../../shared/identity.ts';
import type { RawRequest } from '../facts.ts';

/**
 * The caller's ids for a gateway's log, in the form that ingest gives them again: an id that is itself a token has
 * become its hash. null: nothing is known.
 */
export function callerIds({ user, session, device, apiClient, token, identityFault }: RawRequest): CallerIds | null {
  if (user + session + device + apiClient + token === '' && identityFault === null) return null;
  const ids: CallerIds = {};
  add(ids, 'user', user);
  add(ids, 'session', session);
  add(ids, 'device', device);
  add(ids, 'api_client', apiClient);
  add(ids, 'token', token);
  if (identityFault !== null) ids.identity_code = identityFault;
  return ids;
}

function add(ids: CallerIds, name: Exclude<keyof CallerIds, 'identity_code'>, said: string): void {
  if (said === '') return;
  const id = identityId(said);
  if (id !== '') ids[name] = id;
}
