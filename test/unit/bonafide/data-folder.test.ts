import { execFileSync } from 'node:child_process';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataFolder } from '../../../services/bonafide/data-folder.ts';
import { requireLogFile, requireRegularFile } from '../../../services/bonafide/log-file.ts';
import { temporaryFolder } from '../../support/process.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('data-folder');
});
afterEach(() => folder.remove());

describe('the data folder', () => {
  it('is made with all folders above it, for its owner alone, and taken as it is when it is there', () => {
    const path = join(folder.path, 'a', 'b', 'data');
    expect(prepareDataFolder(path).path).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(prepareDataFolder(path).path).toBe(path);
  });

  it('is refused with a sentence where a file is, or a part of the path is one', () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    expect(() => prepareDataFolder(file)).toThrow(/cannot be used: .*BONAFIDE_DATA_DIR/);
    expect(() => prepareDataFolder(join(file, 'data'))).toThrow(/cannot be used: .*BONAFIDE_DATA_DIR/);
  });
});

describe('a log file that a command is to read', () => {
  it('must be there and be no folder', () => {
    const file = join(folder.path, 'access.log');
    expect(() => requireLogFile(file)).toThrow(`${file}: there is no such file.`);
    expect(() => requireLogFile(folder.path)).toThrow(`${folder.path} is a folder; name the files in it.`);
    writeFileSync(file, '');
    requireLogFile(file);
    requireRegularFile(file);
  });

  it('is refused as wrong use where the system does not let it be looked at', () => {
    const round = join(folder.path, 'round');
    symlinkSync(round, round);
    const refused = (sentence: string) => expect.objectContaining({ message: sentence, exitCode: 2 });
    expect(() => requireLogFile(round)).toThrow(refused(`${round}: its links lead round in a circle.`));
    const long = join(folder.path, 'x'.repeat(300));
    expect(() => requireLogFile(long)).toThrow(refused(`${long}: the name is too long.`));
  });

  it('may be a pipe, but not where it is read by places', () => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    requireLogFile(pipe);
    expect(() => requireRegularFile(pipe)).toThrow(/pipe is no regular file: pipe it into "bonafide import -"/);
  });
});
