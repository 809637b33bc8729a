import type { Redact, RedactPeople } from '../../shared/redact.ts';
import { withoutEncoded } from './encoded-parts.ts';

const MAX_SAMPLE = 2048;
const HIDDEN = '[redacted:identity]';
/** The user of a line of Apache or nginx, before its time. */
const LINE_USER = /^("?(?:\S+ ){2,3}?)(?!- \[)(\S[^"[]{0,200}?)( \[)/;
const EMAIL = /[\w.+%-]{1,64}(?:@|%(?:25)?40|\\{1,8}u0040)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi;
/** What stands behind these parts of a path is mostly somebody. */
const PERSON_PATH =
  /(\/(?:users?|accounts?|profiles?|members?|people|persons?|customers?|devices?|sessions?|u)\\?\/)(?!me\b|self\b|search\b|\[)[^/?#\s"'&;\\]{1,256}/gi;
/** A shorter id stands in too many words by chance. */
const SHORTEST = 3;
const MOST = 32;

/** How people are taken out of samples: by the names of fields, and by what the record is known to say of them. */
export interface SamplePeople {
  redact: RedactPeople;
  known: readonly string[];
}

/**
 * The first 2 KiB of a record that could not be read, redacted. More is taken before the cut, so that a secret which
 * the cut would halve is still known as one.
 * @param people also take out users, sessions and devices, as far as they can be told in what could not be read; null: none.
 */
export function sampleOf(bytes: Buffer, redact: Redact, people: SamplePeople | null): string {
  // In UTF-16 every other byte is NUL, and no secret is one word.
  const start = bytes
    .subarray(0, 2 * MAX_SAMPLE)
    .toString('utf8')
    .replaceAll('\0', '');
  const readable = people === null ? redact(start) : withoutPeople(start, people);
  const text = withoutEncoded(readable, (content) => people !== null || redact(content) !== content);
  const encoded = Buffer.from(text, 'utf8');
  return encoded.length <= MAX_SAMPLE
    ? text
    : encoded
        .subarray(0, MAX_SAMPLE)
        .toString('utf8')
        .replace(/\ufffd+$/, '');
}

function withoutPeople(start: string, { redact, known }: SamplePeople): string {
  const user = LINE_USER.exec(start)?.[2];
  const { text, identities } = redact(start.replace(LINE_USER, `$1${HIDDEN}$3`));
  const all = [...known, ...identities, ...(user === undefined ? [] : [user])];
  const names = [...new Set(all.flatMap((name) => [name, inUrl(name)]))]
    .filter((name) => name.length >= SHORTEST && !/^(?:null|true|false|unknown|anonymous)$/i.test(name))
    .sort((a, b) => b.length - a.length)
    .slice(0, MOST);
  let clean = text.replace(EMAIL, HIDDEN).replace(PERSON_PATH, `$1${HIDDEN}`);
  for (const name of names) clean = withoutWord(clean, name);
  return clean;
}

function inUrl(name: string): string {
  try {
    return encodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Each place where a name stands as a word of its own, in any case. */
function withoutWord(text: string, name: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return text.replace(new RegExp(`(?<![A-Za-z0-9_[:])${escaped}(?![A-Za-z0-9_])`, 'gi'), HIDDEN);
}
