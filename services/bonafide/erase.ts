import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { eraseAnswer } from '../../schemas/api-ingest.ts';
import { ENTITY_KINDS, entityRef } from '../../schemas/event.ts';
import { CommandError, type Io } from './command.ts';
import { readRunning } from './running.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide erase KIND:ID [options]

Removes an entity (user, session, device, ip, net, client) from events, roll-ups, risks, dead letters, learnt routes and the memory of
decision processes, looks again, and prints what was removed from where. What is kept: a record in erasures_v1 that
holds a hash of the id, who asked and why; revocations in force; hashes of event ids, for a day; requests of others that
have the name in their path, which are counted; the source (Kafka, its dead-letter topic, log files), which is yours: a
file that is imported again brings its events back.
Talks to the Bonafide that runs on the data folder (BONAFIDE_DATA_DIR, .bonafide).

  --linked         also the sessions and devices that only this user was seen with
  --reason TEXT    why; kept in the audit record
  --by NAME        who; default the user of this terminal

Example: bonafide erase user:alice@example.com --linked --reason "request 4711"
`;

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { linked: { type: 'boolean', default: false }, reason: { type: 'string' }, by: { type: 'string' } },
  });
  const [text, ...more] = positionals;
  if (text === undefined || more.length > 0) throw new CommandError(`Whom?\n\n${help}`, 2);
  const colon = text.indexOf(':');
  const entity = entityRef.safeParse({ kind: text.slice(0, colon), id: text.slice(colon + 1) });
  if (!entity.success)
    throw new CommandError(`"${text}" is no entity: write kind:id, with one of ${ENTITY_KINDS.join(', ')}.`, 2);
  const { url, adminToken } = readRunning(settingsFor(io).dataDir);
  const { linked, reason, by = userInfo().username } = values;
  const response = await fetch(`${url}/api/v1/erase`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ entity: entity.data, linked, by, ...(reason === undefined ? {} : { reason }) }),
    signal: io.signal,
  }).catch((error: unknown) => {
    throw new CommandError(`${url} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  });
  const body: unknown = await response.json();
  if (!response.ok) {
    const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
    throw new CommandError(`The service answers ${response.status}: ${detail}`);
  }
  const { entities, tables, snapshot, named_by_others = 0 } = eraseAnswer.parse(body);
  const found = tables.reduce((sum, table) => sum + table.removed + table.left, 0);
  if (found === 0) {
    io.stdout.write(
      `Nothing stands here of ${text}: no event that is kept carried it. Check the id, kind and spelling.\n`,
    );
    return 1;
  }
  io.stdout.write(`Erased: ${entities.map(({ kind, count }) => `${count} ${kind}`).join(', ')}\n`);
  for (const { table, removed, left } of tables)
    io.stdout.write(`  ${table.padEnd(28)} ${String(removed).padStart(9)} removed  ${String(left).padStart(5)} left\n`);
  io.stdout.write(
    snapshot === 'clear'
      ? 'Decision processes have forgotten it.\n'
      : 'No step of risk was published meanwhile: decision processes forget it when they start again.\n',
  );
  if (named_by_others > 0)
    io.stdout.write(
      `${named_by_others} requests of others have the name in their path, query or agent. They are theirs, and stay.\n`,
    );
  const left = tables.reduce((sum, table) => sum + table.left, 0);
  if (left > 0)
    io.stdout.write(`${left} rows came while it ran. Its events still arrive: stop them, and erase again.\n`);
  return left > 0 ? 1 : 0;
}
