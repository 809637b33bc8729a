import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataFolder } from '../../../services/bonafide/data-folder.ts';
import { requireLogFile } from '../../../services/bonafide/log-file.ts';
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
  });
});
