import { mix, type Random } from './random.ts';

/** Where a request comes from, as a gateway with a GeoIP table sees it. */
export interface Origin {
  address: string;
  country: string;
  asn: number;
}

interface Provider {
  asn: number;
  country: string;
  prefixes: number[];
  v6: string;
  /** Days after which homes get another address; Infinity for stable ones. */
  renumberDays: number;
}

const FIRST_OCTETS = [2, 5, 24, 31, 37, 46, 62, 67, 71, 77, 78, 79, 80, 82, 84, 86, 87, 88, 89, 90, 91, 93, 94, 95, 98];
const MORE_OCTETS = [109, 176, 178, 185, 188, 193, 194, 195, 201, 212, 213, 217];
const COUNTRIES = [
  'US',
  'GB',
  'DE',
  'FR',
  'NL',
  'PL',
  'ES',
  'IT',
  'BR',
  'IN',
  'ID',
  'VN',
  'TR',
  'UA',
  'MX',
  'JP',
  'CA',
];
const HOSTING_ASNS = [16509, 14061, 24940, 16276, 20473, 63949, 8075, 396982];
const DAY = 86_400_000;

/** The internet of one world: access providers, carriers behind NAT, offices, hosting, and proxies in people's homes. */
export function createNetworks(random: Random, users: number) {
  const home = random.pick(COUNTRIES.slice(0, 10));
  const foreign = COUNTRIES.filter((country) => country !== home);
  const makeProvider = (country: string): Provider => ({
    asn: 1_000 + random.int(398_000),
    country,
    prefixes: Array.from({ length: 2 + random.int(5) }, () => prefix()),
    v6: `2a${(random.int(16) + 0).toString(16).padStart(2, '0')}:${(1 + random.int(65_000)).toString(16)}`,
    renumberDays: random.weighted([
      [1, 0.25], // forced daily reconnects, as with some European providers (Padmanabhan et al., IMC 2016)
      [14, 0.25],
      [Number.POSITIVE_INFINITY, 0.5],
    ]),
  });
  function prefix(): number {
    const first = random.pick(random.chance(0.7) ? FIRST_OCTETS : MORE_OCTETS);
    return first * 256 + random.int(256);
  }
  const domestic = Array.from({ length: 4 + random.int(6) }, () => makeProvider(home));
  const abroad = Array.from({ length: 24 }, () => makeProvider(random.pick(foreign)));
  const hosting = HOSTING_ASNS.map((asn) => ({ ...makeProvider(random.pick([home, 'US', 'US', 'DE', 'NL'])), asn }));

  // Carrier-grade NAT: tens to hundreds of subscribers share an address (Richter et al., IMC 2016, report such ratios).
  const perAddress = random.logBetween(4, 600);
  const carriers = Array.from({ length: 2 + random.int(3) }, () => {
    const provider = makeProvider(home);
    return { ...provider, addresses: Math.max(1, Math.round((users * 0.4) / perAddress / 3)), salt: random.word() };
  });
  const offices: Origin[] = Array.from({ length: Math.max(3, Math.round(users / 60)) }, () =>
    v4(random.pick(domestic), random.word()),
  );
  const salt = random.word();
  const domesticShare = random.between(0.6, 0.95);

  function v4(provider: Provider, h: number): Origin {
    const p = provider.prefixes[h % provider.prefixes.length] as number;
    const host = mix(h, provider.asn);
    return {
      address: `${p >> 8}.${p & 255}.${(host >>> 8) & 255}.${1 + ((host & 255) % 254)}`,
      country: provider.country,
      asn: provider.asn,
    };
  }
  function v6(provider: Provider, h: number, suffix: number): Origin {
    const net = `${provider.v6}:${(h & 0xffff).toString(16)}:${((h >>> 16) & 0xffff).toString(16)}`;
    const host = mix(suffix, h);
    return {
      address: `${net}:${(0x1000 | (host & 0xefff)).toString(16)}:${(host >>> 16).toString(16)}:${(suffix & 0xffff).toString(16)}:${(0x100 + (h & 0xff)).toString(16)}`,
      country: provider.country,
      asn: provider.asn,
    };
  }
  const providerOf = (h: number): Provider => {
    const list = (h % 1000) / 1000 < domesticShare ? domestic : abroad;
    return list[mix(h, 5) % list.length] as Provider;
  };

  return {
    home,
    officeCount: offices.length,
    /** The line at someone's home; four in ten have IPv6 (Google's public IPv6 statistics show such a share). */
    house(person: number, now: number): Origin {
      const h = mix(salt, person);
      const provider = providerOf(h);
      const turn = Number.isFinite(provider.renumberDays) ? Math.floor(now / DAY / provider.renumberDays) : 0;
      const line = mix(h, turn);
      // A privacy address changes daily within the /64 (RFC 8981).
      return (h >>> 8) % 10 < 4 ? v6(provider, line, Math.floor(now / DAY)) : v4(provider, line);
    },
    /** A phone on its carrier: another of the shared addresses every few hours. */
    carrier(person: number, now: number): Origin {
      const h = mix(salt ^ 3, person);
      const carrier = carriers[h % carriers.length] as (typeof carriers)[number];
      const slot = mix(h, Math.floor(now / 14_400_000)) % carrier.addresses;
      return v4(carrier, mix(carrier.salt, slot));
    },
    office(index: number): Origin {
      return offices[index % offices.length] as Origin;
    },
    /** Hotel or roaming abroad. */
    abroad(person: number): Origin {
      return v4(abroad[mix(person, 11) % abroad.length] as Provider, mix(salt ^ 9, person));
    },
    /** An exit of a commercial VPN: a rented server here or abroad that its customers share. */
    vpn(exit: number): Origin {
      const h = mix(salt ^ 17, exit % 24);
      return v4(hosting[h % hosting.length] as Provider, h);
    },
    /** A rented server. */
    server(h: number): Origin {
      return v4(hosting[h % hosting.length] as Provider, h);
    },
    /** Another server of the same renter: same provider, mostly the same /24 neighbourhood. */
    serverOf(renter: number, index: number): Origin {
      const provider = hosting[renter % hosting.length] as Provider;
      return v4(provider, mix(renter, index));
    },
    /** An exit of a residential proxy network: someone's home line or phone, here or abroad (Mi et al., S&P 2019). */
    proxy(h: number, now: number): Origin {
      const person = mix(h, 77);
      // A carrier has far more addresses than this API's users sit behind: one exit in eight shares one with them.
      if ((h % 1000) / 1000 < 0.2) {
        const carrier = carriers[person % carriers.length] as (typeof carriers)[number];
        return v4(carrier, mix(carrier.salt, mix(person, 3) % (carrier.addresses * 8)));
      }
      // Proxy networks sell exits by country: about as many abroad as this API's own users.
      if ((h % 1000) / 1000 < 0.2 + 0.8 * (1 - domesticShare))
        return v4(abroad[mix(person, 11) % abroad.length] as Provider, mix(salt ^ 13, person));
      return this.house(person, now);
    },
  };
}
export type Networks = ReturnType<typeof createNetworks>;
