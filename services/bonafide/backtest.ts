import { once } from 'node:events';
import {
  closeSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { policySchema } from '../../schemas/policy.ts';
import { type ClickHouse, openLane } from '../../shared/clickhouse/client.ts';
import { migrate } from '../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../shared/clock.ts';
import { type CompiledPolicy, compilePolicy } from '../../shared/policy.ts';
import { createPseudonymise } from '../../shared/pseudonym.ts';
import { FORMAT_NAMES, isFormat } from '../ingest/formats/registry.ts';
import { createPipeline } from '../ingest/pipeline.ts';
import { readRecords } from '../ingest/read-file.ts';
import { createRouteLearner } from '../ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../ingest/row.ts';
import { createReplayTables, scoreAll } from '../score/score-all.ts';
import { createProgress } from './backtest-progress.ts';
import { outputLine, realised, replay } from './backtest-replay.ts';
import { writeReport } from './backtest-report.ts';
import { createSummary } from './backtest-summary.ts';
import { CommandError, type Io } from './command.ts';
import { requireLogFile } from './log-file.ts';
import { readOpenApi } from './openapi-file.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide backtest FILE… [options]

Replays access logs in event time and writes what the gateway would have been answered. Needs no running service,
leaves nothing behind. Files may be gzip or zstd. Of the settings BONAFIDE_PSEUDONYM_KEY, BONAFIDE_TRUSTED_HOPS
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
  for (const file of [...positionals, ...[values.policy, values.openapi].filter((f) => f !== undefined)])
    requireLogFile(file);
  if (!isFormat(values.format))
    throw new CommandError(`There is no format ${values.format}; known: ${FORMAT_NAMES.join(', ')}.`, 2);
  const { pseudonymKey, trustedHops, logZone } = settingsFor(io);
  const policy = loadPolicy(values.policy, pseudonymKey);
  // Before an hour's work, not after it.
  const outputs = [values.out, values.report].filter((f) => f !== undefined);
  const taken = new Map(
    [...positionals, ...[values.policy, values.openapi].filter((f) => f !== undefined)].map((f) => [fileOf(f), f]),
  );
  for (const file of outputs) {
    const other = taken.get(fileOf(file));
    if (other !== undefined)
      throw new CommandError(`${file} would be written over ${other}, which is the same file.`, 2);
    claim(file);
    taken.set(fileOf(file), file);
  }

  const folder = mkdtempSync(join(tmpdir(), 'bonafide-backtest-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const clickhouse = openLane({ kind: 'embedded', path: folder }, 'backtest');
  try {
    await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
    await createReplayTables(clickhouse);
    return await backtest(clickhouse, policy, positionals, { ...values, pseudonymKey, trustedHops, logZone }, io);
  } finally {
    await clickhouse.close();
    remove();
    process.off('exit', remove);
  }
}

interface Options {
  format: string;
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
  await clickhouse.run(
    'CREATE TABLE {db}.backtest_out (partition UInt32, offset UInt64, line String) ENGINE = MergeTree ORDER BY (partition, offset)',
  );

  const events = await load(clickhouse, policy, files, options, summary, progress);
  if (events === 0) {
    if (options.out !== undefined) await writeOut(clickhouse, options.out);
    progress.done();
    io.stdout.write(summary.text((performance.now() - started) / 1000));
    io.stderr.write('No line could be read. `bonafide explain FILE` shows why.\n');
    return 1;
  }
  progress.phase('scoring', events);
  await scoreAll(clickhouse, events, (share) => progress.at(share * events), policy.policy.attestation_evidence);

  progress.phase('deciding', events);
  let decided = 0;
  for await (const page of replay(clickhouse, policy)) {
    const lines: string[] = [];
    for (const replayed of page) {
      summary.add(replayed);
      if (options.out !== undefined)
        lines.push(JSON.stringify([replayed.partition, replayed.offset, outputLine(replayed)]));
    }
    if (lines.length > 0) await clickhouse.insertEncoded('backtest_out', OUT_COLUMNS, lines.join('\n'));
    decided += page.length;
    progress.at(decided);
  }
  summary.measured(await realised(clickhouse, policy));
  if (options.out !== undefined) await writeOut(clickhouse, options.out);
  progress.done();
  io.stdout.write(summary.text((performance.now() - started) / 1000));
  if (options.report !== undefined) writeReport(options.report, summary);
  return 0;
}

const OUT_COLUMNS = ['partition', 'offset', 'line'];

/** Reads, validates and inserts every line of every file; answers how many became events. */
async function load(
  clickhouse: ClickHouse,
  policy: CompiledPolicy,
  files: readonly string[],
  options: Options,
  summary: ReturnType<typeof createSummary>,
  progress: ReturnType<typeof createProgress>,
): Promise<number> {
  const openapi = readOpenApi(options.openapi);
  const routes = createRouteLearner(openapi === undefined ? {} : { openapi });
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
    let rejected: string[] = [];
    // The engine inserts one block while the next is read.
    let inserting: Promise<void> = Promise.resolve();
    const flush = async () => {
      const lines = block.join('\n');
      const errors = options.out === undefined ? '' : rejected.join('\n');
      block = [];
      rejected = [];
      await inserting;
      inserting = clickhouse
        .insertEncoded('events_raw_v1', EVENT_COLUMNS, lines)
        .then(() => clickhouse.insertEncoded('backtest_out', OUT_COLUMNS, errors));
      // Awaited at the next flush; until then a failure must not count as nobody's.
      inserting.catch(() => {});
    };
    for await (const records of readRecords(file)) {
      for (const read of records) {
        const record = { ...read, partition: index };
        const result = pipeline.ingest(record);
        if (result.kind === 'event') {
          events++;
          block.push(encodeRow(result.row));
        } else if (result.kind === 'dead-letter') {
          summary.reject(result.reason);
          rejected.push(JSON.stringify([index, record.offset, errorLine(result)]));
        }
      }
      if (block.length + rejected.length >= BLOCK) await flush();
      progress.at(events);
    }
    await flush();
    await inserting;
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

async function writeOut(clickhouse: ClickHouse, path: string): Promise<void> {
  const file = createWriteStream(path);
  const failed = once(file, 'error').then(([error]) => {
    throw error;
  });
  const write = async () => {
    let partition = 0;
    let offset = -1;
    for (;;) {
      const rows = await clickhouse.rows<{ partition: number; offset: number; line: string }>(
        `SELECT partition, offset, line FROM {db}.backtest_out
         WHERE (partition, toInt64(offset)) > (${partition}, ${offset}) ORDER BY partition, offset LIMIT 100000`,
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      if (!file.write(`${rows.map((row) => row.line).join('\n')}\n`)) await once(file, 'drain');
      partition = last.partition;
      offset = last.offset;
    }
    file.end();
    await once(file, 'finish');
  };
  await Promise.race([write(), failed]);
}

/** One file by whatever name, link or path it goes. */
function fileOf(path: string): string {
  if (!existsSync(path)) return resolve(path);
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

/** Makes the file, or says why it cannot be written. */
function claim(path: string): void {
  try {
    closeSync(openSync(path, 'w'));
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
}

function loadPolicy(path: string | undefined, pseudonymKey: string | null): CompiledPolicy {
  const input: unknown = path === undefined ? {} : parseYaml(readFileSync(path, 'utf8'));
  const parsed = policySchema.safeParse(input);
  if (parsed.success) return compilePolicy(parsed.data, { pseudonymise: createPseudonymise(pseudonymKey) });
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new CommandError(`${path}: the policy has faults\n${faults.join('\n')}`, 2);
}
