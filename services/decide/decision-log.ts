import type { Decision } from '../../schemas/decision.ts';
import type { EntityKind } from '../../schemas/event.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { printable } from '../../shared/printable.ts';
import { createRedact } from '../../shared/redact.ts';
import { repeat } from './caller-state/repeat.ts';
import type { RequestFacts } from './question.ts';

/** Decisions on their way to `decisions_v1`, off the path of requests. */
export interface DecisionLog {
  /**
   * Never waits; drops what does not fit.
   * @param requestId the gateway's; without one nobody could join it, nor by one that has a secret in it: some gateways
   *   take over what the client sent, and events lose it.
   */
  add(requestId: string, facts: RequestFacts, decision: Decision, now: number): void;
  start(): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

const EVERY_MS = 250;
/** About 20 MB: a minute at 1,000 decisions a second while ClickHouse is away. */
const MOST = 60_000;
const BLOCK = 20_000;
const LONGEST_ID = 256;
const redact = createRedact([]);
const COLUMNS = [
  'request_id',
  'time',
  'decision_id',
  'scope',
  'platform',
  'ip',
  'user_id',
  'session_id',
  'device_id',
  'api_client',
  'attestation_status',
  'attestation_code',
  'attestation_issuer',
  'attestation_token',
  'identity_code',
  'outcome',
  'would',
  'risk',
  'challenge_result',
];

export function createDecisionLog(deps: { clickhouse: ClickHouse; metrics: Metrics; log: Logger }): DecisionLog {
  const { clickhouse, log } = deps;
  const rows = deps.metrics.counter('bonafide_decision_log_rows_total', 'Decisions for the decision log, by result');
  let waiting: unknown[][] = [];

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const block = waiting.slice(0, BLOCK);
      await clickhouse.insert('decisions_v1', COLUMNS, block);
      waiting = waiting.slice(block.length);
      rows.add(block.length, { result: 'written' });
    }
  }
  const work = repeat(EVERY_MS, write, (error) =>
    log.error({ event: 'decision_log_stuck', err: error }, 'decisions cannot be written; they wait, within bounds'),
  );

  return {
    add(requestId, facts, { decision, context }, now) {
      if (requestId === '' || requestId.length > LONGEST_ID || redact(printable(requestId)) !== requestId) return;
      if (waiting.length >= MOST) {
        rows.add(1, { result: 'dropped' });
        return;
      }
      const { attestation } = context;
      const id = (kind: EntityKind) => facts.entities.find((entity) => entity.kind === kind)?.id ?? '';
      waiting.push([
        requestId,
        now,
        context.id,
        facts.scope,
        facts.platform,
        id('ip'),
        id('user'),
        id('session'),
        id('device'),
        id('client'),
        attestation.status ?? '',
        attestation.status === null ? '' : attestation.code,
        attestation.issuer ?? '',
        facts.token?.id ?? '',
        facts.identityFault ?? '',
        decision ? 'allow' : context.outcome,
        context.outcome,
        context.risk,
        context.challenge?.result ?? '',
      ]);
    },
    start: work.start,
    async stop() {
      await work.stop();
      await write().catch((error: unknown) => {
        log.warn(
          { event: 'decision_log_lost', rows: waiting.length, err: error },
          'the last decisions were not written',
        );
      });
    },
  };
}
