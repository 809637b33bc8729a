import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../services/ingest/erase-names.ts';

/** The engine's expressions and these agree on what is used of them. */
const finds = (name: string, text: string) => new RegExp(wordsOf([name]).replace('(?i)', ''), 'i').test(text);
const hex = (text: string, before: string) =>
  [...Buffer.from(text, 'utf8')].map((byte) => `${before}${byte.toString(16).padStart(2, '0')}`).join('');

describe('a name that is looked for in samples', () => {
  it.each(['alice', 'José', 'CORP\\alice', 'a b', 'o.o+o'])(
    '%s is found however it is escaped, in whole or in part',
    (name) => {
      for (const said of [name, name.toUpperCase(), name.toLowerCase()]) {
        const forms = [
          said,
          encodeURIComponent(said),
          encodeURIComponent(encodeURIComponent(said)),
          hex(said, '%'),
          hex(said, '%25'),
          hex(said, '%').toUpperCase(),
          hex(said, '\\x'),
          hex(said, '#'),
          JSON.stringify(said).slice(1, -1),
          [...said].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
          hex(said.slice(0, 1), '%') + encodeURIComponent(said.slice(1)),
        ];
        for (const form of forms)
          for (const text of [form, `/users/${form}/x`, `"${form}"`, `a%2F${form}&b`, `\\n${form}\\n`, `#22${form}#22`])
            expect([text, finds(name, text)]).toEqual([text, true]);
      }
    },
  );

  it.each(['malice', '%6dalice', '%6Dalice', '\\u006dalice', '\\x6dalice', '#6dalice', '_alice', '%5falice', 'alices'])(
    'is not a part of %s',
    (text) => expect(finds('alice', text)).toBe(false),
  );
});
