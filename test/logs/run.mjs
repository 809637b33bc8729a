// Reads every line of every log file below a folder through the real pipeline and says what became of it:
//   npm run test:logs -- FOLDER
// Real logs come without a licence to pass them on, so none lies in the project, and `npm test` does not run this.
// Exit code 1 when any line is no event, unless it tells of no request, or when there is nothing to read.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { policySchema } from '../../dist/schemas/policy.js';
import { createPipeline } from '../../dist/services/ingest/pipeline.js';
import { readRecords } from '../../dist/services/ingest/read-file.js';
import { createRouteLearner } from '../../dist/services/ingest/route.js';
import { encodeRow } from '../../dist/services/ingest/row.js';
import { systemClock } from '../../dist/shared/clock.js';
import { compilePolicy } from '../../dist/shared/policy.js';

const SHOWN_FAILURES = 5;
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Which folder of logs? npm run test:logs -- FOLDER');
  process.exit(2);
}

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.md') && !entry.name.startsWith('.'))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();
const policy = compilePolicy(policySchema.parse({}));
const total = { lines: 0, events: 0, skipped: 0, dead: 0 };
const row = (name, ...cells) => console.log(name.padEnd(64), ...cells.map((cell) => String(cell).padStart(9)));

row('file', 'lines', 'events', 'skipped', 'dead', 'attack', 'routes', 'lines/s');
for (const path of files) {
  const result = await readFile(path);
  row(
    relative(folder, path),
    result.lines,
    result.events,
    result.skipped,
    result.dead,
    result.attack,
    result.routes.size,
    Math.round(result.lines / result.seconds),
  );
  for (const { offset, format, reason, detail } of result.failures) {
    console.log(`  byte ${offset}, ${format || 'no format'}: ${reason}. ${detail}`);
  }
  total.lines += result.lines;
  total.events += result.events;
  total.skipped += result.skipped;
  total.dead += result.dead;
}
row('all', total.lines, total.events, total.skipped, total.dead);
const good = total.lines > 0 && total.dead === 0;
console.log(good ? '1 passed, 0 failed' : '0 passed, 1 failed: not every line became an event');
process.exit(good ? 0 : 1);

async function readFile(path) {
  const pipeline = createPipeline({
    format: 'auto',
    scopes: () => policy,
    routes: createRouteLearner(),
    clock: systemClock,
    pseudonymKey: null,
    live: false,
  });
  const result = { lines: 0, events: 0, skipped: 0, dead: 0, attack: 0, routes: new Set(), failures: [], seconds: 0 };
  const started = performance.now();
  for await (const records of readRecords(path)) {
    for (const record of records) {
      result.lines++;
      const ingested = pipeline.ingest(record);
      if (ingested.kind === 'event') {
        result.events++;
        result.routes.add(`${ingested.row.method} ${ingested.row.route}`);
        if (ingested.row.attack !== 0) result.attack++;
        encodeRow(ingested.row);
      } else if (ingested.kind === 'skipped') {
        result.skipped++;
      } else {
        result.dead++;
        if (result.failures.length < SHOWN_FAILURES) result.failures.push(ingested);
      }
    }
  }
  result.seconds = (performance.now() - started) / 1000;
  return result;
}
