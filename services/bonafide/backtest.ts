import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { policySchema } from '../../schemas/policy.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { believeWhileRoom, roomOf } from '../../shared/clickhouse/room.ts';
import { systemClock } from '../../shared/clock.ts';
import { type CompiledPolicy, compilePolicy } from '../../shared/policy.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { FORMAT_NAMES, isFormat } from '../ingest/formats/registry.ts';
import { createMetIds } from '../ingest/met-ids.ts';
import { createPipeline } from '../ingest/pipeline.ts';
import { readRecords } from '../ingest/read-file.ts';
import { createRouteLearner } from '../ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../ingest/row.ts';
import { createReplayTables, scoreAll } from '../score/score-all.ts';
import { createOutLines, type OutLines } from './backtest-out.ts';
import { claimOutputs, type Outputs } from './backtest-outputs.ts';
import { createProgress } from './backtest-progress.ts';
import { outputLine, realised, replay } from './backtest-replay.ts';
import { writeReport } from './backtest-report.ts';
import { createSummary } from './backtest-summary.ts';
import { CommandError, type Io } from './command.ts';
import { leaveBy } from './leave.ts';
import { requireLogFile } from './log-file.ts';
import { readOpenApi } from './openapi-file.ts';
import { judgePolicyFile, policyFaults } from './policy-file.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide backtest FILE… [options]

Replays access logs in event time and writes what the gateway would have been answered. Needs no running service,
leaves nothing behind. Files may be gzip or zstd; "-" reads standard input. Of the settings BONAFIDE_PSEUDONYM_KEY, BONAFIDE_TRUSTED_HOPS
and BONAFIDE_LOG_ZONE count.

  --format NAME    how lines are read; default auto
  --policy FILE    policy as YAML or JSON; default: the built-in defaults
  --openapi FILE   names routes instead of learning them
  --out FILE       one JSON line per input line, in input order
  --report FILE    one self-contained HTML page

Example: bonafide backtest access.log --out decisions.ndjson --report report.html
`;

/** Rows of one insert. */
const BLOCK = 50_000;

/** Exit codes: 0 done (some lines may be rejected), 1 no line could be read or a broken world, 2 wrong use. */
export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'auto' },
      policy: { type: 'string' },
      openapi: { type: 'string' },
      out: { type: 'string' },
      report: { type: 'string' },
    },
  });
  if (positionals.length === 0) throw new CommandError(`Which file? ${help}`, 2);
  const logs = positionals.filter((file) => file !== '-');
  if (positionals.length - logs.length > 1) throw new CommandError('Standard input (-) can be read once.', 2);
  const named = [...logs, ...[values.policy, values.openapi].filter((f) => f !== undefined)];
  for (const file of named) requireLogFile(file);
  if (!isFormat(values.format))
    throw new CommandError(`There is no format ${values.format}; known: ${FORMAT_NAMES.join(', ')}.`, 2);
  const { pseudonymKey, trustedHops, logZone } = settingsFor(io);
  const policy = loadPolicy(values.policy, pseudonymKey);
  // A signal that came while the command was loaded was told before anybody listened for it.
  if (io.signal.aborted) leaveBy(io.signal.reason);
  const outputs = claimOutputs(
    [values.out, values.report].filter((f) => f !== undefined),
    named,
  );

  const folder = workFolder(outputs);
  let isDone = false;
  const remove = () => {
    removeBusy(folder);
    if (!isDone) outputs.remove();
  };
  process.once('exit', remove);
  // The engine cannot be asked to leave a query, which may take minutes, and nothing here is worth waiting for.
  const abandon = () => {
    remove();
    leaveBy(io.signal.reason);
  };
  io.signal.addEventListener('abort', abandon, { once: true });
  if (io.signal.aborted) abandon();
  const lane = openLane({ kind: 'embedded', path: folder }, 'backtest');
  const clickhouse = believeWhileRoom(lane, () => roomOf(folder));
  try {
    await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
    await createReplayTables(clickhouse);
    const options = { ...values, folder, pseudonymKey, trustedHops, logZone };
    const code = await backtest(clickhouse, policy, positionals, options, io);
    isDone = true;
    return code;
  } finally {
    await clickhouse.close();
    remove();
    process.off('exit', remove);
    io.signal.removeEventListener('abort', abandon);
  }
}

/** Removes a folder into which the engine may still be writing. */
function removeBusy(folder: string): void {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      // Something new lay in a folder that had just been emptied.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) return;
    }
  }
}

/** @throws CommandError when the folder for temporary files takes none; no output is left then. */
function workFolder(outputs: Outputs): string {
  try {
    return mkdtempSync(join(tmpdir(), 'bonafide-backtest-'));
  } catch (error) {
    outputs.remove();
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${tmpdir()} takes no temporary files: ${why}. Set TMPDIR to a folder that does.`);
  }
}

interface Options {
  format: string;
  /** Of this run alone. */
  folder: string;
  /** Identities and clients as the live install makes them. */
  pseudonymKey: string | null;
  trustedHops: number;
  logZone: string;
  openapi?: string;
  out?: string;
  report?: string;
}

async function backtest(
  clickhouse: ClickHouse,
  policy: CompiledPolicy,
  files: readonly string[],
  options: Options,
  io: Io,
): Promise<number> {
  const progress = createProgress(io);
  const summary = createSummary(policy);
  const started = performance.now();
  const out = options.out === undefined ? undefined : createOutLines(options.folder);

  const events = await load(clickhouse, policy, files, options, summary, progress, out);
  if (events === 0) {
    if (options.out !== undefined) await out?.write(options.out);
    progress.done();
    io.stdout.write(summary.text((performance.now() - started) / 1000));
    if (options.report !== undefined) writeReport(options.report, summary);
    io.stderr.write('No line could be read. `bonafide explain FILE` shows why.\n');
    return 1;
  }
  progress.phase('scoring', events);
  await scoreAll(clickhouse, events, (share) => progress.at(share * events), policy.policy.attestation_evidence);

  progress.phase('deciding', events);
  let decided = 0;
  for await (const page of replay(clickhouse, policy)) {
    for (const replayed of page) {
      summary.add(replayed);
      out?.add(replayed.partition, replayed.offset, outputLine(replayed));
    }
    decided += page.length;
    progress.at(decided);
  }
  summary.measured(await realised(clickhouse, policy));
  if (options.out !== undefined) await out?.write(options.out);
  progress.done();
  io.stdout.write(summary.text((performance.now() - started) / 1000));
  if (options.report !== undefined) writeReport(options.report, summary);
  return 0;
}

/** Reads and validates every line of every file, and inserts each event once; answers how many there are. */
async function load(
  clickhouse: ClickHouse,
  policy: CompiledPolicy,
  files: readonly string[],
  options: Options,
  summary: ReturnType<typeof createSummary>,
  progress: ReturnType<typeof createProgress>,
  out: OutLines | undefined,
): Promise<number> {
  const openapi = readOpenApi(options.openapi);
  const routes = createRouteLearner(openapi === undefined ? {} : { openapi });
  const ids = createMetIds();
  let events = 0;
  progress.phase('reading', 0);
  for (const [index, file] of files.entries()) {
    const pipeline = createPipeline({
      format: options.format,
      scopes: () => policy,
      routes,
      clock: systemClock,
      pseudonymKey: options.pseudonymKey,
      trustedHops: options.trustedHops,
      logZone: options.logZone,
      live: false,
    });
    let block: string[] = [];
    // The engine inserts one block while the next is read.
    let inserting: Promise<void> = Promise.resolve();
    const flush = async () => {
      const lines = block.join('\n');
      block = [];
      await inserting;
      inserting = clickhouse.insertEncoded('events_raw_v1', EVENT_COLUMNS, lines);
      // Awaited at the next flush; until then a failure must not count as nobody's.
      inserting.catch(() => {});
    };
    try {
      for await (const records of readRecords(file)) {
        for (const read of records) {
          const record = { ...read, partition: index };
          const result = pipeline.ingest(record);
          if (result.kind === 'event') {
            const first = ids.firstOf(result.row);
            if (first === undefined) {
              events++;
              block.push(encodeRow(result.row));
            } else {
              // Not stored, so it is neither scored nor decided, and takes nothing from a rate limit.
              summary.again();
              out?.again({ file: index, offset: record.offset }, first);
            }
          } else if (result.kind === 'dead-letter') {
            summary.reject(result.reason);
            out?.add(index, record.offset, errorLine(result));
          }
        }
        if (block.length >= BLOCK) await flush();
        progress.at(events);
      }
      await flush();
    } finally {
      // One that is left alone would still run while the engine is closed.
      await inserting;
    }
  }
  return events;
}

function errorLine(rejected: { source: string; partition: number; offset: number; reason: string }): string {
  return JSON.stringify({
    event_id: `${rejected.source}:${rejected.partition}:${rejected.offset}`,
    time: null,
    outcome: 'allow',
    risk: 0,
    entity: null,
    attestation: null,
    reasons: [],
    error: rejected.reason,
  });
}

/** The policy of `--policy`, or the built-in one. @throws CommandError with every fault and its line. */
function loadPolicy(path: string | undefined, pseudonymKey: string | null): CompiledPolicy {
  const options = { pseudonymise: createPseudonymise(pseudonymKey) };
  if (path === undefined) return compilePolicy(policySchema.parse({}), options);
  const { checked } = judgePolicyFile(path, 2);
  if (!checked.ok) throw new CommandError(policyFaults(`${path} has faults`, checked.faults), 2);
  return compilePolicy(checked.policy, options);
}
