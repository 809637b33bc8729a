import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../services/ingest/file-identity.ts';
import type { Follow } from '../../services/ingest/follow-source.ts';
import { createJournal } from '../../services/ingest/journal.ts';
import { readRecords } from '../../services/ingest/read-file.ts';
import { encodeRow } from '../../services/ingest/row.ts';
import { sipHash64 } from '../../services/ingest/sip-hash.ts';
import { createLogger } from '../../shared/logger.ts';
import { madeUpEvent } from '../support/access-log.ts';
import { ADMIN_TOKEN, type IngestUnderTest, openIngest } from '../support/ingest.ts';
import { temporaryFolder } from '../support/process.ts';
import { QUIET } from '../support/quiet-row.ts';
import { ensureDebianPackage } from '../support/tools.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder('files');
const logs = join(folder.path, 'logs');
mkdirSync(logs);
let under: IngestUnderTest | undefined;
let follow: Follow | undefined;
let next = 0;

const lines = (n: number) =>
  Array.from({ length: n }, () => `${JSON.stringify(madeUpEvent(next, Date.now() - 100_000 + next++))}\n`).join('');
const stored = async (source: string) => {
  const [row] =
    (await under?.lane.rows<{ n: number; rolled: number }>(
      `SELECT count() AS n FROM {db}.events_raw_v1 WHERE source = '${source}'`,
    )) ?? [];
  return row?.n;
};

async function open(file?: string): Promise<void> {
  under = await openIngest(folder.path);
  if (file === undefined) return;
  follow = under.ingest.follow({ path: join(logs, file), follow: true, format: 'auto' });
  follow.start();
}
async function close(): Promise<void> {
  await under?.close();
  under = undefined;
}
afterEach(close);
afterAll(() => folder.remove());

describe('a followed file', () => {
  it('is read once: as it grows, through restarts, half lines, rotation and truncation', async () => {
    const file = join(logs, 'access.log');
    writeFileSync(file, lines(10));
    await open('access.log');
    await until('the beginning', async () => (await stored('file:access.log')) === 10);
    const half = lines(1);
    appendFileSync(file, lines(5) + half.slice(0, 40));
    await until('what was added', async () => (await stored('file:access.log')) === 15);
    await close();

    // Nobody reads while it grows and is rotated; the rest of the old file is found beside the new one.
    appendFileSync(file, half.slice(40) + lines(3));
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines(4));
    await open('access.log');
    await until('both files', async () => (await stored('file:access.log')) === 23);

    // Rotated under our eyes.
    appendFileSync(file, lines(2));
    renameSync(file, `${file}.2`);
    appendFileSync(`${file}.2`, lines(1));
    writeFileSync(file, lines(6));
    await until('the third file', async () => (await stored('file:access.log')) === 32);

    // Emptied and filled again.
    truncateSync(file);
    appendFileSync(file, lines(3));
    await until('the file began again', async () => (await stored('file:access.log')) === 35);
    await close();
    await open('access.log');
    appendFileSync(file, lines(1));
    await until('one more and nothing twice', async () => (await stored('file:access.log')) === 36);
  });

  it('is read on when it was emptied and grew past the place where we were, and when it was moved away', async () => {
    const file = join(logs, 'copied.log');
    writeFileSync(file, lines(3));
    await open('copied.log');
    await until('the beginning', async () => (await stored('file:copied.log')) === 3);
    // copytruncate of logrotate, between two looks at the file.
    writeFileSync(file, lines(7));
    await until('it began again, longer', async () => (await stored('file:copied.log')) === 10);
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, lines(2));
    await until('the moved file is read on', async () => (await stored('file:copied.log')) === 12);
    writeFileSync(file, lines(1));
    await until('the new file', async () => (await stored('file:copied.log')) === 13);
  });

  it.each(['gzip', 'zstd'] as const)(
    'is read to its end when it was rotated and packed by %s while nobody read',
    async (packing) => {
      const file = join(logs, `packed-${packing}.log`);
      const source = `file:packed-${packing}.log`;
      writeFileSync(file, lines(4));
      await open(`packed-${packing}.log`);
      await until('the beginning', async () => (await stored(source)) === 4);
      await close();
      appendFileSync(file, lines(3).trimEnd());
      pack(packing, file);
      writeFileSync(file, lines(2));
      await open(`packed-${packing}.log`);
      await until('the packed rest and the new file', async () => (await stored(source)) === 9);
    },
  );

  it('gives each line that a container runtime cut once, also when nobody read between its parts, and to an import', async () => {
    const file = join(logs, 'cri.log');
    const source = 'file:cri.log';
    const cri = (stream: string, tag: string, text: string) =>
      `2026-11-24T12:00:00.123456789Z ${stream} ${tag} ${text}\n`;
    const [one = '', two = '', three = '', four = '', five = ''] = lines(5).split('\n');
    writeFileSync(file, cri('stdout', 'P', one.slice(0, 50)) + cri('stderr', 'F', two));
    appendFileSync(
      file,
      cri('stdout', 'F', one.slice(50)) + cri('stdout', 'P', three.slice(0, 70)) + cri('stderr', 'F', four),
    );
    await open('cri.log');
    await until('what is whole', async () => (await stored(source)) === 3);
    await close();

    appendFileSync(file, cri('stdout', 'P', three.slice(70, 80)) + cri('stdout', 'F', three.slice(80)));
    await open('cri.log');
    await until('the joined line, and nothing twice', async () => (await stored(source)) === 4);
    appendFileSync(file, cri('stdout', 'F', five));
    await until('the next', async () => (await stored(source)) === 5);

    let fingerprint = 0;
    const onStart = (start: Buffer) => {
      fingerprint = fingerprintOf(start) ?? 0;
    };
    const records = [];
    for await (const batch of readRecords(file, { whole: true, onStart })) records.push(...batch);
    expect(records).toHaveLength(5);
    for (const { offset, bytes } of records) {
      const query = new URLSearchParams({ file: 'cri.log', fingerprint: String(fingerprint), offset: String(offset) });
      const answer = await under?.app.inject({
        method: 'POST',
        url: `/api/v1/import?${query}`,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/plain' },
        payload: bytes,
      });
      expect(answer?.json()).toMatchObject({ accepted: 0, duplicates: 1, dead_lettered: 0 });
    }
    const letters = await under?.lane.rows(`SELECT reason FROM {db}.dead_letters_v1 WHERE source = '${source}'`);
    expect(letters).toEqual([]);
  });

  it('is told about while it cannot be read, and read once it can', async () => {
    await open('missing.log');
    const detail = () => under?.health.report('ingest').parts.ingest?.detail ?? '';
    await until('it is told', () => /missing\.log cannot be read/.test(detail()));
    writeFileSync(join(logs, 'missing.log'), lines(2));
    await until('it is read', async () => (await stored('file:missing.log')) === 2);
    await until('it is well', () => detail() === '');
  });

  it('says which file of its own cannot be read, and counts nothing twice once that was taken away', async () => {
    writeFileSync(join(logs, 'lost-place.log'), lines(40));
    await open('lost-place.log');
    await until('it is read', async () => (await stored('file:lost-place.log')) === 40);
    await close();
    const positions = join(folder.path, 'positions');
    const own = readdirSync(positions).find((name) =>
      readFileSync(join(positions, name), 'utf8').includes('lost-place.log'),
    );
    if (own === undefined) throw new Error('no position');
    writeFileSync(join(positions, own), '{"path":"/va');
    await open('lost-place.log');
    const detail = () => under?.health.report('ingest').parts.ingest?.detail ?? '';
    await until(
      'it is told',
      () => detail().includes(`${own} does not say how far`) && detail().includes('Take it away'),
    );
    rmSync(join(positions, own));
    appendFileSync(join(logs, 'lost-place.log'), lines(2));
    await until('it is read on', async () => (await stored('file:lost-place.log')) === 42);
    await until('it is well', () => detail() === '');
  });
});

/** Packs a file beside itself and takes it away, as logrotate does. */
function pack(packing: 'gzip' | 'zstd', file: string): void {
  if (packing === 'gzip') {
    writeFileSync(`${file}.1.gz`, gzipSync(readFileSync(file)));
    rmSync(file);
  } else execFileSync(ensureDebianPackage('zstd', 'zstd'), ['-q', '--rm', file, '-o', `${file}.1.zst`]);
}

describe('a packed file', () => {
  const read = async (path: string) => {
    const texts: string[] = [];
    for await (const batch of readRecords(path)) for (const { bytes } of batch) texts.push(bytes.toString());
    return texts;
  };

  it.each(['gzip', 'zstd'] as const)(
    'of %s reads as the file itself, also when it was packed in parts',
    async (packing) => {
      const end = packing === 'gzip' ? 'gz' : 'zst';
      const parts = [lines(20_000), lines(3)];
      const packed = parts.map((text, n) => {
        const file = join(logs, `part-${packing}-${n}`);
        writeFileSync(file, text);
        pack(packing, file);
        return readFileSync(`${file}.1.${end}`);
      });
      const file = join(logs, `whole.${end}`);
      writeFileSync(file, Buffer.concat(packed));
      expect(await read(file)).toEqual(parts.join('').trimEnd().split('\n'));
      writeFileSync(file, packed[0]?.subarray(0, -20) ?? '');
      await expect(read(file)).rejects.toThrow();
    },
  );
});

describe('the journal', () => {
  const block = (source: string, n: number) => {
    const rows = Array.from({ length: n }, (_, i) => ({
      ...QUIET,
      source,
      offset: i,
      event_id: `${source}:${i}`,
      time: Date.now(),
    }));
    return {
      token: `journal:${source}`,
      judgedAt: Date.now(),
      letters: [],
      position: null,
      recognise: 'places' as const,
      lines: rows.map(encodeRow),
    };
  };
  const at = join(folder.path, 'journal');

  it('completes a block that a killed process wrote down and did not insert', async () => {
    await createJournal(at, createLogger('silent')).write(block('http:a', 7));
    await open();
    expect(await stored('http:a')).toBe(7);
    expect(readdirSync(at)).toEqual([]);
  });

  it('leaves a block that was inserted before the kill as it is, raw and in roll-ups', async () => {
    const entry = block('http:b', 5);
    await createJournal(at, createLogger('silent')).write(entry);
    await open();
    await close();
    await createJournal(at, createLogger('silent')).write(entry);
    await open();
    expect(await stored('http:b')).toBe(5);
    const [row] =
      (await under?.lane.rows<{ n: number }>(
        "SELECT count() AS n FROM {db}.event_ids_v1 WHERE id IN (SELECT sipHash64(event_id) FROM {db}.events_raw_v1 WHERE source = 'http:b')",
      )) ?? [];
    expect(row?.n).toBe(5);
  });

  it('ignores a draft that was never whole', async () => {
    writeFileSync(join(at, '000000000000001-x.block.draft'), '{"token":"journal:half"');
    await open();
    expect(await stored('journal:half')).toBe(0);
  });
});

describe('ids are hashed as ClickHouse hashes them', () => {
  it('sipHash64', async () => {
    await open();
    const texts = ['', 'a', '1234567', '12345678', '123456789', 'ünïcode ✓', 'x'.repeat(1000)];
    for (const text of texts) {
      const [row] =
        (await under?.lane.rows<{ h: string }>('SELECT toString(sipHash64({t:String})) AS h', {
          params: { t: text },
        })) ?? [];
      expect(sipHash64(text)).toBe(row?.h);
    }
  });
});
