import type { EventRow } from '../../schemas/event-row.ts';
import type { Claim, Cut } from './cuts.ts';
import { isOneBlock } from './insert.ts';
import type { HeldPartitionDeps } from './kafka-partition.ts';

type ResumeDeps = Pick<HeldPartitionDeps, 'cuts' | 'topic' | 'partition' | 'progress' | 'log' | 'clock' | 'firstSince'>;

/** The TTL of the ledger. */
const CUTS_KEPT_MS = 30 * 86_400_000;

/** The clocks of a worker and of ClickHouse may differ by this. */
const SKEW_MS = 5_000;

/** What a new owner does first, and where it reads on. */
export interface Resume {
  next: number;
  /** A cut whose block must be read and inserted again, as it was cut. */
  replay: Cut | null;
  /** A cut whose rows stand: they are inserted again, so that every roll-up gets them, and are read no more. */
  complete: { cut: Cut; rows: EventRow[] } | null;
}

/**
 * A partition that ends below what was stored was either made anew, and is read from its beginning, or its broker lost
 * its end, and what is left of it was stored long ago. Messages tell: those of a new topic are younger than the last cut.
 * One that by now ends where it should does neither: the answer before was an old one, as after a change of leaders.
 */
export async function begun(
  deps: ResumeDeps,
  expected: number,
  judgedAt: number,
  { low, end }: { low: number; end: number },
): Promise<number> {
  const { log, topic, partition, progress, firstSince } = deps;
  if (end >= expected) return goOn(deps, expected, low);
  const isNew = low === end || (await firstSince(judgedAt - SKEW_MS)) <= low;
  const offset = isNew ? low : end;
  const what = isNew ? 'the topic was recreated' : 'the brokers lost its end';
  const sentence = `Partition ${partition} of ${topic} ends below offset ${expected}, which was stored: ${what}. Reading it from ${offset}.`;
  progress.recreated(sentence);
  log.error(
    { event: isNew ? 'kafka_topic_recreated' : 'kafka_end_lost', topic, partition, expected, offset },
    sentence,
  );
  return offset;
}

/**
 * From the last cut. What stands of it in the raw table is what was read then: with other routes learnt or another
 * policy since, the same messages would become other rows, and roll-ups must follow the raw table.
 */
export async function whereToResume(
  deps: ResumeDeps,
  { lastCut }: Claim,
  bounds: { low: number; end: number },
): Promise<Resume> {
  const { cuts, partition } = deps;
  const nothing = { replay: null, complete: null };
  if (lastCut === null) {
    // Cuts are kept for 30 days; a partition that was silent for longer is known by its rows.
    const stored = await cuts.storedUpTo(partition);
    if (stored === null) return { ...nothing, next: bounds.low };
    // No cut is left, so it was stored more than 30 days ago.
    const next =
      stored >= bounds.end
        ? await begun(deps, stored + 1, deps.clock.now() - CUTS_KEPT_MS, bounds)
        : goOn(deps, stored + 1, bounds.low);
    return { ...nothing, next };
  }
  const { first, last, judgedAt } = lastCut;
  const rows = await cuts.rowsOf(partition, lastCut);
  const isOpen = await cuts.withinWindow(judgedAt);
  const complete =
    rows.length > 0 && isOpen && isOneBlock(rows.map(({ time }) => time)) ? { cut: lastCut, rows } : null;
  if (bounds.end <= last) return { replay: null, complete, next: await begun(deps, last + 1, judgedAt, bounds) };
  if (complete !== null) return { replay: null, complete, next: goOn(deps, last + 1, bounds.low) };
  if (lastCut.erased === true) return { ...nothing, next: goOn(deps, last + 1, bounds.low) };
  // The window has moved on: rows of the block say that it was stored.
  if (rows.length > 0 && (!isOpen || first < bounds.low)) return { ...nothing, next: goOn(deps, last + 1, bounds.low) };
  if (first >= bounds.low) return { replay: lastCut, complete: null, next: first };
  return { ...nothing, next: goOn(deps, first, bounds.low) };
}

/** Where to read on: `wanted`, or where the broker's messages begin; those between are gone, and told. */
function goOn({ progress, log, topic, partition }: ResumeDeps, wanted: number, low: number): number {
  const lost = low - wanted;
  if (lost <= 0) return wanted;
  progress.count('kafka', 'lost', lost);
  log.error(
    { event: 'kafka_messages_expired', topic, partition, from: wanted, lost },
    `Kafka deleted ${lost} messages before they were stored: retention is shorter than the time ingest was away.`,
  );
  return low;
}
