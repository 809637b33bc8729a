import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startFloodSeed } from '../../services/ingest/flood-seed.ts';
import { giveBack } from '../../services/ingest/slices.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import { createLogger } from '../../shared/logger.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { GATEWAY_KEY, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

/** Statements that ask who was known wait until they are let go, or fail first. */
function hold() {
  let letGo = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const faults: Error[] = [];
  const lane = (inner: ClickHouse): ClickHouse => ({
    ...inner,
    async rows(sql, options) {
      if (sql.includes('FROM {db}.entity_v1')) {
        const fault = faults.shift();
        if (fault !== undefined) throw fault;
        await gone;
      }
      return inner.rows(sql, options);
    },
  });
  return { letGo, lane, faults };
}

describe('a ClickHouse that is slow to say who was known before', () => {
  const folder = temporaryFolder('flood-seed');
  let under: IngestUnderTest | undefined;
  const log = createLogger('silent');
  beforeEach(() => {
    under = undefined;
  });
  afterEach(async () => under?.close());
  afterAll(() => folder.remove());

  const post = async (minutesAgo: number) =>
    (
      await under?.app.inject({
        method: 'POST',
        url: '/v1/events',
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
        payload: JSON.stringify([{ ...madeUpEvent(1, Date.now() - minutesAgo * 60_000), 'user.id': 'ada' }]),
      })
    )?.json<unknown>();

  it('keeps neither the start, nor health, nor records waiting', async () => {
    const slow = hold();
    under = await openIngest(folder.path, null, { lane: slow.lane });
    expect(under.health.report('ingest')).toMatchObject({ ready: true, parts: { ingest: { state: 'ok' } } });
    expect(await post(5)).toMatchObject({ accepted: 1 });
    expect(await post(2)).toMatchObject({ accepted: 1 });
    slow.letGo();
  });

  it('is waited for by the first records as long as it takes a moment only, and asked again after a fault', async () => {
    under = await openIngest(folder.path);
    const slow = hold();
    slow.faults.push(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    const known: string[] = [];
    let isReady = false;
    const gate = { know: (kind: string, ids: readonly string[]) => known.push(...ids.map((id) => `${kind}:${id}`)) };
    const seed = startFloodSeed({ lane: slow.lane(under.lane), gate, log }, 60_000);
    void seed.ready.then(() => {
      isReady = true;
    });
    await until('the fault is told', () => seed.fault() !== null);
    expect(seed.fault()).toMatch(/Who was known before the start cannot be read.*away/);
    await giveBack();
    expect([isReady, known]).toEqual([false, []]);
    slow.letGo();
    await seed.ready;
    expect(known).toContain('user:ada');
    expect(seed.fault()).toBeNull();
    await seed.stop();
  });

  it('is asked again after any fault, told of once, and let be when that takes too long', async () => {
    under ??= await openIngest(folder.path);
    const broken = () => Object.assign(new Error('no such column'), { code: '47' });
    const gate = { know: () => undefined };
    const warned = vi.spyOn(log, 'warn');
    const once = hold();
    once.faults.push(broken(), broken());
    once.letGo();
    const lane = under.lane;
    const seed = startFloodSeed({ lane: once.lane(lane), gate, log }, 60_000, { retryMs: 10, giveUpMs: 60_000 });
    await seed.ready;
    expect([seed.fault(), once.faults.length]).toEqual([null, 0]);
    expect(warned).toHaveBeenCalledTimes(1);

    const ever = hold();
    ever.faults.push(...Array.from({ length: 50 }, broken));
    const never = startFloodSeed({ lane: ever.lane(lane), gate, log }, 60_000, { retryMs: 10, giveUpMs: 300 });
    await until('the fault is told', () => never.fault() !== null);
    await never.ready;
    expect(never.fault()).toBeNull();
    // Ever more rarely: 10, 20, 40, 80, 160, 320 ms.
    expect(50 - ever.faults.length).toBeLessThan(8);
    expect(warned).toHaveBeenCalledTimes(2);
    warned.mockRestore();
  });
});
