import ipaddr from 'ipaddr.js';

/** Values kept by address prefix; look-up costs one map access for each prefix length that occurs. */
export interface CidrTable<V> {
  /** @returns false when the text is neither an address nor a prefix. */
  add(text: string, value: V): boolean;
  /** All values whose prefix covers the address; [] when it is none. */
  find(address: string): V[];
  readonly size: number;
}

interface Family<V> {
  lengths: number[];
  byPrefix: Map<string, V[]>;
}

/** Reads `203.0.113.9`, `203.0.113.0/24`, `2001:db8::/48`, IPv4-mapped IPv6 as IPv4. Host bits are cut off. */
export function createCidrTable<V>(): CidrTable<V> {
  const families: Record<'ipv4' | 'ipv6', Family<V>> = {
    ipv4: { lengths: [], byPrefix: new Map() },
    ipv6: { lengths: [], byPrefix: new Map() },
  };
  let size = 0;

  return {
    add(text, value) {
      const prefix = readPrefix(text);
      if (prefix === undefined) return false;
      const family = families[prefix.kind];
      if (!family.lengths.includes(prefix.length)) family.lengths.push(prefix.length);
      const key = cut(prefix.bytes, prefix.length);
      const known = family.byPrefix.get(key);
      if (known === undefined) family.byPrefix.set(key, [value]);
      else known.push(value);
      size++;
      return true;
    },
    find(address) {
      if (size === 0) return [];
      const prefix = readPrefix(address);
      if (prefix === undefined) return [];
      const family = families[prefix.kind];
      const found: V[] = [];
      for (const length of family.lengths) {
        if (length > prefix.length) continue;
        const values = family.byPrefix.get(cut(prefix.bytes, length));
        if (values !== undefined) found.push(...values);
      }
      return found;
    },
    get size() {
      return size;
    },
  };
}

/** @returns undefined when the text is neither; `length` is that of the whole address when no prefix is given. */
function readPrefix(text: string): { kind: 'ipv4' | 'ipv6'; bytes: number[]; length: number } | undefined {
  const slash = text.indexOf('/');
  const addressText = slash < 0 ? text : text.slice(0, slash);
  if (!ipaddr.IPv6.isValid(addressText) && !ipaddr.IPv4.isValidFourPartDecimal(addressText)) return undefined;
  const parsed = ipaddr.parse(addressText);
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress();
  const address = parsed instanceof ipaddr.IPv6 && mapped ? parsed.toIPv4Address() : parsed;
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  let length = bits;
  if (slash >= 0) {
    const suffix = text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(suffix)) return undefined;
    length = Number(suffix) - (mapped ? 96 : 0);
    if (length < 0 || length > bits) return undefined;
  }
  return { kind: address.kind(), bytes: address.toByteArray(), length };
}

/** The first `length` bits as a key. */
function cut(bytes: readonly number[], length: number): string {
  const whole = length >> 3;
  const rest = length & 7;
  let key = `${length}:`;
  for (let i = 0; i < whole; i++) key += `${bytes[i]}.`;
  if (rest > 0) key += (bytes[whole] ?? 0) & (0xff << (8 - rest));
  return key;
}
