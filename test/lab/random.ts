/**
 * A seeded source of chance: sfc32 (Chris Doty-Humphrey, PractRand), seeded by text. Same seed, same numbers, on every
 * machine. `fork` gives an independent stream, so that a change in one part of a world leaves the others as they were.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private readonly seed: string;

  constructor(seed: string) {
    this.seed = seed;
    this.a = hashText(seed, 0x9e3779b9);
    this.b = hashText(seed, 0x243f6a88);
    this.c = hashText(seed, 0xb7e15162);
    this.d = 1;
    for (let i = 0; i < 15; i++) this.next();
  }

  /** An independent stream of the same world. */
  fork(label: string): Random {
    return new Random(`${this.seed}/${label}`);
  }

  /** Uniform in [0, 1). */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return (t >>> 0) / 4_294_967_296;
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Uniform in the logarithm: every factor of ten is as likely as the next. */
  logBetween(low: number, high: number): number {
    return low * (high / low) ** this.next();
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  lognormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  weighted<T>(pairs: readonly (readonly [T, number])[]): T {
    let total = 0;
    for (const pair of pairs) total += pair[1];
    let x = this.next() * total;
    for (const pair of pairs) {
      x -= pair[1];
      if (x < 0) return pair[0];
    }
    return (pairs[pairs.length - 1] as readonly [T, number])[0];
  }

  /** A rank in [0, n) by Zipf's law with exponent 1: few things are asked for often, most hardly ever. */
  zipf(n: number): number {
    return Math.min(n - 1, Math.floor((n + 1) ** this.next()) - 1);
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    return (this.next() * 4_294_967_296) >>> 0;
  }
}

/** FNV-1a with a final mix: text to an unsigned 32-bit number. */
export function hashText(text: string, salt = 0): number {
  let h = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h, salt);
}

/** Two 32-bit numbers to one, well mixed (the finaliser of MurmurHash3). */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** Eight hexadecimal digits. */
export function hex8(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0');
}
