import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { sipHash64 } from './sip-hash.ts';

/** An id as it is about to be stored; `place` is any text that is the same for the same record. */
export interface IdAtPlace {
  /** Decimal text of `sipHash64(event_id)`. */
  id: string;
  place: string;
}

export interface EventClaims {
  /**
   * Writes the claims down and answers the ids among them that another place claimed earlier.
   * @param judgedAt epoch ms; claims of the 24 hours before count.
   */
  claim(ids: readonly IdAtPlace[], judgedAt: number): Promise<string[]>;
}

export const CLAIMS = 'event_claims_v1';
/** Seconds for which an id is recognised. */
export const RECOGNISED_S = 86_400;
/** Ids in one look-up: below the engine's limit for the text of a statement. */
export const CHUNK = 4_000;

/**
 * The engine gives each inserted block a number under the lock under which it shows the block. So whoever reads after
 * its own insert sees every claim with a lower number, and all readers find the same first one.
 */
export function createEventClaims(clickhouse: ClickHouse): EventClaims {
  return {
    async claim(ids, judgedAt) {
      const seconds = Math.floor(judgedAt / 1000);
      const claims = ids.map(({ id, place }) => ({ id, place: sipHash64(place) }));
      // One block, so that of two that share several ids one is first at all of them.
      await clickhouse.insert(
        CLAIMS,
        ['id', 'place', 'time'],
        claims.map(({ id, place }) => [id, place, seconds]),
      );
      const lost: string[] = [];
      for (let from = 0; from < claims.length; from += CHUNK) {
        const mine = new Map(claims.slice(from, from + CHUNK).map(({ id, place }) => [id, place]));
        const first = await firstPlaces(clickhouse, [...mine.keys()], judgedAt);
        for (const [id, place] of first) if (place !== mine.get(id)) lost.push(id);
      }
      return lost;
    },
  };
}

/** The place that claimed each of some ids first, where one did in the 24 hours before (epoch ms). */
export async function firstPlaces(
  clickhouse: ClickHouse,
  ids: readonly string[],
  judgedAt: number,
): Promise<Map<string, string>> {
  // Only numbers go into the text of the statement.
  const rows = await clickhouse.rows<{ id: string; place: string }>(
    `SELECT toString(id) AS id, toString(argMin(place, _block_number)) AS place FROM {db}.${CLAIMS}
     WHERE id IN (${ids.join(',')}) AND time >= toDateTime({from:UInt32})
     GROUP BY id`,
    { params: { from: Math.floor(judgedAt / 1000) - RECOGNISED_S } },
  );
  return new Map(rows.map(({ id, place }) => [id, place]));
}
