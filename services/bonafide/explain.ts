import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { ATTACK_BITS, type EventRow } from '../../schemas/event-row.ts';
import { policySchema } from '../../schemas/policy.ts';
import { readSettings } from '../../schemas/settings.ts';
import { systemClock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { printable } from '../../shared/printable.ts';
import { redact } from '../../shared/redact.ts';
import { ADAPTERS, FORMAT_NAMES, isFormat } from '../ingest/formats/registry.ts';
import { unwrap } from '../ingest/formats/unwrap.ts';
import { createPipeline, type Ingested, type SourceRecord } from '../ingest/pipeline.ts';
import { readRecords } from '../ingest/read-file.ts';
import { createRecogniser, type Read } from '../ingest/recognise.ts';
import { createRouteLearner } from '../ingest/route.ts';
import { CommandError, type Io } from './command.ts';
import { requireLogFile } from './log-file.ts';

export const help = `Usage: bonafide explain FILE [options]

Shows for each line of a log which format read it and what each field became, and for a bad line which part failed.
Secrets are taken out of what is shown. "-" reads standard input.

  --format NAME   ${FORMAT_NAMES.join(', ')}; default auto
  --lines N       how many lines to show, 0 for all; default 10
  --failures      only lines that cannot be read

Formats:
${ADAPTERS.map(({ name, description }) => `  ${name.padEnd(15)} ${description}`).join('\n')}

Example: bonafide explain access.log --failures
`;

/** Exit codes: 0 when any line was read, 1 when none was, 2 wrong use. */
export async function run(args: string[], io: Io): Promise<number> {
  const options = readOptions(args);
  const settings = readSettings(io.env);
  const learner = createRouteLearner();
  const policy = compilePolicy(policySchema.parse({}));
  const pipeline = createPipeline({
    format: options.format,
    scopes: () => policy,
    routes: learner,
    clock: systemClock,
    pseudonymKey: null,
    ...(settings.ok ? { trustedHops: settings.settings.trustedHops, logZone: settings.settings.logZone } : {}),
    live: false,
  });
  const recognise = createRecogniser(options.format);
  const counts = { lines: 0, read: 0, failed: 0, shown: 0 };

  for await (const batch of readRecords(options.file)) {
    for (const record of batch) {
      counts.lines++;
      const ingested = pipeline.ingest(record);
      const line = record.bytes.toString('utf8').trim();
      if (line === '') continue;
      const read = recognise(record.source, line, () => isUtf8(record.bytes));
      if (ingested.kind === 'event') counts.read++;
      else if (ingested.kind === 'dead-letter') counts.failed++;
      if (options.failures && ingested.kind !== 'dead-letter') continue;
      if (counts.shown >= options.lines) continue;
      counts.shown++;
      if (!io.stdout.write(explain(counts.lines, record, line, read, ingested))) await once(io.stdout, 'drain');
    }
    if (io.signal.aborted || (counts.shown >= options.lines && !options.failures)) break;
  }
  io.stdout.write(`${counts.lines} lines looked at, ${counts.read} read, ${counts.failed} failed\n`);
  return counts.read > 0 || counts.failed === 0 ? 0 : 1;
}

function readOptions(args: string[]): { file: string; format: string; lines: number; failures: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'auto' },
      lines: { type: 'string', default: '10' },
      failures: { type: 'boolean', default: false },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(`Which file? One at a time.\n\n${help}`, 2);
  if (file !== '-') requireLogFile(file);
  if (!isFormat(values.format)) {
    throw new CommandError(
      `There is no format "${values.format}". Choose one of: ${FORMAT_NAMES.join(', ')}. A new format is one file in services/ingest/formats.`,
      2,
    );
  }
  if (!/^\d{1,9}$/.test(values.lines)) throw new CommandError('--lines is a number; 0 shows all.', 2);
  const lines = Number(values.lines) || Number.POSITIVE_INFINITY;
  return { file, format: values.format, lines, failures: values.failures };
}

function explain(number: number, record: SourceRecord, line: string, read: Read, ingested: Ingested): string {
  const head = `line ${number}, byte ${record.offset}`;
  if (ingested.kind === 'event') return `${head}: ${read.format}\n${fieldsOf(read, ingested.row)}\n`;
  if (ingested.kind === 'skipped') {
    return `${head}: skipped, read as ${read.format}. It tells of no request of its own.\n`;
  }
  const format = ingested.format === '' ? '' : `, read as ${ingested.format}`;
  const text = unwrap(line);
  const place = read.ok ? shorten(text, 0) : pointAt(text, read.at);
  const part = read.ok ? '' : `, part "${read.part}"`;
  return `${head}: ${ingested.reason}${part}${format}. ${ingested.detail}\n${place}\n`;
}

/** Field as the adapter read it, and what the row has of it where that is something else. */
function fieldsOf(read: Read, row: EventRow): string {
  const fields = read.ok ? Object.entries(read.fields) : [];
  const lines = fields
    .filter(([name, value]) => value !== null && COLUMNS[name] !== undefined)
    .map(([name, value]) => pair(name, show(value), show(shown(row, COLUMNS[name] ?? 'path'))));
  const attacks = Object.entries(ATTACK_BITS).filter(([, bit]) => (row.attack & bit) !== 0);
  lines.push(pair('route', `${row.method} ${row.route} (${row.route_class})`));
  if (row.object !== '') lines.push(pair('object', show(row.object)));
  lines.push(pair('entities', `ip ${row.ip}, net ${row.net}, scope ${row.scope}`));
  if (attacks.length > 0) lines.push(pair('attack', attacks.map(([name]) => name).join(', ')));
  const ignored = fields.filter(([name]) => COLUMNS[name] === undefined).map(([name]) => printable(name).slice(0, 64));
  if (ignored.length > 0) lines.push(pair('ignored', ignored.slice(0, 20).join(', ')));
  return lines.join('');
}

const pair = (name: string, value: string, became = value) =>
  `  ${name.padEnd(28)} ${value}${became === value ? '' : `  →  ${became}`}\n`;

function shown(row: EventRow, column: keyof EventRow): string | number {
  return column === 'time' ? new Date(row.time).toISOString() : row[column];
}

function show(value: unknown): string {
  const text = printable(redact(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')));
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}

/** A stretch of the line with a caret below the column at which reading failed. */
function pointAt(line: string, at: number): string {
  if (at < 0) return shorten(line, 0);
  const before = printable(redact(line.slice(0, at)));
  const skipped = Math.max(0, before.length - 60);
  const lead = skipped > 0 ? '…' : '';
  const after = printable(redact(line.slice(at, at + 400))).slice(0, 60);
  return `  ${lead}${before.slice(skipped)}${after}\n  ${' '.repeat(before.length - skipped + lead.length)}^`;
}

const shorten = (line: string, from: number) => `  ${printable(redact(line.slice(from, from + 400))).slice(0, 120)}`;

/** Canonical field → column of the row. */
const COLUMNS: Readonly<Record<string, keyof EventRow>> = {
  time: 'time',
  'http.request.method': 'method',
  'url.path': 'path',
  'url.query': 'query',
  'http.route': 'route',
  'http.response.status_code': 'status',
  'client.address': 'client_address',
  event_id: 'event_id',
  'server.address': 'host',
  'user_agent.original': 'user_agent',
  'http.request.id': 'request_id',
  'http.request.size': 'request_size',
  'http.response.size': 'response_size',
  'http.server.request.duration': 'duration',
  'user.id': 'user_id',
  'session.id': 'session_id',
  'device.id': 'device_id',
  'api.client': 'api_client',
  'login.subject': 'login_subject',
  'app.version': 'app_version',
  'geo.country': 'geo_country',
  'geo.location.lat': 'geo_lat',
  'geo.location.lon': 'geo_lon',
  'network.asn': 'asn',
  'tls.client.ja4': 'ja4',
  'attestation.status': 'attestation_status',
  'attestation.code': 'attestation_code',
  'attestation.issuer': 'attestation_issuer',
  'attestation.token': 'attestation_token',
  'identity.code': 'identity_code',
  'risk.outcome': 'risk_outcome',
  'risk.would': 'risk_would',
  'risk.decision_id': 'risk_decision_id',
  'challenge.result': 'challenge_result',
  'captcha.score': 'captcha_score',
  'waf.score': 'waf_score',
};
