import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Settings } from '../../schemas/settings.ts';
import { CommandError } from './command.ts';

const keysFile = z.object({
  gatewayKey: z.object({ name: z.string(), secret: z.string() }),
  adminToken: z.string(),
  /** Splits callers into holdout, rollout and slices; never leaves the folder. */
  hashKey: z.string(),
});

/** The secrets of this install: from the settings where they are given, else those kept in `keys.json`. */
export interface Keys {
  gatewayKeys: { name: string; secret: string }[];
  /** null: nobody is an admin by token. */
  adminToken: string | null;
  hashKey: string;
}

/**
 * Reads `keys.json`, or makes it at the first start (mode 0600).
 * @throws CommandError when the file cannot be read as what it should be.
 */
export function loadKeys(
  path: string,
  settings: Pick<Settings, 'gatewayKeys' | 'adminToken'>,
): Keys & { adminToken: string } {
  if (!existsSync(path)) makeKeys(path);
  const kept = readKeys(path);
  // A copied or restored folder may have lost its mode.
  chmodSync(path, 0o600);
  return {
    gatewayKeys: settings.gatewayKeys ?? [kept.gatewayKey],
    adminToken: settings.adminToken ?? kept.adminToken,
    hashKey: kept.hashKey,
  };
}

function makeKeys(path: string): void {
  const keys: z.infer<typeof keysFile> = {
    gatewayKey: { name: 'gateway', secret: `bfg_${secret()}` },
    adminToken: `bfa_${secret()}`,
    hashKey: secret(),
  };
  // Whole or not at all, also when the disk fills up half-way.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
}

function readKeys(path: string): z.infer<typeof keysFile> {
  try {
    return keysFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new CommandError(
      `${path} cannot be read as the keys of this install. Restore it from a copy, ` +
        'or delete it: a new gateway key and admin token are then made, and gateways need the new key.',
    );
  }
}

const secret = () => randomBytes(24).toString('base64url');
