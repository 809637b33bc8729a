import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCuts, Superseded } from '../../services/ingest/cuts.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { temporaryFolder } from '../support/process.ts';

describe('claims and cuts of a partition', () => {
  const folder = temporaryFolder('cuts');
  let lane: ClickHouse;
  let topics = 0;
  beforeAll(async () => {
    lane = openLane({ kind: 'embedded', path: join(folder.path, 'clickhouse') }, 'bonafide');
    await migrate(lane, { retentionDays: 30, ttl: true });
  });
  afterAll(async () => {
    await lane.close();
    folder.remove();
  });

  /** Two workers over one ledger. */
  function workers() {
    const topic = `t${topics++}`;
    const worker = () => createCuts({ clickhouse: lane, topic, clock: systemClock });
    return [worker(), worker()] as const;
  }
  const nothing = { newestMs: 0, behind: 0 };
  const cut = (epoch: number, first: number, last: number) => ({ epoch, first, last, judgedAt });
  const judgedAt = Date.now() - 123;

  it('hands the last cut to the next owner, as it was and with the time it is judged by', async () => {
    const [a, b] = workers();
    const claim = await a.claim(0);
    expect(claim).toEqual({ partition: 0, epoch: 1, lastCut: null });
    await a.write(0, cut(1, 0, 9), nothing);
    await a.write(0, cut(1, 10, 14), nothing);
    await a.assertOurs(claim);
    expect(await b.claim(0)).toEqual({ partition: 0, epoch: 2, lastCut: cut(1, 10, 14) });
    // Partitions do not see each other.
    expect(await b.claim(1)).toMatchObject({ epoch: 1, lastCut: null });
  });

  it('stops an old owner that cut after the new one had read the cuts, and forgets that cut', async () => {
    const [old, fresh] = workers();
    const claim = await old.claim(0);
    await old.write(0, cut(1, 0, 9), nothing);
    const taken = await fresh.claim(0);
    expect(taken.lastCut).toEqual(cut(1, 0, 9));
    await old.write(0, cut(1, 10, 99), nothing);
    await expect(old.assertOurs(claim)).rejects.toBeInstanceOf(Superseded);
    await fresh.write(0, cut(2, 10, 12), nothing);
    await fresh.assertOurs(taken);
    expect((await old.claim(0)).lastCut).toEqual(cut(2, 10, 12));
  });

  it('shows the cut of an old owner to a new one when it was written before the claim', async () => {
    const [old, fresh] = workers();
    const claim = await old.claim(0);
    await old.write(0, cut(1, 0, 9), nothing);
    await old.assertOurs(claim);
    // From here on the old owner may insert: the new one inserts the same block under the same token.
    expect((await fresh.claim(0)).lastCut).toEqual(cut(1, 0, 9));
  });

  it('never gives one epoch to two that claim at once', async () => {
    const [a, b] = workers();
    const claims = await Promise.all([a.claim(0), b.claim(0), a.claim(0), b.claim(0)]);
    const highest = Math.max(...claims.map(({ epoch }) => epoch));
    expect(claims.filter(({ epoch }) => epoch === highest)).toHaveLength(1);
  });
});
