import { afterAll, describe, expect, it } from 'vitest';
import { startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('demo');
afterAll(() => folder.remove());

/** `refused of requests` of a kind in the newest line that tells it. */
function tally(output: string, kind: string): { refused: number; requests: number } {
  const last = [...output.matchAll(new RegExp(`${kind} (\\d+) of (\\d+)`, 'g'))].at(-1);
  return { refused: Number(last?.[1] ?? 0), requests: Number(last?.[2] ?? 0) };
}

describe('serve --demo', () => {
  it('shows within two minutes an attack that is refused and genuine users who are not', async () => {
    const demo = startCommand(['serve', '--demo'], {
      BONAFIDE_DATA_DIR: `${folder.path}/data`,
      BONAFIDE_PORT: String(await freePort()),
    });
    try {
      const began = performance.now();
      await demo.waitFor('an attack begins', 90_000);
      await until(
        'most of the stuffing and some of the scraping is refused',
        () => {
          const stuffing = tally(demo.stdout(), 'stuffing');
          return (
            stuffing.requests > 100 &&
            stuffing.refused > 0.5 * stuffing.requests &&
            tally(demo.stdout(), 'scraper').refused > 0
          );
        },
        { timeoutMs: 80_000, everyMs: 500 },
      );
      const tookS = (performance.now() - began) / 1000;
      process.stdout.write(`demo: the attack was refused ${tookS.toFixed(0)} s after the start\n`);
      expect(tookS).toBeLessThan(120);
      for (const kind of ['app users', 'office']) {
        const { refused, requests } = tally(demo.stdout(), kind);
        expect(requests).toBeGreaterThan(30);
        expect([kind, refused]).toEqual([kind, 0]);
      }
      expect(demo.stdout()).not.toContain('trouble');
    } finally {
      expect(await demo.stop()).toBe(0);
    }
  });
});
