import { createHash } from 'node:crypto';

/** A share in [0, 1) of a text under a key: the same for ever, unforeseeable without the key. */
export type KeyedShare = (text: string) => number;

/**
 * SipHash-1-3 in its 32-bit form (HalfSipHash). A decision cannot afford an HMAC for each request, and a share of
 * callers needs no more than this: who does not know the key cannot choose an identity that falls into it.
 * @param key any text; hashed to the 64 bits that the function takes.
 */
export function createKeyedShare(key: string): KeyedShare {
  const digest = createHash('sha256').update(key).digest();
  const k0 = digest.readInt32LE(0);
  const k1 = digest.readInt32LE(4);

  return (text) => {
    let v0 = k0;
    let v1 = k1;
    let v2 = 0x6c796765 ^ k0;
    let v3 = 0x74656462 ^ k1;

    function round(): void {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }

    // Two UTF-16 units make a word.
    for (let i = 0; i + 1 < text.length; i += 2) {
      const word = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
      v3 ^= word;
      round();
      v0 ^= word;
    }
    const tail = (text.length << 24) | (text.length % 2 === 1 ? text.charCodeAt(text.length - 1) : 0);
    v3 ^= tail;
    round();
    v0 ^= tail;
    v2 ^= 0xff;
    round();
    round();
    round();
    return ((v1 ^ v3) >>> 0) / 4_294_967_296;
  };
}
