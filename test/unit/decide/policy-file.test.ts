import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkPolicy } from '../../../services/decide/policy-check.ts';
import { readPolicyFile } from '../../../services/decide/policy-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-policy-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'policy.yaml');

/** Every fault of a policy file, by line and key. */
function faultsOf(text: string): string[] {
  writeFileSync(path, text);
  const { input, located } = readPolicyFile(path);
  const checked = checkPolicy(input, Date.UTC(2026, 10, 1));
  return checked.ok ? [] : located(checked.faults).map((fault) => `${fault.path}: ${fault.message}`);
}

describe('a policy file', () => {
  it('has line and key of each fault', () => {
    const text = `mode: enforce
bugets: { challenge: 0.001 }
routes:
  - match: { path: /v1/a }
    attestation: requre
    colour: red
limits:
  - match: { path: /v1/search }
    by: ip
    outcome: block
    rate: often
    burst: 5
`;
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(/^line 5, routes\.0\.attestation: /),
      'line 6, routes.0.colour: there is no such key',
      expect.stringMatching(/^line 8, limits\.0\.name: /),
      'line 11, limits.0.rate: a rate such as 60/m',
      'line 2, bugets: there is no such key',
    ]);
    expect(faultsOf('scopes: [{ name: a, hosts: [x] },\n  { name: a, hosts: [y] }]')).toEqual([
      'line 2, scopes.1.name: the scope a is named twice',
    ]);
    expect(faultsOf('mode: shadow\nbudgets:\n  challenge: 0.001\n  a.b: 1\n')).toEqual([
      'line 4, budgets.a.b: there is no such key',
    ]);
    expect(faultsOf('- 1')[0]).toMatch(/^line 1: /);
    expect(faultsOf('{"mode":\n"loud"}')[0]).toMatch(/^line 1, mode: /);
    expect(faultsOf('# nothing\n')).toEqual([]);
  });

  it('has the line at which it cannot be read', () => {
    for (const [text, says] of [
      ['mode: shadow\nmode: enforce\n', /must be unique at line 2, column 1$/],
      ['mode: [shadow\nbudgets: {', /at line 2, column 1$/],
      ['mode: shadow\n---\nmode: enforce\n', /several documents; the second begins at line 2$/],
      [`a: &a [x,x]\n${'b: [*a]\n'.replace('[*a]', `[${'*a,'.repeat(500)}*a]`)}`, /alias/i],
    ] as const) {
      writeFileSync(path, text);
      expect(() => readPolicyFile(path)).toThrow(says);
    }
  });
});
