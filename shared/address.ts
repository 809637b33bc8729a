import ipaddr from 'ipaddr.js';
import { ownText } from './own-text.ts';

/** One address in the three forms that risk is kept for. */
export interface NormalAddress {
  /** Canonical text: dotted IPv4, or RFC 5952 IPv6 without zone; IPv4-mapped IPv6 as IPv4. */
  address: string;
  /** Id of the `ip` entity: the IPv4 address, or the IPv6 /64 as `2001:db8:1:2::/64`. */
  ip: string;
  /** Id of the `net` entity: the IPv4 /24 or the IPv6 /48. */
  net: string;
}

/** Parsed addresses are few and come again and again; the cache is dropped whole when full, so it cannot grow. */
const CACHE_SIZE = 50_000;
const MAX_TEXT = 64;
const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}(?::\\d{1,5})?$`);

const cache = new Map<string, NormalAddress | null>();

/**
 * Reads an address as gateways write it: IPv4 with or without port, IPv6 with or without brackets, port and zone,
 * IPv4-mapped IPv6. Octal, hexadecimal and shortened IPv4 forms are no addresses: readers disagree on them.
 * @returns null when the text is no IP address.
 */
export function normaliseAddress(text: string): NormalAddress | null {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const normal = text.length > MAX_TEXT ? null : parse(text.trim());
  if (cache.size >= CACHE_SIZE) cache.clear();
  if (text.length <= MAX_TEXT) cache.set(ownText(text), normal);
  return normal;
}

function parse(text: string): NormalAddress | null {
  const v4 = IPV4.exec(text);
  if (v4 !== null) return fromOctets(v4[1], v4[2], v4[3], v4[4]);
  if (!text.includes(':')) return null;
  let inner = text;
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0 || !/^(?::\d{1,5})?$/.test(text.slice(end + 1))) return null;
    inner = text.slice(1, end);
  }
  const zone = inner.indexOf('%');
  if (zone >= 0) inner = inner.slice(0, zone);
  if (!/^[0-9a-fA-F:.]+$/.test(inner) || !ipaddr.IPv6.isValid(inner)) return null;
  const v6 = ipaddr.IPv6.parse(inner);
  if (v6.isIPv4MappedAddress()) {
    const [a, b, c, d] = v6.toIPv4Address().octets;
    return fromOctets(a, b, c, d);
  }
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0] = v6.parts;
  return {
    address: v6.toRFC5952String(),
    ip: `${new ipaddr.IPv6([p0, p1, p2, p3, 0, 0, 0, 0]).toRFC5952String()}/64`,
    net: `${new ipaddr.IPv6([p0, p1, p2, 0, 0, 0, 0, 0]).toRFC5952String()}/48`,
  };
}

/** Whose share an address takes where strangers are given shares: an IPv6 caller has a whole /64. `''` for no address. */
export const addressShare = (text: string): string => (text === '' ? '' : (normaliseAddress(text)?.ip ?? ''));

type Octet = string | number | undefined;
function fromOctets(a: Octet, b: Octet, c: Octet, d: Octet): NormalAddress {
  const address = `${a}.${b}.${c}.${d}`;
  return { address, ip: address, net: `${a}.${b}.${c}.0/24` };
}
