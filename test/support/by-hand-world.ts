import type { WorldEvent } from './by-hand-events.ts';
import { random } from './traffic.ts';

export const START = 1_795_500_000_000 - (1_795_500_000_000 % 3_600_000);
export const HOUR = 3_600_000;
export const HOURS = 5;
const PHONES = 60;
const APP = 'Shop/3.1 (Android 16)';
const ROUTES = ['/v1/items', '/v1/items/{id}', '/v1/basket', '/v1/orders/{id}', '/v1/search'];

/** One phone is rooted, and into the one that is taken over somebody hooks. */
function signalOf(phone: number, loud: boolean): Pick<WorldEvent, 'signal'> {
  return loud ? { signal: 'hooked' } : phone === 11 ? { signal: 'rooted' } : {};
}

/** Five hours of a small shop, each time the same: phones, of which one is taken over, an office, a hall, a password guesser. */
export function smallShop(): WorldEvent[] {
  const next = random(11);
  const below = (n: number) => Math.floor(next() * n);
  const events: WorldEvent[] = [];
  /** A look around, within a minute. */
  const read = (at: number): Pick<WorldEvent, 'time' | 'method' | 'route' | 'status' | 'kib'> => ({
    time: at + below(60_000),
    method: 'GET',
    route: ROUTES[below(3)] ?? '',
    status: 200,
    kib: below(9),
  });
  for (let hour = 0; hour < HOURS; hour++) {
    const from = START + hour * HOUR;
    for (let phone = 0; phone < PHONES; phone++) {
      let at = from + below(3_000_000);
      // One phone in the last hour is taken over: fast, everywhere, by the clock, and from one object to the next.
      const loud = phone === 7 && hour === HOURS - 1;
      const visits = loud ? 60 : 2 + below(4);
      for (let visit = 0; visit < visits; visit++) {
        const route = ROUTES[loud ? visit % 5 : below(5)] ?? '';
        const write = !loud && next() < 0.1;
        events.push({
          time: at,
          method: write ? 'POST' : 'GET',
          route: write ? '/v1/basket' : route,
          ...(!write && route.includes('{id}') ? { object: String(1000 + (loud ? visit : below(400))) } : {}),
          status: next() < 0.04 ? 404 : loud && visit % 3 === 0 ? 403 : 200,
          ip: `100.64.${phone}.7`,
          user: `user-${phone}`,
          device: `phone-${phone}`,
          agent: APP,
          asn: 64_500 + (phone % 3),
          ja4: phone % 9 === 0 ? 't13d1517h2_b' : 't13d1516h2_a',
          ...(next() < 0.03 ? { attestation: 'missing' } : { attestation: 'genuine', ...signalOf(phone, loud) }),
          // A firewall takes it for an attack.
          waf: loud ? 12 : 0,
          kib: below(30),
        });
        at += loud ? 2000 : 5000 + below(60_000);
      }
    }
    // An office of eight behind one address, who cannot attest, on a partner's key.
    for (let visit = 0; visit < 24; visit++) {
      events.push({
        ...read(from + 200_000 + visit * 91_000),
        ip: '198.51.100.20',
        user: `clerk-${visit % 8}`,
        client: 'partner-7',
        agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0',
        asn: 64_700,
      });
    }
    // A hall of nine behind one address and on one key, of whom the log says nothing but their user agents.
    for (let visit = 0; visit < 27; visit++) {
      events.push({
        ...read(from + 300_000 + visit * 95_000),
        ip: '198.51.100.40',
        client: 'kiosk-3',
        agent: `Mozilla/5.0 (X11; Linux x86_64) Firefox/${130 + (visit % 9)}.0`,
        asn: 64_800,
      });
    }
    // Credential stuffing at the beginning and at the end.
    if (hour === 0 || hour === HOURS - 1) {
      for (let attempt = 0; attempt < 70; attempt++) {
        events.push({
          time: from + (hour === 0 ? 1_500_000 : 2_500_000) + attempt * 9000 + below(4000),
          method: 'POST',
          route: '/v1/login',
          signin: true,
          status: attempt % 20 === 7 ? 200 : 401,
          ip: '192.0.2.66',
          subject: `name-${below(50)}`,
          // Turns its agent with every attempt, which makes no crowd of it: it does nothing but sign in.
          agent: `Go-http-client/1.${attempt % 7}`,
          asn: 64_999,
        });
      }
    }
  }
  // An id stands wherever the template has one.
  return events
    .map((event) => (event.route.includes('{id}') ? { object: '1', ...event } : event))
    .sort((a, b) => a.time - b.time);
}
