import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { KafkaSettings } from '../../schemas/settings.ts';
import { createIngest, type Ingest } from '../../services/ingest/main.ts';
import { createAccess } from '../../shared/access.ts';
import { type ClickHouse, type ClickHouseTarget, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { createHealth, type Health } from '../../shared/health.ts';
import { createHttpApp } from '../../shared/http.ts';
import { createLogger } from '../../shared/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics.ts';
import type { PolicyView } from '../../shared/policy.ts';

export const GATEWAY_KEY = 'a-gateway-key-for-tests';
export const ADMIN_TOKEN = 'an-admin-token-for-tests';

/** Ingest as a process composes it, in this process. */
export interface IngestUnderTest {
  ingest: Ingest;
  app: FastifyInstance;
  health: Health;
  metrics: Metrics;
  /** A lane to look with. */
  lane: ClickHouse;
  close(): Promise<void>;
}

const NO_POLICY = (): PolicyView => ({
  scopeOf: () => '',
  platformOf: () => ({ platform: '', canAttest: null, issuer: null }),
});

/** Opens ingest on a folder; on the same folder again it is the next process after the one that was closed. */
export async function openIngest(
  folder: string,
  kafka: KafkaSettings | null = null,
  more: {
    target?: ClickHouseTarget;
    clock?: Clock;
    scopes?: () => PolicyView;
    trustedHops?: number;
    logZone?: string;
    /** In the place of each lane that ingest opens. */
    lane?: (lane: ClickHouse) => ClickHouse;
  } = {},
): Promise<IngestUnderTest> {
  const { clock = systemClock, scopes = NO_POLICY, trustedHops = 0, logZone = 'UTC' } = more;
  const target = more.target ?? { kind: 'embedded', path: join(folder, 'clickhouse') };
  const log = createLogger('silent');
  const lanes: ClickHouse[] = [];
  const open = () => {
    const lane = openLane(target, 'bonafide');
    lanes.push(lane);
    return lane;
  };
  const lane = open();
  await migrate(lane, { retentionDays: 30, ttl: true });
  const health = createHealth(['ingest']);
  const metrics = createMetrics();
  const access = createAccess({ gatewayKeys: [{ name: 'shop', secret: GATEWAY_KEY }], adminToken: ADMIN_TOKEN });
  const app = createHttpApp({ log, health, metrics, access, tls: null, version: 'test' });
  const ingest = await createIngest({
    kafka,
    folder,
    openLane: () => (more.lane ?? ((each) => each))(open()),
    scopes,
    pseudonymKey: null,
    trustedHops,
    logZone,
    clock,
    health,
    metrics,
    log,
  });
  ingest.register(app, access);
  ingest.start();
  return {
    ingest,
    app,
    health,
    metrics,
    lane,
    async close() {
      await app.close();
      await ingest.stop();
      await Promise.all(lanes.map((each) => each.close()));
    },
  };
}
