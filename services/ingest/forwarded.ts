import { normaliseAddress } from '../../shared/address.ts';

/**
 * The caller behind trusted proxies: of the chain `forwarded, peer` the entry `hops` from its end, as the decision
 * path counts. Nearer entries stand in for one that is no address; with fewer entries the first one counts.
 * @param forwarded entries of `X-Forwarded-For` in front of the peer, nearest last; their beginning is the client's word.
 * @param hops proxies between the client and the gateway, at least 1.
 */
export function callerOf(forwarded: string, peer: unknown, hops: number): unknown {
  let caller = peer;
  let end = forwarded.length;
  for (let hop = 0; hop < hops && end >= 0; hop++) {
    const comma = end === 0 ? -1 : forwarded.lastIndexOf(',', end - 1);
    const entry = forwarded
      .slice(comma + 1, end)
      .trim()
      .replaceAll('"', '');
    if (normaliseAddress(entry) !== null) caller = entry;
    end = comma;
  }
  return caller;
}
