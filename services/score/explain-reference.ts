import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { SCORED_KINDS } from '../../shared/kinds.ts';
import { type PeerScaleRow, peerScales } from '../../shared/peer-scales.ts';
import { calibrationStart } from './calibrate.ts';
import type { ReferenceRow } from './derivation.ts';
import { learnReference, REFERENCE_COLUMNS, type ReferenceBasis } from './reference.ts';
import type { RiskQuery } from './risk-query.ts';

/** The scales that judge a second. */
export interface Reference {
  /** From when they hold, epoch seconds. */
  period: number;
  scales: readonly ReferenceRow[];
  /** What they rest on, by number of kind. */
  bases: ReadonlyMap<number, ReferenceBasis>;
}

/**
 * Puts the reference that judges a second on a scratch pad.
 * @param at the second. @param origin when the first event of this install was; both epoch seconds.
 */
export type PutReference = (scratch: ClickHouse, at: number, origin: number) => Promise<Reference>;

/** References that are remembered; while the hours before a period may still be settled, for a minute. */
const REMEMBERED = 4;
const SETTLED_S = 600;
const FRESH_S = 60;

interface StoredRow extends PeerScaleRow {
  /** Epoch seconds. */
  start: number;
  /** When it was learnt, by the engine's clock. */
  stored: string;
}

/** The newest period that began by a second: one row a kind, and that of kind 0. */
const STORED_SQL = `
SELECT toUInt32(valid_from) AS start, toString(learnt_at) AS stored, kind, learnt, proven, terms, low, high
FROM {db}.reference_v1 FINAL
WHERE valid_from = (SELECT max(valid_from) FROM {db}.reference_v1 WHERE valid_from <= fromUnixTimestamp({at:UInt32}))`;

/**
 * What was in force is what the scorer stored: its periods do not follow from the first event alone, since hours that are
 * learnt later make an install older than it was, and it may learn the same period anew. Only where it stored nothing
 * that this version can read, as for seconds before it began, scales are learnt again, which is dear: a few are remembered.
 */
export function createReferences(clickhouse: ClickHouse, clock: Clock, query: RiskQuery): PutReference {
  const remembered = new Map<string, { reference: Reference; learntAt: number }>();

  async function learnAgain(scratch: ClickHouse, period: number): Promise<Reference> {
    const now = clock.now() / 1000;
    // Whatever the scorer learnt since, it may have learnt from other hours.
    const [newest] = await clickhouse.rows<{ stored: string }>(
      'SELECT toString(max(learnt_at)) AS stored FROM {db}.reference_v1',
    );
    const key = `${period} ${newest?.stored ?? ''}`;
    const known = remembered.get(key);
    if (known !== undefined && (known.learntAt > period + SETTLED_S || now - known.learntAt < FRESH_S)) {
      await put(scratch, known.reference.scales);
      return known.reference;
    }
    const bases = await learnReference(scratch, period, query.termCount);
    const scales = await scratch.rows<ReferenceRow>('SELECT kind, learnt, proven, low, high FROM {db}.score_reference');
    const reference = { period, scales, bases };
    remembered.delete(key);
    remembered.set(key, { reference, learntAt: now });
    for (const oldest of remembered.keys()) if (remembered.size > REMEMBERED) remembered.delete(oldest);
    return reference;
  }

  return async (scratch, at, origin) => {
    const rows = await clickhouse.rows<StoredRow>(STORED_SQL, { params: { at } });
    const whole = rows.find(({ kind }) => kind === 0);
    // A kind of which nothing is learnt any more leaves the row of the time before.
    const scales = rows.filter(({ kind, stored }) => kind > 0 && stored === whole?.stored);
    const isRead = scales.every(({ terms }) => isSame(terms, query.termNames));
    if (whole === undefined || !isRead) return learnAgain(scratch, whole?.start ?? calibrationStart(at, origin));
    await put(scratch, scales);
    return { period: whole.start, scales, bases: basesOf(scales) };
  };
}

/** From 0 on: one reference judges all that is asked of a pad. */
async function put(scratch: ClickHouse, scales: readonly ReferenceRow[]): Promise<void> {
  const rows = scales.map(({ kind, learnt, proven, low, high }) => [0, kind, learnt, proven, low, high]);
  if (rows.length > 0) await scratch.insert('score_reference', [...REFERENCE_COLUMNS], rows);
}

function basesOf(rows: readonly PeerScaleRow[]): ReadonlyMap<number, ReferenceBasis> {
  return new Map([...peerScales(rows)].map(([name, scale]) => [SCORED_KINDS.indexOf(name) + 1, scale]));
}

const isSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((one, i) => one === others[i]);
