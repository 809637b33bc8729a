import { identityId } from '../../shared/identity.ts';
import type { IdentityKind, Pseudonymise } from '../../shared/pseudonym.ts';

/** Somebody whom an event names, as its gateway said it. */
export interface Named {
  kind: IdentityKind;
  said: string;
}

/** Puts pseudonyms where a text names the people of its event, or anybody by a mail address. */
export interface HidePeople {
  /** Of a path or a template: `/users/alice`, `/mail/bob%40example.com`, `/devices/d-1/state`. */
  inPath(path: string, people: readonly Named[]): string;
  /** Of the names in a query whose values are gone. */
  inQuery(query: string, people: readonly Named[]): string;
  /** Of words in any other text, as an agent's or an event id's. */
  inText(text: string, people: readonly Named[]): string;
}

const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,24}/g;
/** A shorter id stands in too many words by chance: it is told only where it is the whole part. */
const SHORTEST = 4;

export function createHidePeople(pseudonymise: Pseudonymise): HidePeople {
  const pseudonymOf = ({ kind, said }: Named) => pseudonymise(kind, identityId(said));
  const mailOf = (mail: string) => pseudonymise('user', identityId(mail));

  function whole(part: string, people: readonly Named[]): string | null {
    const lower = part.toLowerCase();
    const named = people.find(({ said }) => said.toLowerCase() === lower);
    return named === undefined ? null : pseudonymOf(named);
  }

  function inText(text: string, people: readonly Named[]): string {
    if (text === '') return text;
    let hidden = text.includes('@') ? text.replace(EMAIL, mailOf) : text;
    for (const named of people) {
      if (named.said.length < SHORTEST || !hidden.toLowerCase().includes(named.said.toLowerCase())) continue;
      hidden = hidden.replace(wordOf(named.said), () => pseudonymOf(named));
    }
    return hidden;
  }

  function inPart(part: string, people: readonly Named[]): string {
    if (part === '') return part;
    const decoded = decode(part);
    const pseudonym = whole(decoded, people);
    if (pseudonym !== null) return pseudonym;
    const hidden = inText(decoded, people);
    if (hidden === decoded) return part;
    return decoded === part ? hidden : encodeURIComponent(hidden);
  }

  const mayName = (text: string, people: readonly Named[]) =>
    people.length > 0 || text.includes('@') || text.includes('%');
  return {
    inPath: (path, people) =>
      mayName(path, people)
        ? path
            .split('/')
            .map((part) => inPart(part, people))
            .join('/')
        : path,
    inQuery: (query, people) =>
      mayName(query, people)
        ? query
            .split('&')
            .map((part) => (part.endsWith('=') ? `${inPart(part.slice(0, -1), people)}=` : inPart(part, people)))
            .join('&')
        : query,
    inText,
  };
}

/** `alice` in `/~alice.json`, not in `/malice` or `/alice-springs`. */
const wordOf = (said: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}_-])${said.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}(?![\\p{L}\\p{N}_-])`, 'giu');

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part.replaceAll('%40', '@');
  }
}
