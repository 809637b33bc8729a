/** A file that cannot be read, as a sentence that names it; `code` stays that of the system, where it came from there. */
export class UnreadableFile extends Error {
  readonly code: string;

  constructor(sentence: string, cause: unknown) {
    super(sentence, { cause });
    this.name = 'UnreadableFile';
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file.',
  EISDIR: 'it is a folder; name the files in it.',
  EACCES: 'this user may not read it.',
  EPERM: 'this user may not read it.',
  ELOOP: 'its links lead round in a circle.',
  ENAMETOOLONG: 'the name is too long.',
};

/** What stopped the reading of `path`, told by name. */
export function unreadable(path: string, error: unknown): UnreadableFile {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = WHY[code] ?? `it cannot be read (${error instanceof Error ? error.message : String(error)}).`;
  return new UnreadableFile(`${path}: ${why}`, error);
}
