import { createAccess } from '../../shared/access.ts';
import type { Io } from './command.ts';
import { prepareDataFolder } from './data-folder.ts';
import { acquireLock } from './lock.ts';
import { runRole } from './role.ts';
import { addIngest, addPolicy } from './roles.ts';

export const help = `Usage: bonafide ingest

One role as its own process: records from Kafka (KAFKA_BROKERS) and POST /v1/events into CLICKHOUSE_URL, exactly once in
effect. Needs BONAFIDE_GATEWAY_KEYS. Several processes share the topic's partitions; each needs a BONAFIDE_DATA_DIR of
its own, in which it notes what is in flight.`;

export function run(args: string[], io: Io): Promise<number> {
  return runRole(
    {
      role: 'ingest',
      required: ['BONAFIDE_GATEWAY_KEYS'],
      compose: async (app, runtime, keys) => {
        const folder = prepareDataFolder(runtime.settings.dataDir).path;
        const lock = acquireLock(folder);
        runtime.lifecycle.onClose('lock', () => lock.release());
        const policy = await addPolicy(runtime, keys);
        const ingest = await addIngest(app, runtime, { policy, access: createAccess(keys), folder });
        return { start: () => ingest.start() };
      },
    },
    args,
    io,
  );
}
