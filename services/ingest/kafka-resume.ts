import type { Claim, Cut } from './cuts.ts';
import type { HeldPartitionDeps } from './kafka-partition.ts';

type ResumeDeps = Pick<HeldPartitionDeps, 'cuts' | 'topic' | 'partition' | 'progress' | 'log' | 'clock' | 'firstSince'>;

/** The TTL of the ledger. */
const CUTS_KEPT_MS = 30 * 86_400_000;

/** The clocks of a worker and of ClickHouse may differ by this. */
const SKEW_MS = 5_000;

/**
 * A partition that ends below what was stored was either made anew, and is read from its beginning, or its broker lost
 * its end, and what is left of it was stored long ago. Messages tell: those of a new topic are younger than the last cut.
 */
export async function begun(
  { log, topic, partition, progress, firstSince }: ResumeDeps,
  expected: number,
  judgedAt: number,
  { low, end }: { low: number; end: number },
): Promise<number> {
  const isNew = low === end || (await firstSince(judgedAt - SKEW_MS)) <= low;
  const offset = isNew ? low : end;
  progress.recreated();
  const what = isNew ? 'the topic was recreated' : 'the brokers lost its end';
  log.error(
    { event: isNew ? 'kafka_topic_recreated' : 'kafka_end_lost', topic, partition, expected, offset },
    `Partition ${partition} of ${topic} ends below offset ${expected}, which was stored: ${what}. Reading it from ${offset}.`,
  );
  return offset;
}

/** From the last cut: insert it again unless it is surely whole, and go on after it. */
export async function whereToResume(
  deps: ResumeDeps,
  { lastCut }: Claim,
  bounds: { low: number; end: number },
): Promise<{ next: number; replay: Cut | null; whole: boolean }> {
  const { cuts, partition } = deps;
  if (lastCut === null) {
    // Cuts are kept for 30 days; a partition that was silent for longer is known by its rows.
    const stored = await cuts.storedUpTo(partition, 0, Number.MAX_SAFE_INTEGER, 0);
    if (stored === null) return { next: bounds.low, replay: null, whole: false };
    // No cut is left, so it was stored more than 30 days ago.
    const next =
      stored >= bounds.end
        ? await begun(deps, stored + 1, deps.clock.now() - CUTS_KEPT_MS, bounds)
        : goOn(deps, stored + 1, bounds.low);
    return { next, replay: null, whole: false };
  }
  const { first, last, judgedAt } = lastCut;
  if (bounds.end <= last) return { next: await begun(deps, last + 1, judgedAt, bounds), replay: null, whole: false };
  const stored = (await cuts.storedUpTo(partition, first, last, judgedAt - SKEW_MS)) !== null;
  if (first >= bounds.low && (await cuts.withinWindow(judgedAt - SKEW_MS)))
    return { next: first, replay: lastCut, whole: stored };
  // The window has moved on, or the messages are gone: rows of the block say that it was stored.
  if (stored) return { next: goOn(deps, last + 1, bounds.low), replay: null, whole: true };
  if (first >= bounds.low) return { next: first, replay: lastCut, whole: false };
  return { next: goOn(deps, first, bounds.low), replay: null, whole: false };
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
