import { createHash } from 'node:crypto';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { Problem } from '../../shared/problem.ts';
import { withoutBlanks } from './blanks.ts';
import { CLAIMS, firstPlaces } from './event-claims.ts';
import type { BodyRecord } from './http-body.ts';
import { sipHash64 } from './sip-hash.ts';
import { giveBack, SLICE_MS } from './slices.ts';

/** Which body an `Idempotency-Key` stands for, over processes and restarts, for as long as event ids are recognised. */
export interface BodyKeys {
  /**
   * Keeps the body that came first under a key, for 24 hours from when it came last.
   * @param judgedAt epoch ms.
   * @throws Problem `idempotency_key_reused` when another body came under it.
   */
  keep(key: BodyKey, records: readonly BodyRecord[], judgedAt: number): Promise<void>;
}

export interface BodyKey {
  /** Two gateways may choose the same key. */
  source: string;
  /** A hash: the key may be a secret of the caller's. */
  hidden: string;
}

/** No event id has it in front, so that an id in an event is never taken for a key. */
const MARK = '\0body:';

/**
 * A key is a claim like those of event ids (`event-claims.ts`), with the body in the place of the place: of two bodies that
 * come under one key at once all processes find the same one first. Bodies without a key ask nothing.
 */
export function createBodyKeys(clickhouse: ClickHouse): BodyKeys {
  const holderOf = async (id: string, judgedAt: number) => (await firstPlaces(clickhouse, [id], judgedAt)).get(id);

  return {
    async keep({ source, hidden }, records, judgedAt) {
      const id = sipHash64(`${MARK}${source}:${hidden}`);
      const body = sipHash64(await fingerprintOf(records));
      const holder = await holderOf(id, judgedAt);
      if (holder === undefined || holder === body) {
        // Again each time: its events may be stored by a later try than the first, and are recognised for a day from then.
        await clickhouse.insert(CLAIMS, ['id', 'place', 'time'], [[id, body, Math.floor(judgedAt / 1000)]]);
        // Several may have found it free; one that held it does so still.
        if (holder === body || (await holderOf(id, judgedAt)) === body) return;
      }
      throw new Problem(
        'idempotency_key_reused',
        'Another body came under this Idempotency-Key within 24 hours; nothing of this one was taken. Send it under a key of its own.',
      );
    },
  };
}

/** Of the records and their lines: the same ones packed otherwise, or with other blanks between them, are the same body. */
async function fingerprintOf(records: readonly BodyRecord[]): Promise<string> {
  const hash = createHash('sha256');
  let sliceEnd = performance.now() + SLICE_MS;
  for (const { line, bytes } of records) {
    const record = withoutBlanks(bytes);
    hash.update(`${line}:${record.length}:`).update(record);
    if (performance.now() < sliceEnd) continue;
    await giveBack();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return hash.digest('base64');
}
