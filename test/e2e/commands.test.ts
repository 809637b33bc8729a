import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../services/bonafide/commands.ts';
import { runCommand, temporaryFolder } from '../support/process.ts';

describe('the command line', () => {
  it('has help for every command, with usage first', async () => {
    for (const { name } of COMMANDS) {
      const { code, stdout } = await runCommand([name, '--help']);
      expect([name, code]).toEqual([name, 0]);
      expect(stdout).toMatch(new RegExp(`^Usage: bonafide ${name}`));
    }
    expect((await runCommand(['help', 'policy'])).stdout).toMatch(/^Usage: bonafide policy/);
    expect((await runCommand(['help', 'nothing'])).code).toBe(2);
  });

  it('names every command in the overall help', async () => {
    const { code, stdout } = await runCommand(['--help']);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(stdout).toContain(`\n  ${name} `);
  });

  it('answers an unknown command or option with help and exit code 2', async () => {
    const unknown = await runCommand(['sevre']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/There is no command "sevre"[\s\S]*Commands:/);
    expect((await runCommand([])).code).toBe(2);
    const option = await runCommand(['migrate', '--frobnicate']);
    expect(option.code).toBe(2);
    expect(option.stderr).toMatch(/--help shows/);
    expect(option.stderr).not.toMatch(/\n\s+at /);
  });

  it('prints the version', async () => {
    expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('tells all faults of the settings at once and exits with 2', async () => {
    for (const command of ['serve', 'migrate', 'ingest', 'score', 'decide', 'dashboard']) {
      const { code, stderr } = await runCommand([command], {
        BONAFIDE_PORT: 'eighty',
        KAFKA_BROKERS: 'nowhere',
        BONAFIDE_TLS_CERT: '/no/such/file',
      });
      expect([command, code]).toEqual([command, 2]);
      for (const name of ['BONAFIDE_PORT', 'KAFKA_BROKERS', 'BONAFIDE_TLS_CERT', 'BONAFIDE_TLS_KEY'])
        expect(stderr).toContain(name);
    }
  });

  it('says which setting a single role needs', async () => {
    const { code, stderr } = await runCommand(['decide']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/CLICKHOUSE_URL is required/);
    expect(stderr).toMatch(/BONAFIDE_GATEWAY_KEYS is required/);
  });

  it('says that no service runs where a command needs one', async () => {
    const folder = temporaryFolder('no-service');
    try {
      for (const args of [['policy', 'show'], ['dead-letters']]) {
        const { code, stderr } = await runCommand(args, { BONAFIDE_DATA_DIR: folder.path });
        expect([args[0], code]).toEqual([args[0], 1]);
        expect(stderr).toMatch(/No Bonafide runs on the data folder/);
      }
    } finally {
      folder.remove();
    }
  });
});
