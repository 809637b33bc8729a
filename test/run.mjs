// `npm test`: build, checks, then every tier of tests; ends with one line `N passed, N failed`.
// `npm test -- test/unit/settings.test.ts` or `-- --project unit` narrows it (then without the checks).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const narrowed = process.argv.slice(2);
const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;

let passed = 0;
let failed = 0;

/** A check counts as one test. */
function check(name, command, args) {
  const ok = run(command, args);
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}: ${name}\n`);
  if (ok) passed++;
  else failed++;
}

function finish() {
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Bonafide needs Node 20.19 or newer, this is ${process.versions.node}.\n`);
  failed++;
  finish();
}
if (!existsSync(bin('vitest'))) {
  process.stderr.write('The packages are not installed: run npm ci first.\n');
  failed++;
  finish();
}

check('build', 'npm', ['run', '-s', 'build']);
if (narrowed.length === 0) {
  check('types', 'npm', ['run', '-s', 'typecheck']);
  check('lint and format', 'npm', ['run', '-s', 'lint']);
}

/** Runs vitest and adds up what its JSON report says; a run that leaves no report counts as one failure. */
function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-report-'));
  const report = join(folder, 'report.json');
  const ok = run(bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  let missed = !ok;
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    failed += numFailedTests;
    // A file that does not even load has no failed test: it counts as one.
    missed = !ok && numFailedTests === 0;
    if (missed) failed += Math.max(numFailedTestSuites, 1);
  } else if (missed) failed++;
  rmSync(folder, { recursive: true, force: true });
}

// One project after the other: tiers do not compete for two cores.
if (narrowed.length > 0) vitest(narrowed);
else for (const project of ['unit', 'integration', 'e2e']) vitest(['--project', project]);
finish();
