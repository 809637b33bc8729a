/**
 * SipHash-2-4 with the zero key over UTF-8, as ClickHouse's `sipHash64(String)`; decimal text of the unsigned value.
 * Ids are asked for by number, so that a look-up of ten thousand of them stays a small statement free of foreign text.
 */
export function sipHash64(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  const s = new Int32Array([
    0x736f6d65, 0x70736575, 0x646f7261, 0x6e646f6d, 0x6c796765, 0x6e657261, 0x74656462, 0x79746573,
  ]);
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) absorb(s, bytes.readInt32LE(at + 4), bytes.readInt32LE(at));
  let high = (bytes.length & 0xff) << 24;
  let low = 0;
  for (let i = bytes.length - 1; i >= whole; i--) {
    const shift = i - whole;
    if (shift >= 4) high |= (bytes[i] ?? 0) << ((shift - 4) * 8);
    else low |= (bytes[i] ?? 0) << (shift * 8);
  }
  absorb(s, high, low);
  s[5] = at(s, 5) ^ 0xff;
  for (let i = 0; i < 4; i++) round(s);
  const h = (at(s, 0) ^ at(s, 2) ^ at(s, 4) ^ at(s, 6)) >>> 0;
  const l = (at(s, 1) ^ at(s, 3) ^ at(s, 5) ^ at(s, 7)) >>> 0;
  return ((BigInt(h) << 32n) | BigInt(l)).toString();
}

/** The state: four words of 64 bits, each as its high and low half. */
const at = (s: Int32Array, i: number): number => s[i] ?? 0;

function absorb(s: Int32Array, high: number, low: number): void {
  s[6] = at(s, 6) ^ high;
  s[7] = at(s, 7) ^ low;
  round(s);
  round(s);
  s[0] = at(s, 0) ^ high;
  s[1] = at(s, 1) ^ low;
}

function round(s: Int32Array): void {
  add(s, 0, 2);
  add(s, 4, 6);
  rotate(s, 2, 13);
  rotate(s, 6, 16);
  xor(s, 2, 0);
  xor(s, 6, 4);
  rotate(s, 0, 32);
  add(s, 4, 2);
  add(s, 0, 6);
  rotate(s, 2, 17);
  rotate(s, 6, 21);
  xor(s, 2, 4);
  xor(s, 6, 0);
  rotate(s, 4, 32);
}

function add(s: Int32Array, to: number, from: number): void {
  const low = (at(s, to + 1) >>> 0) + (at(s, from + 1) >>> 0);
  s[to] = at(s, to) + at(s, from) + (low > 0xffffffff ? 1 : 0);
  s[to + 1] = low;
}

function xor(s: Int32Array, to: number, from: number): void {
  s[to] = at(s, to) ^ at(s, from);
  s[to + 1] = at(s, to + 1) ^ at(s, from + 1);
}

function rotate(s: Int32Array, word: number, by: number): void {
  const high = at(s, word);
  const low = at(s, word + 1);
  if (by === 32) {
    s[word] = low;
    s[word + 1] = high;
    return;
  }
  s[word] = (high << by) | (low >>> (32 - by));
  s[word + 1] = (low << by) | (high >>> (32 - by));
}
