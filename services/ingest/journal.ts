import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../../shared/durable.ts';
import type { Logger } from '../../shared/logger.ts';
import type { DeadLetter } from './read-block.ts';
import { mapInSlices } from './slices.ts';

/** A block as it will be inserted, whoever does it. */
export interface JournalEntry {
  token: string;
  /** Epoch ms at which it was judged. */
  judgedAt: number;
  letters: DeadLetter[];
  /** Where a followed file stands once this block is stored; null for other sources. */
  position: FilePosition | null;
  /** How its rows are told from those that came before; `ids` are decided about anew when it comes again. */
  recognise: 'ids' | 'places' | 'nothing';
  /** Lines of `encodeRow`. */
  lines: string[];
}

/** How far a followed file was stored. */
export interface FilePosition extends FilePlace {
  path: string;
  /** Epoch ms of the last write to the file that was read; what was written beside it later was not read. */
  modified?: number;
  /** Files that bore the name before and may not be read to their end; oldest first. */
  older?: FilePlace[];
}

/** How far one file, known by its beginning, was stored. */
export interface FilePlace {
  /** Number made from the file's first line: tells a new file under an old name. */
  fingerprint: number;
  /** How often the file was emptied and began again with the same first line. */
  generation: number;
  /** Bytes. */
  offset: number;
}

export interface Journal {
  /** Durable on disk when it resolves; answers the file that {@link Journal.remove} takes. */
  write(entry: JournalEntry): Promise<string>;
  remove(file: string): Promise<void>;
  /** What a killed process left: blocks that may or may not have reached ClickHouse. Oldest first. */
  left(): Promise<{ file: string; entry: JournalEntry }[]>;
  /** A sentence while a file that cannot be read lies in the folder, else null: it holds what was told durable. */
  fault(): string | null;
}

const DRAFT_KEPT_MS = 3_600_000;
/** Letters or lines that are written at once. */
const PART = 1_000;

/**
 * Blocks from HTTP and files cannot be read again as Kafka's can: each is written down before its insert, as the very
 * bytes, so that it can be inserted again under its token. A file bears its name only once it is whole.
 */
export function createJournal(folder: string, log: Logger): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let unreadable: string[] = [];

  return {
    async write(entry) {
      const file = join(folder, `${String(entry.judgedAt).padStart(15, '0')}-${randomUUID()}.block`);
      const draft = `${file}.draft`;
      try {
        await writeDraft(draft, entry);
        await rename(draft, file);
        // A rename is durable once its folder is.
        await syncPath(folder);
        return file;
      } catch (error) {
        // Its caller is told that nothing was taken: nothing may stay, least of all on a full disk.
        for (const each of [draft, file]) await rm(each, { force: true }).catch(() => undefined);
        throw error;
      }
    },
    remove: (file) => rm(file, { force: true }),
    async left() {
      const found: { file: string; entry: JournalEntry }[] = [];
      unreadable = [];
      for (const name of (await readdir(folder)).sort()) {
        const file = join(folder, name);
        if (name.endsWith('.draft')) await removeOldDraft(file);
        if (!name.endsWith('.block')) continue;
        const entry = await readEntry(file);
        if (entry !== null) found.push({ file, entry });
        else {
          unreadable.push(file);
          log.error({ event: 'journal_unreadable', file }, `The journal file ${file} cannot be read.`);
        }
      }
      return found;
    },
    fault() {
      unreadable = unreadable.filter((file) => existsSync(file));
      return unreadable.length === 0
        ? null
        : `The journal file ${unreadable[0]} cannot be read${unreadable.length > 1 ? `, nor can ${unreadable.length - 1} others` : ''}: it holds events that were accepted and are not stored. Put its backup in place and start again, or take it away.`;
    },
  };
}

async function writeDraft(draft: string, entry: JournalEntry): Promise<void> {
  const handle = await open(draft, 'w', 0o600);
  try {
    await writeFile(handle, textOf(entry));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One line of JSON that holds everything but the lines, then these. In parts: a block may be tens of megabytes. */
async function* textOf({ lines, letters, ...head }: JournalEntry): AsyncIterable<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"letters":[`;
  const texts = await mapInSlices(letters, (letter) => JSON.stringify(letter));
  for (let from = 0; from < texts.length; from += PART) {
    yield `${from === 0 ? '' : ','}${texts.slice(from, from + PART).join(',')}`;
  }
  yield ']}\n';
  for (let from = 0; from < lines.length; from += PART) {
    yield `${from === 0 ? '' : '\n'}${lines.slice(from, from + PART).join('\n')}`;
  }
}

/** A draft was never acknowledged; a young one may be another process's at work. */
async function removeOldDraft(file: string): Promise<void> {
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > DRAFT_KEPT_MS) await rm(file, { force: true });
}

/** Null when the file is not what was written: one broken line would keep the others from being told apart. */
async function readEntry(file: string): Promise<JournalEntry | null> {
  try {
    const text = await readFile(file, 'utf8');
    const end = text.indexOf('\n');
    const head = JSON.parse(text.slice(0, end)) as Omit<JournalEntry, 'lines'>;
    const rest = text.slice(end + 1);
    const lines = rest === '' ? [] : rest.split('\n');
    for (const line of lines) JSON.parse(line);
    return { ...head, lines };
  } catch {
    return null;
  }
}
