import { createDeadLetterSink } from '../../services/ingest/dead-letter.ts';
import { createDuplicates } from '../../services/ingest/duplicates.ts';
import { createInserter } from '../../services/ingest/insert.ts';
import { createKafkaIngest, type KafkaIngest } from '../../services/ingest/kafka-source.ts';
import { createProgress, type Progress } from '../../services/ingest/progress.ts';
import type { BlockReader } from '../../services/ingest/read-block.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { systemClock } from '../../shared/clock.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { canonicalBlockReader } from './engine.ts';
import type { WorldMember } from './partition-world.ts';

/** A member of a group that reads with the real ingest into the real engine. */
export interface KafkaWorker extends WorldMember {
  ingest: KafkaIngest;
  progress: Progress;
}

/** Its partitions come with the next rebalance. @param more what it does otherwise: reads another way, or inserts through a lane with faults. */
export function startKafkaWorker(
  member: WorldMember,
  topic: string,
  clickhouse: ClickHouse,
  more: { read?: BlockReader; inserts?: ClickHouse } = {},
): KafkaWorker {
  const { read = canonicalBlockReader(), inserts = clickhouse } = more;
  const log = createLogger('silent');
  const progress = createProgress(createMetrics(), systemClock);
  const ingest = createKafkaIngest({
    settings: { brokers: ['none'], topic, group: topic, ssl: null, sasl: null },
    clickhouse,
    read,
    inserter: createInserter({ clickhouse: inserts, log }),
    duplicates: createDuplicates(clickhouse),
    deadLetters: createDeadLetterSink(clickhouse, null),
    progress,
    clock: systemClock,
    log,
    openConsumer: member.open,
  });
  return { ...member, ingest, progress };
}
