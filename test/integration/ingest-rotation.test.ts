import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprintOf } from '../../services/ingest/file-identity.ts';
import { ADMIN_TOKEN, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('rotation');
let under: IngestUnderTest | undefined;
let logs = '';
let file = '';
let next = 0;
let first = 0;

/** Lines that are told apart by the id of their request. */
const line = (n: number) =>
  `${JSON.stringify({
    time: Date.now() - 100_000 + n,
    'http.request.method': 'GET',
    'url.path': `/v1/items/${n}`,
    'http.response.status_code': 200,
    'client.address': '192.0.2.1',
    'http.request.id': `r-${n}`,
  })}\n`;
const lines = (n: number) => Array.from({ length: n }, () => line(next++)).join('');
async function open(quietMs?: number): Promise<void> {
  under = await openIngest(folder.path);
  under.ingest
    .follow({ path: file, follow: true, format: 'auto', ...(quietMs === undefined ? {} : { quietMs }) })
    .start();
}
async function close(): Promise<void> {
  await under?.close();
  under = undefined;
}
async function stored(): Promise<string[]> {
  const rows =
    (await under?.lane.rows<{ id: string }>(
      `SELECT request_id AS id FROM {db}.events_raw_v1 WHERE source LIKE 'file:turn-%' ORDER BY toUInt32(substring(id, 3))`,
    )) ?? [];
  return rows.map(({ id }) => id).filter((id) => Number(id.slice(2)) >= first);
}
const letters = async () =>
  (await under?.lane.rows<{ n: number }>('SELECT count() AS n FROM {db}.dead_letters_v1 FINAL'))?.[0]?.n;
/** Each line that was written so far, once, and in every roll-up; and nothing became a dead letter. */
async function allOnce(): Promise<void> {
  const all = Array.from({ length: next - first }, (_, n) => `r-${first + n}`);
  await until('all lines', async () => (await stored()).length >= all.length);
  expect(await stored()).toEqual(all);
  // The raw table is written before them.
  await until('the roll-ups', async () => {
    const [sums] =
      (await under?.lane.rows<{ raw: number; rolled: number }>(
        `SELECT (SELECT count() FROM {db}.events_raw_v1) AS raw, (SELECT sum(requests) FROM {db}.entity_1s_v1 WHERE kind = 4) AS rolled`,
      )) ?? [];
    return sums?.rolled === sums?.raw;
  });
}
/** What is kept of how far the file was read, and where. */
function position(): { at: string; path: string; offset: number; older?: unknown[] } {
  const kept = join(folder.path, 'positions');
  for (const name of readdirSync(kept).filter((each) => each.endsWith('.json'))) {
    const found = JSON.parse(readFileSync(join(kept, name), 'utf8')) as { path: string; offset: number };
    if (found.path === file) return { ...found, at: join(kept, name) };
  }
  throw new Error(`no position of ${file} is kept`);
}
const detail = () => under?.health.report('ingest').parts.ingest?.detail ?? '';
let turn = 0;
beforeEach(() => {
  logs = join(folder.path, `logs-${turn}`);
  mkdirSync(logs);
  file = join(logs, `turn-${turn++}.log`);
  first = next;
});
afterEach(close);
afterAll(() => folder.remove());

describe('a file that is rotated while it is followed', () => {
  it('is read on under its new name for as long as somebody writes to it, half lines too', async () => {
    writeFileSync(file, lines(10));
    await open();
    await allOnce();
    const half = line(next++);
    appendFileSync(file, half.slice(0, 50));
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(5));
    await until('the new file is read', async () => (await stored()).length === 15);
    // The server has not reopened it yet.
    appendFileSync(`${file}.1`, half.slice(50) + lines(3));
    await allOnce();
    appendFileSync(`${file}.1`, lines(2));
    appendFileSync(file, lines(2));
    await allOnce();
    expect(await letters()).toBe(0);
  });

  it('is read through many rotations, quick ones and late writes to each', async () => {
    writeFileSync(file, lines(3));
    await open();
    await allOnce();
    for (let round = 0; round < 6; round++) {
      for (let n = round; n >= 1; n--) renameSync(`${file}.${n}`, `${file}.${n + 1}`);
      renameSync(file, `${file}.1`);
      if (round % 2 === 0) appendFileSync(`${file}.1`, lines(2));
      writeFileSync(file, lines(4));
      // Some are rotated again before anybody has seen the new file, some after.
      if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      appendFileSync(`${file}.1`, lines(1));
    }
    await allOnce();
    await close();
    await open();
    appendFileSync(file, lines(1));
    await allOnce();
    expect([await letters(), detail()]).toEqual([0, '']);
  });

  it('is looked for as of when it lost its name, whatever was written to it later', async () => {
    writeFileSync(file, lines(3));
    await open();
    await allOnce();
    // All of it between two looks: a whole file came and went before the late line of the one before it.
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(4));
    renameSync(`${file}.1`, `${file}.2`);
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(2));
    appendFileSync(`${file}.2`, lines(1));
    const later = new Date(Date.now() + 5_000);
    utimesSync(`${file}.2`, later, later);
    await allOnce();
  });

  it('is let go once it is quiet: a last line without line feed counts, and it may be removed', async () => {
    writeFileSync(file, lines(2));
    await open(500);
    await allOnce();
    appendFileSync(file, lines(1).trimEnd());
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(2));
    await allOnce();
    await until('it is let go', () => position().older?.length === 0);
    await close();
    rmSync(`${file}.1`);
    await open();
    appendFileSync(file, lines(1));
    await allOnce();
    expect([await letters(), detail()]).toEqual([0, '']);
  });

  it('keeps the place in a file that is left behind through a stop', async () => {
    writeFileSync(file, lines(4));
    await open();
    await allOnce();
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(4));
    await allOnce();
    await close();
    appendFileSync(`${file}.1`, lines(3));
    appendFileSync(file, lines(1));
    await open();
    await allOnce();
  });
});

/**
 * Does something right before the followed file is read behind its beginning, or right after lines were read there.
 * @returns waits until it was done.
 */
async function whenRead(moment: 'before' | 'behind', act: () => void): Promise<() => Promise<void>> {
  const handle = await openFile(file, 'r');
  const proto: { read: FileHandle['read'] } = Object.getPrototypeOf(handle);
  await handle.close();
  const before = proto.read;
  let isDue = true;
  const spy = vi.spyOn(proto, 'read').mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
    const isNext = () => isDue && args[2] === 1 << 20 && Number(args[3]) > 0;
    if (moment === 'before' && isNext()) {
      isDue = false;
      act();
    }
    const answer = await Reflect.apply(before, this, args);
    if (moment === 'behind' && isNext() && answer.bytesRead > 0) {
      isDue = false;
      act();
    }
    return answer;
  });
  return async () => {
    await until('it was emptied', () => !isDue);
    spy.mockRestore();
  };
}

describe('a file that is emptied at the moment at which it is read', () => {
  it('gives what it held from its copy, and its new lines at their own places', async () => {
    writeFileSync(file, lines(3));
    await open();
    await allOnce();
    const dead = await letters();
    const emptied = await whenRead('before', () => {
      appendFileSync(file, lines(2));
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
      appendFileSync(file, lines(30));
    });
    await emptied();
    await allOnce();
    expect(await letters()).toBe(dead);
  });

  it('gives its new lines once where no copy was made: what is read in the middle of them is not the old text going on', async () => {
    writeFileSync(file, lines(3));
    await open();
    await allOnce();
    const dead = await letters();
    const emptied = await whenRead('before', () => {
      truncateSync(file);
      appendFileSync(file, lines(30));
    });
    await emptied();
    await allOnce();
    expect([await letters(), next]).toEqual([dead, first + 33]);
  });

  it('gives what was read right before, though no copy was made', async () => {
    writeFileSync(file, lines(3));
    await open();
    await allOnce();
    const dead = await letters();
    const emptied = await whenRead('behind', () => {
      truncateSync(file);
      appendFileSync(file, lines(30));
    });
    appendFileSync(file, lines(2));
    await emptied();
    await allOnce();
    expect([await letters(), next]).toEqual([dead, first + 35]);
  });
});

describe('a file that is rotated while nobody reads', () => {
  it.each(['numbered', 'dated'] as const)('is read to its end, and whole files after it: %s', async (naming) => {
    const names = naming === 'numbered' ? ['.3.gz', '.2', '.1'] : ['-20260101.gz', '-20260102', '-20260103'];
    const [packed, middle, newest] = names.map((end) => `${file}${end}`) as [string, string, string];
    // Rotated long ago and read then: what it holds is stored.
    const before = lines(3);
    writeFileSync(file, before);
    await open();
    await allOnce();
    renameSync(file, `${file}.4`);
    writeFileSync(file, lines(5));
    await allOnce();
    await close();

    appendFileSync(file, lines(4));
    writeFileSync(packed, gzipSync(readFileSync(file)));
    rmSync(file);
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(middle, lines(6));
    writeFileSync(newest, lines(7).trimEnd());
    writeFileSync(file, lines(2));
    await open(300);
    await allOnce();
    await close();
    await open();
    appendFileSync(file, lines(1));
    await allOnce();
    expect(detail()).toBe('');
  });

  it('is told about by name and count where it cannot be found or read', async () => {
    writeFileSync(file, lines(2));
    await open();
    await allOnce();
    await close();
    // Two rotations, of which the first one is gone.
    rmSync(file);
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(`${file}.1`, lines(3));
    writeFileSync(file, lines(2));
    await open();
    await allOnce();
    expect(detail()).toContain(`A file that was called ${file} is gone`);
    const counted = () => /bonafide_ingest_file_gaps_total(?:\{\})? (\d+)/.exec(under?.metrics.text() ?? '')?.[1];
    expect(counted()).toBe('1');
    await close();
    // One is packed by something that is not read here.
    renameSync(file, `${file}.2`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(`${file}.1.xz`, 'no text');
    rmSync(`${file}.1`);
    writeFileSync(file, lines(1));
    await open();
    await allOnce();
    expect(detail()).toContain(`${file}.1.xz cannot be read`);
  });

  it('is not counted twice where the position was not kept before the stop', async () => {
    writeFileSync(file, lines(3));
    await open();
    await allOnce();
    const { at, ...earlier } = await until('the position is kept', position);
    appendFileSync(file, lines(5));
    await allOnce();
    await close();
    expect(position().offset).toBeGreaterThan(earlier.offset);
    writeFileSync(at, JSON.stringify(earlier));
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(2));
    await open();
    await allOnce();
  });
});

describe('files that all begin alike', () => {
  it.each([
    ['an empty line, as `echo > access.log` leaves it', '\n'],
    ['a header', '#Software: a gateway\n#Fields: time method path\n'],
  ])('with %s: the new one is not taken for the one that was read', async (_, head) => {
    writeFileSync(file, head + lines(3));
    await open();
    await allOnce();
    await close();
    // Nobody reads: some more lines, a rotation, and a new file that grows past the place.
    appendFileSync(file, lines(2));
    renameSync(file, `${file}.1`);
    writeFileSync(file, head + lines(9));
    await open();
    await allOnce();
    // Nothing but its head stands in the file for now.
    renameSync(file, `${file}.2`);
    writeFileSync(file, head);
    await new Promise((resolve) => setTimeout(resolve, 500));
    appendFileSync(file, lines(2));
    await allOnce();
    expect(detail()).toBe('');
  });

  it.each([
    ['an empty line', '\n'],
    ['a header', '#Fields: time method path\n'],
  ])('with %s: one that a version read which told it by that alone is read on, not again', async (_, head) => {
    writeFileSync(file, head + lines(3));
    await open();
    await allOnce();
    await close();
    const { at } = position();
    const fingerprint = createHash('sha256').update(head.trimEnd()).digest().readUInt32BE(0);
    writeFileSync(at, JSON.stringify({ ...JSON.parse(readFileSync(at, 'utf8')), fingerprint }));
    appendFileSync(file, lines(2));
    await open();
    await allOnce();
    expect(detail()).toBe('');
  });
});

describe('a file that is read to its end and not followed', () => {
  it.each([
    ['a single line without line feed', '', (text: string) => text.trimEnd()],
    ['a header and nothing else, or a line behind it', '#Fields: time\n', (text: string) => text],
  ])('counts %s', async (_, head, as) => {
    writeFileSync(file, head + as(lines(1)));
    under = await openIngest(folder.path);
    const before = (await letters()) ?? 0;
    const follow = under.ingest.follow({ path: file, follow: false, format: 'auto' });
    follow.start();
    await follow.finished();
    await allOnce();
    // Nor is it missed by a second run, which finds it as it was left.
    const again = under.ingest.follow({ path: file, follow: false, format: 'auto' });
    again.start();
    await again.finished();
    await allOnce();
    expect(detail()).toBe('');
    if (head === '') return;
    const alone = `${file}.alone`;
    writeFileSync(alone, head);
    const other = under.ingest.follow({ path: alone, follow: false, format: 'auto' });
    other.start();
    await other.finished();
    expect(await letters()).toBe(before + 2);
  });
});

describe('a file that was imported before it is followed', () => {
  it('is not counted twice, also where a stretch holds nothing but lines that cannot be read', async () => {
    under = await openIngest(folder.path);
    const junk = `no log line ${'x'.repeat(1000)}\n`.repeat(1_100);
    const text = junk + lines(4);
    writeFileSync(file, text);
    const query = new URLSearchParams({
      file: file.slice(logs.length + 1),
      fingerprint: String(fingerprintOf(Buffer.from(text))),
      offset: '0',
      format: 'canonical',
    });
    const answer = await under.app.inject({
      method: 'POST',
      url: `/api/v1/import?${query}`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/plain' },
      payload: text,
    });
    expect(answer.json()).toMatchObject({ accepted: 4, duplicates: 0 });
    under.ingest.follow({ path: file, follow: true, format: 'canonical' }).start();
    appendFileSync(file, lines(1));
    await allOnce();
  });
});

describe('a followed name that is a link to the log, as Kubernetes names those of containers', () => {
  it('loses nothing of what was rotated beside the log itself, read or not, packed or of an earlier container', async () => {
    const pod = join(logs, 'pod');
    mkdirSync(pod);
    const log = join(pod, '0.log');
    writeFileSync(log, lines(6));
    symlinkSync(log, file);
    await open();
    await allOnce();
    const before = await letters();
    await close();

    // The rest of the file that was read, then whole ones, one of them packed; nobody reads meanwhile.
    appendFileSync(log, lines(3));
    renameSync(log, `${log}.20261124-120000`);
    writeFileSync(`${log}.20261124-121000.gz`, gzipSync(lines(4)));
    writeFileSync(log, lines(2));
    await open();
    await allOnce();
    await close();

    // The container began anew: the link points to another file, and the one before has lines that nobody read.
    appendFileSync(log, lines(3));
    writeFileSync(join(pod, '1.log'), lines(2));
    rmSync(file);
    symlinkSync(join(pod, '1.log'), file);
    await open();
    await allOnce();
    // While it is followed, too: names are passed on between two looks.
    appendFileSync(join(pod, '1.log'), lines(2));
    renameSync(join(pod, '1.log'), join(pod, '1.log.20261124-130000'));
    writeFileSync(join(pod, '1.log'), lines(1));
    renameSync(join(pod, '1.log'), join(pod, '1.log.20261124-131000'));
    writeFileSync(join(pod, '1.log'), lines(2));
    await allOnce();
    expect([await letters(), detail()]).toEqual([before, '']);
  });
});
