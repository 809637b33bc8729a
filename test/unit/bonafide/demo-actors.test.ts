import { describe, expect, it } from 'vitest';
import { appUser, scraper, stuffer } from '../../../services/bonafide/demo-actors.ts';

const take = (actor: ReturnType<typeof stuffer>, n: number) => Array.from({ length: n }, () => actor.next());

describe('the made-up shop of the demo', () => {
  it('has genuine users who are slow, sign in as themselves and hold a device', () => {
    const steps = take(appUser(3, '198.18.3.13', 'app user'), 200);
    expect(new Set(steps.map(({ request }) => request.caller.device)).size).toBe(1);
    expect(new Set(steps.map(({ request }) => request.subject))).toEqual(new Set(['user-3', '']));
    const totalMs = steps.reduce((sum, { afterMs }) => sum + afterMs, 0);
    expect(200 / (totalMs / 60_000)).toBeLessThan(30);
    const failed = steps.filter(({ request }) => request.status === 401).length;
    expect(failed).toBeLessThan(20);
  });

  it('has an attacker who tries another account each time and has no app', () => {
    const steps = take(stuffer('203.0.10.17'), 300);
    expect(new Set(steps.map(({ request }) => request.subject)).size).toBeGreaterThan(290);
    expect(steps.filter(({ request }) => request.status === 401).length).toBeGreaterThan(280);
    expect(steps.every(({ request }) => request.caller.device === '')).toBe(true);
  });

  it('has a scraper that walks the catalogue in order', () => {
    const paths = take(scraper('198.51.10.66'), 3).map(({ request }) => request.path);
    expect(paths).toEqual(['/v1/products/1', '/v1/products/2', '/v1/products/3']);
  });
});
