import type { EventRow } from '../../schemas/event-row.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import type { BlockReader } from './read-block.ts';

/** Fills in what the decision API answered where a gateway's log does not say it. Changes the rows. */
export interface DecisionJoin {
  join(rows: readonly EventRow[]): Promise<void>;
}

type Decided = Pick<
  EventRow,
  | 'request_id'
  | 'scope'
  | 'ip'
  | 'platform'
  | 'user_id'
  | 'session_id'
  | 'device_id'
  | 'api_client'
  | 'attestation_status'
  | 'attestation_code'
  | 'attestation_issuer'
  | 'attestation_token'
  | 'identity_code'
  | 'challenge_result'
> & { decision_id: string; outcome: string; would: string; n: number };

const BATCH = 5000;
/** A log line may be here before its decision is in the table; of a younger one it is waited for once, this long. */
const YOUNG_MS = 5000;
const WAIT_MS = 400;

export function createDecisionJoin(deps: { clickhouse: ClickHouse; clock: Clock; log: Logger }): DecisionJoin {
  const { clickhouse, log } = deps;

  /** One decision for one request id and address; where there are several nobody knows which one it was. */
  async function find(rows: readonly EventRow[]): Promise<Map<string, Decided>> {
    const found = new Map<string, Decided>();
    const ids = [...new Set(rows.map(({ request_id }) => request_id))];
    for (let i = 0; i < ids.length; i += BATCH) {
      const decided = await clickhouse.rows<Decided>(
        `SELECT request_id, toString(decisions.scope) AS scope, ip, toString(any(decisions.platform)) AS platform,
           any(decisions.user_id) AS user_id, any(decisions.session_id) AS session_id, any(decisions.device_id) AS device_id,
           toString(any(decisions.api_client)) AS api_client, toString(any(decisions.attestation_status)) AS attestation_status,
           toString(any(decisions.attestation_code)) AS attestation_code, toString(any(decisions.attestation_issuer)) AS attestation_issuer,
           any(decisions.attestation_token) AS attestation_token,
           toString(any(decisions.identity_code)) AS identity_code, toString(any(decisions.challenge_result)) AS challenge_result,
           any(decisions.decision_id) AS decision_id, toString(any(decisions.outcome)) AS outcome, toString(any(decisions.would)) AS would,
           uniqExact(decisions.decision_id) AS n
         FROM {db}.decisions_v1 AS decisions WHERE decisions.request_id IN {ids:Array(String)}
         GROUP BY request_id, scope, ip`,
        { params: { ids: ids.slice(i, i + BATCH) } },
      );
      for (const decision of decided) if (decision.n === 1) found.set(keyOf(decision), decision);
    }
    return found;
  }

  async function fill(rows: readonly EventRow[]): Promise<EventRow[]> {
    const found = await find(rows);
    return rows.filter((row) => {
      const decision = found.get(keyOf(row));
      if (decision === undefined) return true;
      take(row, decision);
      return false;
    });
  }

  return {
    async join(rows) {
      const open = rows.filter(({ request_id, risk_decision_id }) => request_id !== '' && risk_decision_id === '');
      if (open.length === 0) return;
      try {
        const left = await fill(open);
        const now = deps.clock.now();
        const young = left.filter(({ time }) => time > now - YOUNG_MS);
        if (young.length === 0) return;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
        await fill(young);
      } catch (error) {
        // An event without its decision is worth more than none.
        log.warn(
          { event: 'decisions_not_joined', rows: open.length, err: error },
          'events stay without their decisions',
        );
      }
    },
  };
}

const keyOf = ({ request_id, scope, ip }: Pick<EventRow, 'request_id' | 'scope' | 'ip'>) =>
  `${request_id}\0${scope}\0${ip}`;

const FIELDS = [
  'user_id',
  'session_id',
  'device_id',
  'api_client',
  'platform',
  'attestation_status',
  'attestation_code',
  'attestation_issuer',
  'attestation_token',
  'identity_code',
  'challenge_result',
] as const;

/** What the log says itself stands. */
function take(row: EventRow, decision: Decided): void {
  for (const field of FIELDS) if (row[field] === '') row[field] = decision[field];
  row.risk_decision_id = decision.decision_id;
  if (row.risk_outcome === '') row.risk_outcome = decision.outcome;
  if (row.risk_would === '') row.risk_would = decision.would;
}

/** Events as they were read, with what was decided about them. */
export function withDecisions(read: BlockReader, decisions: DecisionJoin | null): BlockReader {
  if (decisions === null) return read;
  return async (records, judgedAt, room) => {
    const block = await read(records, judgedAt, room);
    await decisions.join(block.rows);
    return block;
  };
}
