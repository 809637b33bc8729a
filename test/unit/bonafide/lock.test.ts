import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKeys } from '../../../services/bonafide/keys.ts';
import { acquireLock } from '../../../services/bonafide/lock.ts';
import { addressOf, readRunning, writeRunning } from '../../../services/bonafide/running.ts';
import { temporaryFolder } from '../../support/process.ts';
import { until } from '../../support/until.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('lock');
});
afterEach(() => folder.remove());
const lockPath = () => join(folder.path, 'lock');

describe('the lock of a data folder', () => {
  it('is taken, kept as a file that names the holder, and given back', () => {
    const lock = acquireLock(folder.path);
    expect(JSON.parse(readFileSync(lockPath(), 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
    expect(existsSync(lockPath())).toBe(false);
    acquireLock(folder.path).release();
  });

  it('held by a living process is refused with a sentence that says what to do', async () => {
    const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000); console.log("up")']);
    try {
      await once(holder.stdout, 'data');
      writeFileSync(lockPath(), JSON.stringify({ pid: holder.pid, born: '' }));
      expect(() => acquireLock(folder.path)).toThrow(
        new RegExp(`in use by the running process ${holder.pid}.*BONAFIDE_DATA_DIR`),
      );
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'close');
    }
  });

  it('left by a dead process is taken over', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(lockPath(), JSON.stringify({ pid: dead, born: 'x' }));
    acquireLock(folder.path).release();
  });

  it('left by a process that has ended and that nobody waited for is taken over', async () => {
    // The shell becomes a program that never waits for the shell's child.
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
    try {
      const [said] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(said.toString());
      const state = () => / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
      await until('the child is a zombie', () => state() === 'Z');
      writeFileSync(lockPath(), JSON.stringify({ pid, born: '' }));
      acquireLock(folder.path).release();
    } finally {
      parent.kill('SIGKILL');
      await once(parent, 'close');
    }
  });

  it('of a process whose number was given to another one is taken over', () => {
    writeFileSync(lockPath(), JSON.stringify({ pid: process.ppid, born: 'an earlier boot 17' }));
    acquireLock(folder.path).release();
  });

  it('torn by a full disk is taken over', () => {
    writeFileSync(lockPath(), '{"pid":');
    acquireLock(folder.path).release();
  });
});

describe('the keys of an install', () => {
  const none = { gatewayKeys: null, adminToken: null };
  it('are made once, readable by their owner only, and kept', () => {
    const path = join(folder.path, 'keys.json');
    const first = loadKeys(path, none);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(loadKeys(path, none)).toEqual(first);
    expect(first.adminToken).not.toBe(first.gatewayKeys[0]?.secret);
  });

  it('give way to those of the settings', () => {
    const path = join(folder.path, 'keys.json');
    const keys = loadKeys(path, { gatewayKeys: [{ name: 'edge', secret: 's' }], adminToken: 't' });
    expect(keys).toMatchObject({ gatewayKeys: [{ name: 'edge', secret: 's' }], adminToken: 't' });
  });

  it('that cannot be read are a sentence, not a stack', () => {
    const path = join(folder.path, 'keys.json');
    writeFileSync(path, '{}');
    expect(() => loadKeys(path, none)).toThrow(/cannot be read as the keys/);
  });
});

describe('the address that a running service leaves', () => {
  it('is found by other commands while it runs, and only then', () => {
    const running = writeRunning(join(folder.path, 'running.json'), { url: 'http://127.0.0.1:1', adminToken: 't' });
    expect(statSync(join(folder.path, 'running.json')).mode & 0o777).toBe(0o600);
    expect(readRunning(folder.path)).toEqual({ url: 'http://127.0.0.1:1', adminToken: 't' });
    running.remove();
    expect(() => readRunning(folder.path)).toThrow(/No Bonafide runs on the data folder.*npm start/);
  });

  it('is one that this machine can reach', () => {
    expect(addressOf('0.0.0.0', 8080, false)).toBe('http://127.0.0.1:8080');
    expect(addressOf('::', 443, true)).toBe('https://[::1]:443');
  });
});
