import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PACKAGE_ROOT } from '../../shared/root.ts';

const service = z.looseObject({
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
});
const file = z.looseObject({ services: z.record(z.string(), service) });

/** `${NAME:-default}`, `${NAME:?what}` and `${NAME}`, as Compose reads them. */
const VARIABLE = /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g;

/**
 * A service of docker-compose.yml as a process on this machine: its command, and its environment with the variables
 * that whoever starts it has exported.
 * @param places what stands for an address of a container: `kafka:9092` → `127.0.0.1:…`.
 */
export function composeService(
  name: string,
  exported: Readonly<Record<string, string>>,
  places: Readonly<Record<string, string>>,
): { command: string[]; environment: Record<string, string> } {
  const text = readFileSync(join(PACKAGE_ROOT, 'docker-compose.yml'), 'utf8');
  const { services } = file.parse(parse(text, { merge: true }));
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  const filled = (value: string) =>
    Object.entries(places).reduce(
      (at, [container, here]) => at.replaceAll(container, here),
      value.replace(VARIABLE, (_, variable: string, otherwise: string | undefined) => {
        const given = exported[variable] ?? otherwise;
        if (given === undefined) throw new Error(`docker-compose.yml asks for ${variable}.`);
        return given;
      }),
    );
  return {
    command: found.command,
    environment: Object.fromEntries(
      Object.entries(found.environment).map(([key, value]) => [key, filled(String(value))]),
    ),
  };
}
