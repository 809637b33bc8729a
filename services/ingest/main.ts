import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { DeadLetterPlace, ResendAnswer } from '../../schemas/api.ts';
import type { KafkaSettings } from '../../schemas/settings.ts';
import type { Access } from '../../shared/access.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Health } from '../../shared/health.ts';
import { createKafkaProducer } from '../../shared/kafka/producer.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { PolicyView } from '../../shared/policy.ts';
import { createBodyKeys } from './body-keys.ts';
import { createDeadLetterSink } from './dead-letter.ts';
import { createDeadLetterTopic } from './dead-letter-topic.ts';
import { createDecisionJoin, withDecisions } from './decision-join.ts';
import { createDuplicates } from './duplicates.ts';
import { createErase } from './erase.ts';
import { registerEraseRoute } from './erase-route.ts';
import { createFloodGate } from './flood.ts';
import { startFloodSeed } from './flood-seed.ts';
import { createFollow, type Follow } from './follow-source.ts';
import { reportHealth } from './health.ts';
import { registerEventsRoute } from './http-source.ts';
import { registerImportRoute } from './import-source.ts';
import { createInserter } from './insert.ts';
import { createJournal } from './journal.ts';
import { createKafkaIngest } from './kafka-source.ts';
import { registerOtlpRoute } from './otlp-source.ts';
import { createPace } from './pace.ts';
import { createPatient } from './patient.ts';
import { createPositionStore } from './position-store.ts';
import { createProgress } from './progress.ts';
import { createBlockReader, readFrom } from './read-block.ts';
import { remembered } from './remembered.ts';
import { createResend } from './resend.ts';
import { createRouteLearner } from './route.ts';
import { createRouteStore, loadRoutes } from './route-store.ts';
import { createSecretNames } from './secret-names.ts';
import { createWriter } from './writer.ts';

export interface IngestDeps {
  /** null: no Kafka. */
  kafka: KafkaSettings | null;
  /** Folder of this process for blocks in flight and file positions. */
  folder: string;
  /** Opens a lane; closed by whoever opened the runtime. */
  openLane(name: string): ClickHouse;
  /** The policy in force. */
  scopes: () => PolicyView;
  pseudonymKey: string | null;
  /** The key before, while it is being replaced: what stands under it is erased too. */
  previousPseudonymKey?: string | null;
  /** Path of `BONAFIDE_CREDENTIALS`: what its headers carry is secret wherever their names stand. */
  credentialsFile?: string | null;
  /** Fill in from the decision log what a gateway's log does not say of the decision. */
  joinDecisions?: boolean;
  /** `BONAFIDE_TRUSTED_HOPS`, default 0; `BONAFIDE_LOG_ZONE`, default UTC; `BONAFIDE_RETENTION`: an import tells what is older. */
  trustedHops?: number;
  logZone?: string;
  retentionDays?: number;
  /** An OpenAPI document that names routes; absent: they are learnt. */
  openapi?: unknown;
  clock: Clock;
  health: Health;
  metrics: Metrics;
  log: Logger;
  /** Milliseconds until a killed member's partitions go to others. */
  sessionTimeoutMs?: number;
}

export interface Ingest {
  /** `POST /v1/events`, `POST /v1/logs`, `POST /api/v1/import` and `POST /api/v1/erase`. */
  register(app: FastifyInstance, access: Access): void;
  /** Reads a file beside Kafka and HTTP; `quietMs` as in {@link createFollow}. */
  follow(file: { path: string; follow: boolean; format: string; quietMs?: number }): Follow;
  /** Begins to consume Kafka. */
  start(): void;
  /** Takes no more, finishes what is in hand. */
  stop(): Promise<void>;
  status(): { caughtUp: boolean | null; lagMessages: number | null; duplicates: number };
  resend(places: readonly DeadLetterPlace[]): Promise<ResendAnswer>;
}

/** Puts ingest together; resolves once what a killed process left behind is stored. */
export async function createIngest(deps: IngestDeps): Promise<Ingest> {
  const { clock, log, health, metrics, kafka: settings } = deps;
  const progress = createProgress(metrics, clock);
  const pace = createPace({ progress, clock, metrics });
  const watched = (name: string) => pace.watch(deps.openLane(name));
  const inserts = watched('ingest');
  const patient = createPatient(watched('ingest ledger'), log);
  const hurried = createPatient(watched('ingest look-up'), log, 10_000);
  const seed = await loadRoutes(patient.clickhouse);
  const routes = createRouteLearner(deps.openapi === undefined ? { seed } : { seed, openapi: deps.openapi });
  const routeStore = createRouteStore(patient.clickhouse, routes, clock, log);
  const inserter = createInserter({ clickhouse: inserts, log });
  const producer = settings === null ? null : createKafkaProducer(settings, log);
  const copies = producer === null ? null : createDeadLetterTopic({ producer, metrics, log });
  const deadLetters = createDeadLetterSink(patient.clickhouse, copies);
  const positions = createPositionStore(join(deps.folder, 'positions'));
  const onStored = () => routeStore.store();
  const flood = createFloodGate(metrics);
  const seeding = startFloodSeed({ lane: deps.openLane('flood seed'), gate: flood, log });
  const secretNames = createSecretNames(deps.credentialsFile ?? null, log);
  const reader = (format: string, live: boolean) => {
    const { scopes, pseudonymKey, trustedHops = 0, logZone = 'UTC' } = deps;
    const rules = { format, live, scopes, pseudonymKey, secretNames, trustedHops, logZone, routes };
    return createBlockReader(live ? { ...rules, flood } : rules);
  };
  const history = remembered((format) => reader(format, false));
  const decisions =
    deps.joinDecisions === true ? createDecisionJoin({ clickhouse: deps.openLane('decisions'), clock, log }) : null;
  const live = (format: string) => withDecisions(readFrom(seeding.ready, reader(format, true)), decisions);
  const read = live('auto');

  const journal = createJournal(join(deps.folder, 'journal'), log);
  const writer = createWriter({
    clickhouse: hurried.clickhouse,
    inserter,
    duplicates: createDuplicates(hurried.clickhouse),
    deadLetters,
    journal,
    progress,
    log,
    onPosition: (position) => positions.save(position),
    onStored,
  });
  const replayed = await writer.recover();
  if (replayed > 0) log.info({ event: 'ingest_recovered', blocks: replayed }, 'blocks in flight were completed');

  const duplicates = createDuplicates(patient.clickhouse);
  const kafka =
    settings === null
      ? null
      : createKafkaIngest({
          settings,
          clickhouse: patient.clickhouse,
          read,
          inserter,
          duplicates,
          deadLetters,
          progress,
          clock,
          log,
          onStored,
          ...(deps.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: deps.sessionTimeoutMs }),
        });
  const follows: Follow[] = [];
  const paths: string[] = [];
  const resend = createResend({
    clickhouse: hurried.clickhouse,
    clock,
    kafka,
    settings,
    follows: () => paths,
    read,
    writer,
  });
  const faults = [inserter, patient, hurried, writer];
  const partial = [journal, seeding, ...(copies === null ? [] : [copies])];
  reportHealth({ health, clock, progress, pace, kafka, faults, partial, follows });

  return {
    register(app, access) {
      registerEventsRoute(app, { access, clock, read, writer, bodyKeys: createBodyKeys(hurried.clickhouse) });
      registerOtlpRoute(app, { access, clock, read, writer });
      registerImportRoute(app, { ...deps, access, readerOf: history, writer });
      registerEraseRoute(app, { access, erase: createErase({ ...deps, clickhouse: deps.openLane('erase') }) });
    },
    follow({ format, ...file }) {
      paths.push(file.path);
      const position = (path: string) => positions.load(path);
      const followed = createFollow({ ...file, read: live(format), writer, position, progress, clock, log });
      follows.push(followed);
      return followed;
    },
    start: () => kafka?.start(),
    async stop() {
      await seeding.stop();
      await Promise.all(follows.map((follow) => follow.stop()));
      await kafka?.stop();
      await writer.drain();
      copies?.stop();
      await producer?.close();
    },
    status: () => ({
      caughtUp: kafka === null ? null : kafka.caughtUp(),
      lagMessages: kafka === null ? null : progress.lagMessages(),
      duplicates: progress.duplicates(),
    }),
    resend,
  };
}
