import { hex8, mix, type Random } from './random.ts';

export const ID_STYLES = ['numeric', 'uuid', 'hex', 'slug', 'base62'] as const;
export type IdStyle = (typeof ID_STYLES)[number];

const WORDS = [
  'amber birch cedar delta ember fjord grove harbor iris jade karst linen maple north ocean pearl quartz river slate',
  'tulip umber velvet willow xenon yarrow zephyr alpine bronze copper dune echo flint garnet hazel ivory',
]
  .join(' ')
  .split(' ');
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Maps the index of an object to its public id. Numeric ids follow each other (what a walker counts on), others do not. */
export function createIds(style: IdStyle, salt: number): (index: number) => string {
  const base = 1_000 + (salt % 900_000);
  switch (style) {
    case 'numeric':
      return (index) => String(base + index);
    case 'uuid':
      return (index) => uuid(mix(salt, index), mix(index, salt));
    case 'hex':
      return (index) => hex8(mix(salt, index)) + hex8(mix(index, salt)) + hex8(mix(salt ^ 7, index));
    case 'slug':
      return (index) =>
        `${WORDS[mix(salt, index) % WORDS.length]}-${WORDS[mix(index, salt) % WORDS.length]}-${index.toString(36)}`;
    case 'base62':
      return (index) => {
        let text = '';
        let h = mix(salt, index);
        for (let i = 0; i < 11; i++) {
          text += DIGITS[h % 62];
          h = mix(h, i);
        }
        return text;
      };
  }
}

export function uuid(a: number, b: number): string {
  const h1 = hex8(a);
  const h2 = hex8(b);
  const h3 = hex8(mix(a, b));
  const h4 = hex8(mix(b, a));
  return `${h1}-${h2.slice(0, 4)}-4${h2.slice(5)}-a${h3.slice(1, 4)}-${h3.slice(4)}${h4}`;
}

/** A style by chance; `numeric` most often, as in public API catalogues (assumed). */
export function drawStyle(random: Random): IdStyle {
  return random.weighted([
    ['numeric', 4],
    ['uuid', 3],
    ['hex', 1.5],
    ['slug', 0.8],
    ['base62', 0.8],
  ] as const);
}
