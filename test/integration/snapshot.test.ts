import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSnapshot } from '../../services/decide/snapshot.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { manualClock } from '../../shared/clock.ts';
import { createHealth } from '../../shared/health.ts';
import { createLogger, type Logger } from '../../shared/logger.ts';
import { createMetrics } from '../../shared/metrics.ts';
import { temporaryFolder } from '../support/process.ts';
import { insertRisk, publishStep } from '../support/risk-rows.ts';

const folder = temporaryFolder('snapshot');
const START = 1_768_478_400;
let clickhouse: ClickHouse;

beforeAll(async () => {
  clickhouse = openLane({ kind: 'embedded', path: folder.path }, 'bonafide');
  await migrate(clickhouse, { retentionDays: 30, ttl: false });
});
afterAll(async () => {
  await clickhouse.close();
  folder.remove();
});

function open(lane: ClickHouse = clickhouse, log: Logger = createLogger('silent')) {
  const health = createHealth(['decide']);
  const clock = manualClock((START + 10) * 1000);
  const snapshot = createSnapshot({
    clickhouse: lane,
    clock,
    health,
    metrics: createMetrics(),
    log,
  });
  return { snapshot, health, clock };
}

describe('the snapshot', () => {
  it('is not ready before it is loaded, then holds every entity of the newest whole step', async () => {
    const rows = Array.from({ length: 25_000 }, (_, i) => ({
      kind: 'ip' as const,
      id: `10.0.${i >> 8}.${i & 255}`,
      score: 1 + (i % 40),
    }));
    await insertRisk(clickhouse, START, rows);
    await publishStep(clickhouse, START);
    // A step that is being written: nobody may see it.
    await insertRisk(clickhouse, START + 1, [
      { kind: 'ip', id: '10.0.0.5', score: 99 },
      { kind: 'ip', id: '192.0.2.200', score: 99 },
    ]);
    const { snapshot, health } = open();
    expect(health.report().ready).toBe(false);
    await snapshot.load();
    expect(health.report().ready).toBe(true);
    expect(snapshot.size()).toBe(25_000);
    expect(snapshot.current().step).toBe(START);
    expect(snapshot.current().risk('default', 'ip', '10.0.0.5')?.score).toBe(6);
    expect(snapshot.current().risk('default', 'ip', '192.0.2.200')).toBeUndefined();
    expect(snapshot.current().risk('other', 'ip', '10.0.0.5')).toBeUndefined();
  });

  it('takes over what changed, also what faded, and a view taken before stays as it was until it is asked again', async () => {
    const { snapshot } = open();
    await snapshot.load();
    await publishStep(clickhouse, START + 1);
    const gone = Array.from({ length: 2500 }, (_, i) => ({
      kind: 'ip' as const,
      id: `10.0.${i >> 8}.${i & 255}`,
      score: 0,
    }));
    await insertRisk(clickhouse, START + 2, gone);
    await insertRisk(clickhouse, START + 2, [
      { kind: 'user', id: 'mallory', score: 41.5, held: 2, reasons: [['signins:1m', 90, 4, 41.5]] },
    ]);
    await publishStep(clickhouse, START + 2);
    expect(await snapshot.refresh()).toBe(2502);
    const view = snapshot.current();
    expect(view.step).toBe(START + 2);
    expect(view.risk('default', 'ip', '10.0.0.5')).toBeUndefined();
    expect(view.risk('default', 'ip', '192.0.2.200')?.score).toBe(99);
    const mallory = view.risk('default', 'user', 'mallory');
    expect(mallory).toMatchObject({ score: 41.5, held: 2 });
    expect(mallory?.reasons).toEqual([{ feature: 'signins:1m', value: 90, usual: 4, part: 41.5 }]);
    expect(snapshot.size()).toBe(25_000 - 2500 + 2);
    expect(await snapshot.refresh()).toBe(0);
  });

  it('equals a fresh load after any refresh', async () => {
    const { snapshot: old } = open();
    await old.load();
    await insertRisk(clickhouse, START + 3, [
      { kind: 'ip', id: '10.0.40.1', score: 77 },
      { kind: 'device', id: 'd1', score: 3 },
    ]);
    await insertRisk(clickhouse, START + 4, [{ kind: 'ip', id: '10.0.40.1', score: 55 }]);
    await publishStep(clickhouse, START + 4);
    await old.refresh();
    const { snapshot: fresh } = open();
    await fresh.load();
    expect(old.size()).toBe(fresh.size());
    expect(old.current().risk('default', 'ip', '10.0.40.1')?.score).toBe(55);
    expect(fresh.current().risk('default', 'ip', '10.0.40.1')?.score).toBe(55);
  });

  it('knows since when each reason has been one, and names what peers reach by the step it holds', async () => {
    const scale = (start: number, kind: number, high: number) => [start, kind, 0.8, 0.8, ['signins:1m'], [4], [high]];
    await clickhouse.insert(
      'reference_v1',
      ['valid_from', 'kind', 'learnt', 'proven', 'terms', 'low', 'high'],
      [scale(START - 7200, 1, 9), scale(START - 7200, 2, 9), scale(START - 3600, 1, 11), scale(START + 3600, 1, 15)],
    );
    const insert = (step: number, ...names: string[]) =>
      insertRisk(clickhouse, step, [
        { kind: 'user', id: 'eve', score: 30, reasons: names.map((name) => [name, 9, 4, 10] as const) },
      ]);
    await insert(START + 4, 'writes:1m');
    const { snapshot } = open();
    await snapshot.load();
    const since = () =>
      ['writes', 'signins', 'requests'].map(
        (name) => snapshot.current().risk('default', 'user', 'eve')?.since?.(name) ?? null,
      );
    expect(since()).toEqual([START + 4, null, null]);
    expect(snapshot.current().watchedFrom).toBe(START + 4);
    // Two steps in one refresh, of one entity; then one that no longer names what the first did.
    await insert(START + 5, 'writes:10m', 'signins:1m');
    await insert(START + 6, 'signins:10m', 'writes:1m', 'requests:1m');
    await publishStep(clickhouse, START + 6);
    await snapshot.refresh();
    expect(since()).toEqual([START + 4, START + 5, START + 6]);
    await insert(START + 7, 'requests:1m');
    await insert(START + 8, 'requests:1m', 'signins:1m');
    await publishStep(clickhouse, START + 8);
    await snapshot.refresh();
    expect(since()).toEqual([null, START + 8, START + 6]);
    expect(snapshot.current().watchedFrom).toBe(START + 4);
    const scales = snapshot.current().scales;
    expect([...(scales?.keys() ?? [])]).toEqual(['user']);
    expect(scales?.get('user')).toMatchObject({ basis: 'genuine', entityHours: 400 });
    expect(scales?.get('user')?.terms.get('signins:1m')).toEqual({ low: 4, high: 11 });
  });

  it('takes its age from when the step was published', async () => {
    const { snapshot, clock } = open();
    await snapshot.load();
    expect(snapshot.current().ageMs(clock.now())).toBe((START + 10) * 1000 - (START + 8) * 1000);
  });

  it('finds the curve of the segment, else of the scope, else the shipped one', async () => {
    const insert = (scope: string, segment: string, validFrom: number, slope: number) =>
      clickhouse.insert(
        'calibration_v1',
        ['valid_from', 'scope', 'segment', 'basis', 'units', 'scores', 'decibels', 'slope'],
        [[validFrom, scope, segment, 'genuine', 1000, [0, 10], [0, 20], slope]],
      );
    await insert('default', '', START - 7200, 1);
    await insert('default', '', START - 3600, 2);
    await insert('default', 'android', START - 3600, 3);
    await insert('default', 'android', START + 3600, 4);
    const { snapshot } = open();
    await snapshot.load();
    const view = snapshot.current();
    expect(view.curve('default', 'android').slope).toBe(3);
    expect(view.curve('default', 'ios')).toMatchObject({ slope: 2, basis: 'genuine', scores: [0, 10] });
    expect(view.curve('shop', 'android').basis).toBe('shipped');
  });

  it('starts and goes on without what only the words of reasons rest on, with one warning', async () => {
    let away = true;
    const lane: ClickHouse = {
      ...clickhouse,
      rows: (sql, options) =>
        away && sql.includes('reference_v1')
          ? Promise.reject(new Error('no such column'))
          : clickhouse.rows(sql, options),
    };
    const log = createLogger('silent');
    const warned = vi.spyOn(log, 'warn');
    const { snapshot, health, clock } = open(lane, log);
    await snapshot.load();
    expect(health.report().ready).toBe(true);
    const next = async () => {
      clock.set(clock.now() + 6_000);
      await snapshot.refresh();
      return [...(snapshot.current().scales?.keys() ?? [])];
    };
    expect(await next()).toEqual([]);
    expect(warned).toHaveBeenCalledTimes(1);
    away = false;
    expect(await next()).toEqual(['user']);
    away = true;
    expect(await next()).toEqual(['user']);
    expect(warned).toHaveBeenCalledTimes(2);
  });

  /** A lane that answers statements which name a table only when it is let go. */
  function held(table: string) {
    let release: () => void = () => {};
    let reached: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let holds = false;
    const lane: ClickHouse = {
      ...clickhouse,
      rows: async (sql, options) => {
        const rows = await clickhouse.rows<never>(sql, options);
        if (holds && sql.includes(table)) {
          reached();
          await gate;
        }
        return rows;
      },
    };
    return {
      lane,
      asked,
      release,
      hold() {
        holds = true;
      },
    };
  }

  it('looks once more when a step was published while it looked', async () => {
    // Without the second that it waits for between two looks.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { lane, asked, release, hold } = held('snapshot_v1');
      const { snapshot } = open(lane);
      await snapshot.load();
      hold();
      snapshot.nudge();
      await asked;
      await insertRisk(clickhouse, START + 9, [{ kind: 'user', id: 'zoe', score: 12 }]);
      await publishStep(clickhouse, START + 9);
      snapshot.nudge();
      release();
      while (snapshot.current().step < START + 9) await nextTurn();
      await snapshot.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('holds a step before it asks for what came late to curves', async () => {
    const { lane, asked, release, hold } = held('calibration_v1');
    const { snapshot, clock } = open(lane);
    await snapshot.load();
    await insertRisk(clickhouse, START + 10, [{ kind: 'user', id: 'zoe', score: 13 }]);
    await publishStep(clickhouse, START + 10);
    clock.set(clock.now() + 6_000);
    hold();
    const refreshed = snapshot.refresh();
    await asked;
    expect(snapshot.current().risk('default', 'user', 'zoe')?.score).toBe(13);
    release();
    expect(await refreshed).toBe(1);
  });

  it('keeps the last good step while ClickHouse is away, says so, and comes back', async () => {
    let away = false;
    const lane: ClickHouse = {
      ...clickhouse,
      rows: (sql, options) =>
        away ? Promise.reject(new Error('connect ECONNREFUSED')) : clickhouse.rows(sql, options),
    };
    const { snapshot, health } = open(lane);
    await snapshot.load();
    const before = snapshot.size();
    away = true;
    await expect(snapshot.refresh()).rejects.toThrow();
    expect(snapshot.size()).toBe(before);
    expect(snapshot.current().risk('default', 'user', 'mallory')).toBeDefined();
    expect(health.report().ready).toBe(true);
    away = false;
    await expect(snapshot.refresh()).resolves.toBe(0);
  });
});
