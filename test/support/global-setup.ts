import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import {
  buildDist,
  checkNode,
  ensureChromium,
  ensureDebianPackage,
  ensureJava,
  ensureMaven,
  ensureNginx,
} from './tools.ts';

/** Before the e2e tier: every piece is here, or the run ends with a sentence that names the missing one. */
export default function setup(): void {
  checkNode();
  ensureJava();
  ensureMaven();
  ensureNginx();
  ensureChromium();
  ensureDebianPackage('openssl', 'openssl');
  ensureDebianPackage('curl', 'curl');
  if (!existsSync(join(PACKAGE_ROOT, 'dist', 'services', 'bonafide', 'main.js'))) buildDist(PACKAGE_ROOT);
}
