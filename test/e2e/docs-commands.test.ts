import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import { documents, fencedBlocks, shellCommands, textOf } from '../support/docs.ts';
import { DEMO, entryOf, RUN, SERVE } from '../support/docs-commands.ts';
import { cleanEnv, MAIN, type RunningCommand, startCommand, temporaryFolder } from '../support/process.ts';
import { freePort } from '../support/tools.ts';

const run = promisify(execFile);
const folder = temporaryFolder('docs');
const data = join(folder.path, 'data');
const commands = [...new Set(documents().flatMap((path) => shellCommands(textOf(path))))];
const keysFile = z.object({ gatewayKey: z.object({ secret: z.string() }), adminToken: z.string() });

let service: RunningCommand;
let url = '';
let shell: Record<string, string> = {};
const printed = new Map<string, string>();

/**
 * A command as it stands in the docs, in its place here: address, data folder, files that it writes. `npm run` builds
 * before each command; the build is here already, so all but one of them start what it would start.
 */
function placed(command: string): string {
  const text = command
    .replaceAll('http://127.0.0.1:8080', url)
    .replaceAll('.bonafide/keys.json', join(data, 'keys.json'))
    .replace(/(?<= )(decisions\.ndjson|report\.html|policy\.yaml|monday\.tar)\b/g, (name) => join(folder.path, name))
    .replace(/^npm run -s bonafide -- /, `'${process.execPath}' '${MAIN}' `);
  const exported = /^export ([A-Z]+)=/.exec(text)?.[1];
  return exported === undefined ? text : `${text}; printf %s "$${exported}"`;
}

async function bash(text: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run('bash', ['-ec', text], { cwd: PACKAGE_ROOT, env: cleanEnv(env), maxBuffer: 1 << 24 });
  return stdout;
}

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  service = startCommand(['serve'], { BONAFIDE_DATA_DIR: data, BONAFIDE_PORT: String(port) });
  await service.waitFor('/sign-in#', 60_000);
  const keys = keysFile.parse(JSON.parse(readFileSync(join(data, 'keys.json'), 'utf8')));
  shell = { BONAFIDE_DATA_DIR: data, KEY: keys.gatewayKey.secret, ADMIN: keys.adminToken };
  writeFileSync(join(folder.path, 'policy.yaml'), fencedBlocks(textOf('docs/operators.md'), 'yaml')[0] ?? '');
  // Something to see for those who ask for dead letters.
  const refused = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.gatewayKey.secret}`, 'content-type': 'application/json' },
    body: '[{"url.path": "/"}]',
  });
  expect(await refused.json()).toMatchObject({ dead_lettered: [{ line: 1, reason: 'missing_field' }] });
});
afterAll(async () => {
  await service?.stop();
  folder.remove();
});

describe('the commands of the docs', () => {
  it.each(RUN.map(({ command }) => command))('%s', async (beginning) => {
    const shown = commands.filter((command) => entryOf(command)?.command === beginning);
    expect(shown).not.toEqual([]);
    const entry = entryOf(beginning);
    const own = { ...shell, BONAFIDE_DATA_DIR: join(folder.path, 'own') };
    for (const command of shown) {
      const output = await bash(placed(command), entry?.folder === 'own' ? own : shell);
      expect(output).toMatch(entry?.prints ?? /^$/);
      printed.set(command, output);
    }
  });

  it('start what the package says: npm start, and npm run -s bonafide', async () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')));
    expect(scripts.start).toBe('node dist/services/bonafide/main.js serve');
    expect(commands).toEqual(expect.arrayContaining([SERVE, DEMO]));
    expect(await bash('npm run -s bonafide -- --version', shell)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('start the demo on a folder and a policy of its own', async () => {
    const demo = startCommand(DEMO.replace('npm start --', 'serve').split(' '), {
      BONAFIDE_DATA_DIR: join(folder.path, 'other'),
      BONAFIDE_PORT: String(await freePort()),
    });
    await demo.waitFor('/sign-in#', 60_000);
    expect(readFileSync(join(folder.path, 'other-demo', 'policy.yaml'), 'utf8')).toContain('mode: enforce');
    expect(await demo.stop()).toBe(0);
  });

  it('print for the example log what the README shows, numbers aside', () => {
    const command = shellCommands(textOf('README.md')).find((text) => text.includes(' backtest ')) ?? '';
    const form = (text: string) => text.replace(/[\d.,]+/g, '#').replace(/ +/g, ' ');
    const shown = (fencedBlocks(textOf('README.md'), 'text')[0] ?? '').trimEnd().split('\n');
    expect(shown.length).toBeGreaterThan(8);
    const got = (printed.get(command) ?? '').split('\n');
    for (const [i, line] of shown.entries()) {
      const [begins = ''] = line.split('…');
      // Which reason is the loudest may change as risk is tuned; who is loudest may not.
      const compared = line.startsWith('ip:') ? begins.slice(0, 40) : begins;
      expect(form(got[i] ?? '').startsWith(form(compared).trimEnd())).toBe(true);
    }
    expect(got.slice(8, 10).map((line) => line.split(' ')[0])).toEqual(
      shown.slice(8, 10).map((line) => line.split(' ')[0]),
    );
  });
});
