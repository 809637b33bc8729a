import type { Plan } from './plan.ts';
import { hashText, type Random } from './random.ts';
import type { Caller, Proof } from './site.ts';

/** Middle of each country, degrees; towns lie around it. */
const CENTRES: Readonly<Record<string, readonly [number, number]>> = {
  US: [39, -98],
  GB: [53, -1.5],
  DE: [51, 10],
  FR: [47, 2],
  NL: [52, 5],
  PL: [52, 19],
  ES: [40, -4],
  IT: [43, 12],
  BR: [-10, -52],
  IN: [22, 79],
  ID: [-2, 118],
  VN: [16, 107],
  TR: [39, 35],
  UA: [49, 31],
  MX: [23, -102],
  JP: [36, 138],
  CA: [56, -106],
};
/** What a scoring firewall with the OWASP Core Rule Set would see in a request. */
const ATTACK_TEXT =
  /%27|%3C|%3B|%3D%27|\.\.%2F|%24%7B|%7B%7B|169\.254|\/\.(env|git|aws|DS_Store)|\.php|\/actuator|cgi-bin/i;

/**
 * Evidence from outside the product: GeoIP, a web application firewall, reCAPTCHA v3. How well bots do on reCAPTCHA and how
 * often the firewall errs is assumed; the levels are those that Google documents (0.1, 0.3, 0.7, 0.9) and those of the
 * Core Rule Set (a critical rule adds 5, a warning 3).
 */
export function createOutside(plan: Plan, random: Random) {
  function waf(path: string, query: string): number {
    if (!ATTACK_TEXT.test(`${path}?${query}`)) return random.chance(0.003) ? random.pick([3, 5]) : 0;
    return random.chance(0.2) ? 0 : 5 * (1 + random.int(4));
  }
  function captcha(caller: Caller): number {
    const weights =
      caller.driver === 'tool' ? [55, 25, 12, 8] : caller.driver === 'imitator' ? [20, 25, 30, 25] : [3, 7, 20, 70];
    return random.weighted([0.1, 0.3, 0.7, 0.9].map((level, i) => [level, weights[i] ?? 0] as const));
  }

  return {
    /**
     * The cause that stands beside a verified token: what its SDK saw of the device, which is the same as long as the device
     * lives. That two in five of the devices behind a farm or a stolen token show themselves, and one in 300 others speaks
     * through a proxy or is an emulator, is assumed.
     */
    causeOf(caller: Caller, { status, code }: Proof): string {
      if (plan.rooted === null || status !== 'genuine' || caller.device === '') return code;
      const lot = (hashText(`${plan.seed} ${caller.device}`) % 100_000) / 100_000;
      if (caller.driver === 'imitator')
        return lot < 0.15 ? 'rooted' : lot < 0.25 ? 'hooked' : lot < 0.35 ? 'emulator' : lot < 0.4 ? 'proxy' : code;
      const rooted =
        caller.platform === 'android' ? plan.rooted.android : caller.platform === 'ios' ? plan.rooted.ios : 0;
      return lot < rooted ? 'rooted' : lot < rooted + 0.003 ? 'proxy' : lot < rooted + 0.0033 ? 'emulator' : code;
    },
    /** More fields of an event's line, each with its comma. */
    fields(caller: Caller, path: string, query: string, isSignIn: boolean): string {
      let line = '';
      if (plan.logsLocation) {
        const [lat, lon] = CENTRES[caller.country] ?? [0, 0];
        // A /24 is in one town.
        const h = hashText(caller.address.split(/[.:]/).slice(0, 3).join('.'));
        line += `,"geo.location.lat":${(lat + (h % 601) / 200 - 1.5).toFixed(2)}`;
        line += `,"geo.location.lon":${(lon + ((h >>> 10) % 601) / 200 - 1.5).toFixed(2)}`;
      }
      if (plan.logsWaf) line += `,"waf.score":${waf(path, query)}`;
      if (plan.logsCaptcha && isSignIn && caller.platform === 'web') line += `,"captcha.score":${captcha(caller)}`;
      return line;
    },
  };
}
