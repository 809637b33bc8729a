import { hex8, mix, type Random } from './random.ts';

export const PLATFORMS = ['android', 'ios', 'web', 'desktop', 'device', 'server'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** The software that calls, as its agent and its TLS handshake show it. */
export interface Software {
  agent: string;
  ja4: string;
  version: string;
}

const ANDROID = [
  'Pixel 7',
  'Pixel 8a',
  'SM-G991B',
  'SM-A546B',
  'SM-S918B',
  '2201117TY',
  'M2101K6G',
  'CPH2451',
  'XQ-DC54',
];
const IPHONES = ['iPhone13,2', 'iPhone14,5', 'iPhone15,2', 'iPhone15,4', 'iPhone16,1', 'iPhone12,8', 'iPad13,16'];
const TOOLS = [
  'python-requests/2.31.0',
  'python-requests/2.32.3',
  'Go-http-client/2.0',
  'Go-http-client/1.1',
  'okhttp/4.12.0',
  'axios/1.7.2',
  'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
  'curl/8.5.0',
  'Java/17.0.10',
  'Apache-HttpClient/4.5.14 (Java/17.0.10)',
  'aiohttp/3.9.5',
];

/** The agents and TLS fingerprints of one world. An imitator asks this same object: its agents equal the app's. */
export function createAgents(random: Random, app: string) {
  const salt = random.word();
  // JA4 looks like this: protocol and counts, then two truncated hashes (FoxIO's JA4 specification).
  const ja4 = (name: string, head: string) => {
    const h = mix(salt & 0xff, [...name].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) | 0);
    return `${head}_${(hex8(h) + hex8(mix(h, 1))).slice(0, 12)}_${(hex8(mix(h, 2)) + hex8(mix(h, 3))).slice(0, 12)}`;
  };
  const majors = 3 + random.int(6);
  const versions = (index: number) => `${majors}.${index}.${(salt >>> (index % 8)) % 4}`;

  function browser(h: number): Software {
    const major = 138 + (h % 6);
    switch (h % 7) {
      case 0:
      case 1:
      case 2:
        return {
          agent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`,
          ja4: ja4('chrome', 't13d1516h2'),
          version: '',
        };
      case 3:
        return {
          agent: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.${h % 5} Safari/605.1.15`,
          ja4: ja4('safari', 't13d2014h2'),
          version: '',
        };
      case 4:
        return {
          agent: `Mozilla/5.0 (X11; Linux x86_64; rv:${major}.0) Gecko/20100101 Firefox/${major}.0`,
          ja4: ja4('firefox', 't13d1715h2'),
          version: '',
        };
      default:
        return {
          agent: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_${h % 6} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.${h % 6} Mobile/15E148 Safari/604.1`,
          ja4: ja4('safari', 't13d2014h2'),
          version: '',
        };
    }
  }

  return {
    app,
    /** Software of a person's `platform`; `h` fixes model and system, `release` the app's minor version. */
    software(platform: Platform, h: number, release: number): Software {
      const version = versions(release);
      switch (platform) {
        case 'android': {
          const agent = `${app}/${version} (Android ${12 + (h % 5)}; ${ANDROID[(h >>> 4) % ANDROID.length]}) okhttp/4.12.0`;
          return { agent, ja4: ja4('okhttp', 't13d1513h2'), version };
        }
        case 'ios':
          return {
            agent: `${app}/${version} (iOS 18.${h % 6}; ${IPHONES[(h >>> 4) % IPHONES.length]}) CFNetwork/1568.100.1 Darwin/24.0.0`,
            ja4: ja4('nsurl', 't13d2613h2'),
            version,
          };
        case 'desktop':
          return {
            agent: `${app}Desktop/${version} (${h % 3 ? 'Windows 11' : 'macOS 15'})`,
            ja4: ja4('electron', 't13d1516h2'),
            version,
          };
        case 'device':
          return { agent: `${app}-fw/${version}`, ja4: ja4('mbedtls', 't12d0909h1'), version };
        case 'server':
          return this.tool(h);
        case 'web':
          return browser(h);
      }
    },
    /** Honest tools: partners, monitors and lazy attackers all use them. */
    tool(h: number): Software {
      const agent = TOOLS[h % TOOLS.length] as string;
      return { agent, ja4: ja4(agent.split('/')[0] as string, 't13d1812h1'), version: '' };
    },
    crawler(index: number): Software {
      const bots = [
        'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
        'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
        'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
      ];
      return { agent: bots[index % bots.length] as string, ja4: ja4('bot', 't13d1812h2'), version: '' };
    },
    scanner(h: number): Software {
      const scanners = [
        'sqlmap/1.8.4#stable (https://sqlmap.org)',
        'Mozilla/5.0 (compatible; Nuclei - Open-source project (github.com/projectdiscovery/nuclei))',
        'Mozilla/5.0 zgrab/0.x',
        'Nikto/2.5.0',
      ];
      return h % 3 === 0
        ? { agent: scanners[(h >>> 3) % scanners.length] as string, ja4: ja4('scan', 't13d1812h1'), version: '' }
        : browser(h);
    },
  };
}
export type Agents = ReturnType<typeof createAgents>;
