import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** The first file of this name on PATH or in the places where Debian keeps daemons; undefined when there is none. */
export function findBinary(binary: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin'];
  return folders.map((folder) => join(folder, binary)).find((path) => existsSync(path));
}

function aptGet(args: readonly string[]): boolean {
  const root = process.getuid?.() === 0;
  if (!root && findBinary('sudo') === undefined) return false;
  const [command, ...rest] = [...(root ? [] : ['sudo', '-n']), 'apt-get', ...args];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command ?? 'apt-get', rest, { env, stdio: 'ignore' }).status === 0;
}

/**
 * Finds a program, or installs the Debian package that brings it.
 * @returns its path.
 * @throws one sentence that names what to install.
 */
export function ensureDebianPackage(binary: string, packageName: string): string {
  const found = findBinary(binary);
  if (found !== undefined) return found;
  if (findBinary('apt-get') !== undefined) {
    const install = ['install', '-y', '--no-install-recommends', packageName];
    if (!aptGet(install)) {
      aptGet(['update']);
      aptGet(install);
    }
  }
  const installed = findBinary(binary);
  if (installed === undefined)
    throw new Error(
      `The tests need ${binary}, which is not here and could not be installed: apt-get install ${packageName}.`,
    );
  return installed;
}

/** Java 17 or newer; installs the headless one where there is none. */
export function ensureJava(): string {
  const java = ensureDebianPackage('java', 'openjdk-17-jre-headless');
  const printed = spawnSync(java, ['-version'], { encoding: 'utf8' }).stderr;
  const major = Number(/version "(\d+)/.exec(printed)?.[1] ?? 0);
  if (major < 17)
    throw new Error(
      `The tests need Java 17 or newer for Apache Kafka, found ${major}: apt-get install openjdk-17-jre-headless.`,
    );
  return java;
}

/** Maven, which fetches Apache Kafka. */
export function ensureMaven(): string {
  ensureJava();
  return ensureDebianPackage('mvn', 'maven');
}

export const ensureNginx = (): string => ensureDebianPackage('nginx', 'nginx-light');
export const ensureChromium = (): string => ensureDebianPackage('chromium', 'chromium');

/** Node 20.19 or newer. */
export function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Bonafide needs Node 20.19 or newer, this is ${process.versions.node}.`);
}

/** A TCP port on 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

/** Builds `dist` once, as `npm start` does. */
export function buildDist(root: string): void {
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
}
