import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../services/ingest/file-identity.ts';
import { elementOf, hasOwnId, placeText } from '../../../services/ingest/place.ts';
import { rotatedFiles } from '../../../services/ingest/rotated-files.ts';
import { temporaryFolder } from '../../support/process.ts';

const folder = temporaryFolder('rotated');
afterAll(() => folder.remove());

describe('files that rotation left beside a log', () => {
  it('are told by name, by when they were written to and by their first line, packed or not', async () => {
    let written = 1_700_000_000;
    const put = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder.path, name), content);
      utimesSync(join(folder.path, name), ++written, written);
    };
    put('api.log.3.gz', gzipSync('third\nmore\n'));
    put('api.log.2', 'second\n');
    put('api.log-20260101', 'dated\n');
    put('api-2026-01-02.log', 'dated within\n');
    put('api.log.old', 'old');
    put('api.log.1.xz', 'packed by what is not read here');
    put('api.log.1.bz2', 'just being packed');
    put('api.log.2.gz', 'just being packed: not this one');
    put('api.log.9', '');
    // Logs of their own.
    put('api-2.log', 'a second instance\n');
    put('api_error.log', 'another log\n');
    put('api.log.json', 'of the same beginning\n');
    put('api.log', 'now\n');
    const of = (text: string) => fingerprintOf(Buffer.from(`${text}\n`));
    const found = await rotatedFiles(join(folder.path, 'api.log'));
    expect(found.filter(({ isTurn }) => isTurn).map((f) => [basename(f.file), f.fingerprint, f.isPacked])).toEqual([
      ['api.log.3.gz', of('third'), true],
      ['api.log.2', of('second'), false],
      ['api.log-20260101', of('dated'), false],
      ['api-2026-01-02.log', of('dated within'), false],
      ['api.log.old', of('old'), false],
      ['api.log.1.xz', null, false],
      ['api.log.1.bz2', null, false],
    ]);
    expect(found.filter(({ isTurn }) => !isTurn).map(({ file }) => basename(file))).toEqual(['api.log.json']);
    const since = await rotatedFiles(join(folder.path, 'api.log'), 1_700_000_005_000);
    expect(since.filter(({ isTurn }) => isTurn).map(({ file }) => basename(file))).toEqual([
      'api.log.old',
      'api.log.1.xz',
      'api.log.1.bz2',
    ]);
  });
});

describe('the place of an event', () => {
  const at = { source: 'kafka:t', partition: 3, offset: 7 };

  it('is its id where it brings none, and then needs no look-up, alone or as one of several', () => {
    const of = (event_id: string) => ({ ...at, event_id });
    expect([hasOwnId(of(placeText(at))), elementOf(of(placeText(at)))]).toEqual([false, null]);
    expect([hasOwnId(of(placeText({ ...at, element: 0 }))), elementOf(of('kafka:t:3:7:12'))]).toEqual([false, 12]);
    for (const own of ['', 'order-1', 'kafka:t:3:71', 'kafka:t:3:7:', 'kafka:t:3:7:1x', 'kafka:t:3:7:1234567'])
      expect([own, hasOwnId(of(own)), elementOf(of(own))]).toEqual([own, true, null]);
  });
});

it('meets each file once while rotation passes names on', async () => {
  const folder = temporaryFolder('passed-on');
  const path = join(folder.path, 'access.log');
  writeFileSync(path, 'now\n');
  const COUNT = 6;
  for (let n = 1; n <= COUNT; n++) writeFileSync(`${path}.${n}`, `line ${n}\n`);
  let turns = 0;
  let highest = COUNT;
  const passOn = setInterval(() => {
    if (turns++ === 5) clearInterval(passOn);
    for (let n = highest; n >= 1; n--) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, `turn ${turns}\n`);
    highest++;
  }, 1);
  const found = await rotatedFiles(path);
  clearInterval(passOn);
  expect(new Set(found.map(({ inode }) => inode)).size).toBe(found.length);
  const firstLines = found.map(({ fingerprint }) => fingerprint);
  for (let n = 1; n <= COUNT; n++) expect(firstLines).toContain(fingerprintOf(Buffer.from(`line ${n}\n`)));
  folder.remove();
});
