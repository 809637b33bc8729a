import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../../services/ingest/sample.ts';
import { createRedactPeople, redact } from '../../../shared/redact.ts';
import { found, MARK } from '../../support/canaries.ts';

const LINE = JSON.stringify({ user: 'alice', authorization: `Bearer ${MARK}`, 'x-api-key': MARK, path: '/a' });
const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');
const delivery = (data: string) => JSON.stringify({ requestId: 'r-1', records: [{ data }, { data: 'aGVsbG8=' }] });
const sample = (text: string | Buffer) => sampleOf(Buffer.from(text), redact, null);
/** Whatever a reader of the sample can make of it. */
const readings = (text: string): string[] => {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)].map(([run]) => Buffer.from(run, 'base64').toString());
  return [
    text,
    text.replaceAll('\0', ''),
    ...decoded,
    ...decoded.flatMap((each) => (each === text ? [] : readings(each))),
  ];
};

describe('the sample of a record that nobody can read', () => {
  it.each([
    ['UTF-16', Buffer.from(LINE, 'utf16le')],
    ['UTF-16 of the other byte order', Buffer.from(LINE, 'utf16le').swap16()],
    ['a delivery in base64', delivery(base64(LINE))],
    ['a delivery in the base64 of URLs', delivery(Buffer.from(LINE).toString('base64url'))],
    ['a delivery in base64 in base64', delivery(base64(delivery(base64(LINE))))],
    ['base64 of UTF-16', delivery(base64(Buffer.from(LINE, 'utf16le')))],
    ['base64 that is cut off', delivery(base64(LINE)).slice(0, 120)],
    ['HTML', LINE.replaceAll('"', '&quot;')],
    ['HTML with numbers', LINE.replaceAll('"', '&#34;').replaceAll(':', '&#x3a;')],
    ['XML in a page', `&lt;password&gt;${MARK}&lt;/password&gt; &lt;a token=&apos;${MARK}&apos;&gt;`],
    ['JSON with a value of HTML', JSON.stringify({ password: `a&quot;b${MARK}` })],
  ])('has no secret of %s', (_, record) => {
    const kept = sample(record);
    expect(readings(kept).filter(found)).toEqual([]);
    expect(kept).toContain('[redacted:');
  });

  it.each([gzipSync, deflateSync])('has nothing of what is packed by %o and then in base64', (pack) => {
    const kept = sample(JSON.stringify({ awslogs: { data: base64(pack(LINE.repeat(40))) } }));
    expect(kept).toBe('{"awslogs":{"data":"[redacted:encoded]"}}');
  });

  it.each(['/', 'a/', '/a/', '/in/', 'data_', '/v1/hooks/in-'])('has no secret of base64 behind %j', (before) => {
    for (const encoded of [base64(LINE), Buffer.from(LINE).toString('base64url'), base64(gzipSync(LINE))]) {
      for (const text of [`POST ${before}${encoded} HTTP/1.1`, delivery(base64(`x ${before}${encoded}`))]) {
        const kept = sample(text);
        const runs = kept.match(/[A-Za-z0-9+/_-]{16,}/g) ?? [];
        const read = runs.flatMap((run) =>
          [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64').toString('latin1')),
        );
        expect([text, found(read.join()), kept.includes('[redacted:encoded]')]).toEqual([text, false, true]);
      }
    }
  });

  it.each(['/', '/a/', '/ab/', '/abc/'])('has no secret of base64 behind base64 of a long text and %j', (between) => {
    const text = base64('only words, and many of them; '.repeat(30));
    const kept = sample(`POST ${text}${between}${base64(`{"password":"${MARK}"}`)} HTTP/1.1`);
    expect(kept).toBe('POST [redacted:encoded] HTTP/1.1');
  });

  it('names nobody in base64 where there are pseudonyms', () => {
    const people = { redact: createRedactPeople(), known: [] };
    const plain = JSON.stringify({ user: 'alice', note: 'no secret, but somebody' });
    expect(readings(sampleOf(Buffer.from(delivery(base64(plain))), redact, people)).join()).not.toContain('alice');
    expect(sample(delivery(base64(plain)))).toBe(delivery(base64(plain)));
  });

  it.each([
    '/v1/orders/6f9619ff8b86d011b42d00c04fc964ff/da39a3ee5e6b4b0d3255bfef95601890afd80709 is no base64',
    '/static/chunks/pages/account/settings/notifications/preferences/index.js',
    delivery(base64('A picture or a text that holds nothing of the kind, only words.')),
    'Tom &amp; Jerry &lt;3 &quot;cheese&quot; &nbsp; &#9731; &; &#999999;',
  ])('leaves %j as it is', (text) => {
    expect(sample(text)).toBe(text);
  });
});
