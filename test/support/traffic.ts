import type { EventInput } from './engine.ts';

/** A small seeded generator (mulberry32): tests only need that the same seed gives the same traffic. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A shop's traffic in time order: users with devices and genuine tokens, and from a third of the span on one address
 * that tries one account after another.
 * @param startMs epoch milliseconds of the first second.
 */
export function shopTraffic(seed: number, startMs: number, seconds: number): EventInput[] {
  const next = random(seed);
  const events: EventInput[] = [];
  for (let second = 0; second < seconds; second++) {
    const at = startMs + second * 1000;
    const inSecond: EventInput[] = [];
    const n = Math.floor(next() * 5);
    for (let i = 0; i < n; i++) {
      const user = Math.floor(next() * 12);
      inSecond.push({
        time: at + Math.floor(next() * 1000),
        'client.address': user < 4 ? '198.51.100.7' : `203.0.113.${user}`,
        'http.request.method': next() < 0.8 ? 'GET' : 'POST',
        'url.path': `/v1/orders/${Math.floor(next() * 40)}`,
        'http.response.status_code': next() < 0.05 ? 404 : 200,
        'http.response.size': Math.floor(next() * 20_000),
        'user.id': `user-${user}`,
        'device.id': `device-${user}`,
        'user_agent.original': 'Shop/3.1 (Android 16)',
        'attestation.status': next() < 0.98 ? 'genuine' : 'missing',
      });
    }
    if (second > seconds / 3 && second < (2 * seconds) / 3) {
      for (let i = 0; i < 3; i++)
        inSecond.push({
          time: at + Math.floor(next() * 1000),
          'client.address': '192.0.2.66',
          'http.request.method': 'POST',
          'url.path': '/v1/auth/login',
          'http.response.status_code': 401,
          'login.subject': `name-${Math.floor(next() * 500)}`,
          'user_agent.original': 'python-requests/2.32',
          'attestation.status': 'none',
        });
    }
    inSecond.sort((a, b) => a.time - b.time);
    events.push(...inSecond);
  }
  return events;
}
