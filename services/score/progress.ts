import type { ClickHouse } from '../../shared/clickhouse/client.ts';

/** Where an earlier scorer stopped. */
export interface Recovered {
  /** The last published step, epoch seconds; 0 when there is none. */
  step: number;
  /** Rows inserted up to here (epoch ms) are in it. */
  insertedUntil: number;
  /** From when the newest curves hold, epoch seconds; 0 when there are none. */
  calibratedFrom: number;
  /** From when the newest weights of attestation hold, epoch seconds; 0 when there are none. */
  weighedFrom: number;
}

export async function recover(clickhouse: ClickHouse): Promise<Recovered> {
  const [snapshot] = await clickhouse.rows<{ step: number; until: string }>(
    `SELECT toUInt32(max(step)) AS step, toString(toUnixTimestamp64Milli(max(scored_until))) AS until FROM {db}.snapshot_v1`,
  );
  const newest = async (table: 'calibration_v1' | 'attestation_evidence_v1') => {
    const [row] = await clickhouse.rows<{ start: number }>(
      `SELECT toUInt32(max(valid_from)) AS start FROM {db}.${table}`,
    );
    return row?.start ?? 0;
  };
  return {
    step: snapshot?.step ?? 0,
    insertedUntil: Number(snapshot?.until ?? 0),
    calibratedFrom: await newest('calibration_v1'),
    weighedFrom: await newest('attestation_evidence_v1'),
  };
}

/**
 * Event time up to which everything has been read, epoch seconds: the clock while all partitions are caught up, else
 * the newest event of the partition that lags most (law 10). A partition that lags writes several cuts a second; one
 * that is silent for ten has lost its broker or its worker, and must not hold the risk of all others until it is stale.
 */
export async function horizon(clickhouse: ClickHouse, nowMs: number): Promise<number> {
  const [row] = await clickhouse.rows<{ lagging: number; newest: number }>(
    `SELECT countIf(behind > 0) AS lagging, minIf(newest, behind > 0) AS newest FROM (
       SELECT argMax(behind, written_at) AS behind, argMax(newest_ms, written_at) AS newest
       FROM {db}.ingest_cuts_v1 WHERE last >= first AND written_at > now64(6) - INTERVAL 10 SECOND
       GROUP BY topic, partition)`,
  );
  const lagging = row !== undefined && row.lagging > 0 && row.newest > 0;
  return Math.floor((lagging ? Math.min(row.newest, nowMs) : nowMs) / 1000);
}

/** The hour of the first event that was scored, epoch seconds; undefined while there is none. */
export async function firstHour(clickhouse: ClickHouse): Promise<number | undefined> {
  const [row] = await clickhouse.rows<{ first: number }>(
    'SELECT toUInt32(min(hour)) AS first FROM {db}.caller_hour_v1',
  );
  return row === undefined || row.first === 0 ? undefined : row.first;
}

/** The engine's own clock, epoch ms: what it stamps on inserted rows. */
export async function engineNow(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ now: string }>('SELECT toString(toUnixTimestamp64Milli(now64(3))) AS now');
  return Number(row?.now ?? 0);
}

/**
 * How long to wait for the next step, ms. Steps are seconds of event time: it begins with the next full second, or at once
 * where one has passed since `begunMs`. A clock that was set back meanwhile costs a second at most.
 */
export function untilNextStep(begunMs: number, nowMs: number): number {
  return Math.floor(nowMs / 1000) > Math.floor(begunMs / 1000) ? 0 : 1000 - (nowMs % 1000);
}
