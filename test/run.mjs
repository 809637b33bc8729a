// `npm test`: build, checks, then every tier of tests; ends with one line `N passed, N failed`.
// `npm test -- test/unit/settings.test.ts` or `-- --project unit` narrows it (then without the checks).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const narrowed = process.argv.slice(2);
const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;

let passed = 0;
let failed = 0;
/** What failed, said again before the last line: whoever sees only the end of a long log needs it there. */
const failures = [];

function fail(name, why = '') {
  failed++;
  failures.push(why === '' ? name : `${name}\n    ${why}`);
}

/** A check counts as one test. */
function check(name, command, args) {
  const ok = run(command, args);
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}: ${name}\n`);
  if (ok) passed++;
  else fail(name);
}

function finish() {
  for (const failure of failures) process.stdout.write(`FAILED: ${failure}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Bonafide needs Node 20.19 or newer, this is ${process.versions.node}.`);
  finish();
}
if (!existsSync(bin('vitest'))) {
  fail('The packages are not installed: run npm ci first.');
  finish();
}

check('build', 'npm', ['run', '-s', 'build']);
if (narrowed.length === 0) {
  check('types', 'npm', ['run', '-s', 'typecheck']);
  check('lint and format', 'npm', ['run', '-s', 'lint']);
}

/** The first lines of a message, without colours and frames of libraries: what was expected, what came, where. */
const firstLines = (message) =>
  stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => !line.includes('node_modules'))
    .slice(0, 8)
    .join('\n    ')
    .slice(0, 1_000);

/**
 * Runs vitest and adds up what its JSON report says. A run that leaves no report, or that fails without a failed test
 * (a file that does not even load, an error outside of tests), counts as one failure.
 */
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
  const before = failed;
  if (existsSync(report)) {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    for (const file of testResults) {
      const name = relative(root, file.name);
      const broken = file.assertionResults.filter((test) => test.status === 'failed');
      for (const test of broken) fail(`${name} > ${test.fullName}`, firstLines(test.failureMessages.join('\n')));
      if (file.status === 'failed' && broken.length === 0) fail(name, firstLines(file.message));
    }
  }
  if (!ok && failed === before)
    fail(`vitest ${args.join(' ')}`, 'ended with an error outside of every test; see above');
  rmSync(folder, { recursive: true, force: true });
}

// One project after the other: tiers do not compete for two cores.
if (narrowed.length > 0) vitest(narrowed);
else for (const project of ['unit', 'integration', 'e2e']) vitest(['--project', project]);
finish();
