import { policySchema } from '../../schemas/policy.ts';
import { ADAPTERS } from '../../services/ingest/formats/registry.ts';
import { createPipeline } from '../../services/ingest/pipeline.ts';
import { createRecogniser } from '../../services/ingest/recognise.ts';
import { createRouteLearner } from '../../services/ingest/route.ts';
import { systemClock } from '../../shared/clock.ts';
import { compilePolicy } from '../../shared/policy.ts';
import { ORDINARY } from '../unit/formats/ordinary.ts';
import { crowdsecCost } from './crowdsec.ts';

// What one line costs, per format, in µs of CPU on one core: recognised and read by its adapter, and the whole way of a
// record from bytes to a row. Beside it in the same run, of the same lines: JSON.parse for JSON, and one plain regular
// expression (address, time, request, status) for text; and CrowdSec, which reads nginx's combined format and runs its
// scenarios over it.
//   npm run -s bench:formats -- [milliseconds per figure]
const BUDGET_MS = Number(process.argv[2] ?? 250);
const LINES = 2_000;

/** Lines of one ordinary line, with other callers, ids and moments. */
function variants(line: string): string[] {
  return Array.from({ length: LINES }, (_, n) =>
    line
      .replaceAll('203.0.113.9', `203.0.${n % 7}.${n % 199}`)
      .replaceAll('/v1/orders/12', `/v1/orders/${1000 + (n % 997)}`)
      .replaceAll('12:00:00', `12:00:${String(Math.floor(n / 50) % 60).padStart(2, '0')}`),
  );
}

/** µs of CPU for one line, over at least the budget; best of three. */
function cost(lines: readonly string[], read: (line: string) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    const end = performance.now() + BUDGET_MS / 3;
    let done = 0;
    while (performance.now() < end) {
      for (const line of lines) if (read(line) === undefined) throw new Error(`not read: ${line}`);
      done += lines.length;
    }
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / done);
  }
  return best;
}

const PLAIN =
  /^\S+ \S+ \S+ \[([^\]]+)\] "(\S+) (\S+)[^"]*" (\d{3}) (\S+)|^\[([^\]]+)\] "(\S+) (\S+) \S+" (\d{3})|^(\S+):\d+ \[([^\]]+)\] .* (\d{3}) .* "(\S+) (\S+)|(\d{1,3}(?:\.\d{1,3}){3})/;
const policy = compilePolicy(policySchema.parse({}));
const row = (...cells: (string | number)[]) =>
  process.stdout.write(
    `${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(17) : String(cell).padStart(11))).join('')}\n`,
  );

row('format', 'bytes', 'floor µs', 'read µs', 'read/floor', 'whole µs', 'lines/s');
for (const { name, json } of ADAPTERS) {
  const lines = variants(ORDINARY[name]?.[0] ?? '');
  const recognise = createRecogniser('auto');
  const { ingest } = createPipeline({
    format: 'auto',
    scopes: () => policy,
    routes: createRouteLearner(),
    clock: systemClock,
    pseudonymKey: null,
    live: false,
  });
  const bytes = new Map(lines.map((line) => [line, Buffer.from(line)]));
  const floor = cost(lines, (line) => (json === undefined ? PLAIN.exec(line) : JSON.parse(line)));
  const read = cost(lines, (line) => (recognise('s', line, () => true).ok ? true : undefined));
  const nothing = cost(lines, (line) => bytes.get(line));
  const whole = cost(lines, (line) => {
    const ingested = ingest({ source: 's', partition: 0, offset: 0, bytes: bytes.get(line) ?? Buffer.alloc(0) });
    return ingested.kind === 'event' ? true : undefined;
  });
  const size = Math.round(lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length);
  const net = whole - nothing;
  row(name, size, floor.toFixed(2), read.toFixed(2), (read / floor).toFixed(2), net.toFixed(2), Math.round(1e6 / net));
}

const { cpu, linesPerSecond } = await crowdsecCost();
process.stdout.write(
  `CrowdSec, nginx combined: ${cpu.toFixed(0)} µs of CPU a line, ${linesPerSecond.toLocaleString('en')} lines/s\n`,
);
