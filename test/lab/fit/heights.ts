import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { policySchema } from '../../../schemas/policy.ts';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { readRecords } from '../../../services/ingest/read-file.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { EVENT_COLUMNS, encodeRow } from '../../../services/ingest/row.ts';
import { EVENT_RISKS } from '../../../services/score/caller-hours.ts';
import { createRiskQuery } from '../../../services/score/risk-query.ts';
import { createReplayTables, scoreAll } from '../../../services/score/score-all.ts';
import { type ClickHouse, openLane } from '../../../shared/clickhouse/client.ts';
import { migrate } from '../../../shared/clickhouse/migrate.ts';
import { systemClock } from '../../../shared/clock.ts';
import { EVIDENCE_DB } from '../../../shared/evidence.ts';
import { SCORED_KINDS } from '../../../shared/kinds.ts';
import { compilePolicy } from '../../../shared/policy.ts';
import { HIGHEST_STEP, STEPS_PER_DB } from './feature-text.ts';
import { LABELS } from './labels.ts';
import { measureReached, type Reached } from './reached.ts';

const BLOCK = 50_000;
/** Seconds whose heights are read at a time. */
const PAGE_S = 43_200;
export const STATUSES: readonly string[] = Object.keys(EVIDENCE_DB);

/** What `heights.bin` beside it holds: `events` rows of bytes, a row as {@link writeHeights} says. */
export interface HeightsFile {
  events: number;
  features: string[];
  /** Kinds of traffic by number, benign ones and attacks. */
  kinds: string[];
  /** The last learnt reference: by term the height of the shipped tail that 1 in 100 genuine entity-hours reached. */
  terms: string[];
  references: { kind: number; high: number[] }[];
  /** Scores with the weights of this moment. */
  reached: Reached;
}

/**
 * Scores the world in a folder with the product's own statements and writes `heights.bin`: for each event its attestation
 * status (place in STATUSES from 1, 0 for none known), its label (0 benign, 1 attack, 2 victim), its kind of
 * traffic, then for each kind of entity and each feature the loudest height of its windows, in halves of a decibel.
 * One call a process: the embedded engine keeps one folder.
 */
export async function writeHeights(folder: string): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'bonafide-heights-'));
  const clickhouse = openLane({ kind: 'embedded', path: data }, 'backtest');
  try {
    await migrate(clickhouse, { ttl: false, retentionDays: 36_500 });
    await createReplayTables(clickhouse);
    const events = await load(clickhouse, folder);
    await scoreAll(clickhouse, events, () => {});
    const query = createRiskQuery();
    const features = query.features.map((feature) => feature.name);
    const stride = 3 + SCORED_KINDS.length * features.length;
    const bytes = new Uint8Array(events * stride);
    const kinds = enterLabels(bytes, stride, folder);
    const [range] = await clickhouse.rows<{ from: number; to: number }>(
      'SELECT toUInt32(min(second)) AS from, toUInt32(max(second)) AS to FROM {db}.entity_seconds_v1',
    );
    if (range === undefined) throw new Error(`${folder} has no events`);
    const featureOf = query.termNames.map((term) => features.indexOf(term.split(':')[0] ?? ''));
    // The references of all periods are in force from the scoring on.
    for (let start = range.from; start <= range.to; start += PAGE_S) {
      const until = Math.min(start + PAGE_S, range.to + 1);
      for (const row of await clickhouse.rows<MetRow>(metSql(query.heights(termsOf(start, until)), start, until))) {
        bytes[row.offset * stride] = STATUSES.indexOf(row.status) + 1;
        for (const [kind, terms, heights] of row.met) {
          const base = row.offset * stride + 3 + (kind - 1) * features.length;
          terms.forEach((term, i) => {
            const at = base + (featureOf[term - 1] ?? 0);
            bytes[at] = Math.max(bytes[at] ?? 0, heights[i] ?? 0);
          });
        }
      }
    }
    const references = await clickhouse.rows<HeightsFile['references'][number]>(
      'SELECT kind, high FROM {db}.score_reference WHERE start = (SELECT max(start) FROM {db}.score_reference)',
    );
    const reached = await measureReached(clickhouse, (offset) => bytes[offset * stride + 1] ?? 0);
    const about: HeightsFile = { events, features, kinds, terms: [...query.termNames], references, reached };
    writeFileSync(join(folder, 'heights.bin'), bytes);
    writeFileSync(join(folder, 'heights.json'), JSON.stringify(about));
  } finally {
    await clickhouse.close();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Inserts the events; their place in the file is their offset. */
async function load(clickhouse: ClickHouse, folder: string): Promise<number> {
  const policy = compilePolicy(policySchema.parse(parse(readFileSync(join(folder, 'policy.yaml'), 'utf8'))));
  const routes = createRouteLearner({});
  const scopes = () => policy;
  const pipeline = createPipeline({
    format: 'auto',
    scopes,
    routes,
    clock: systemClock,
    pseudonymKey: null,
    live: false,
  });
  let events = 0;
  let block: string[] = [];
  const flush = async () => {
    await clickhouse.insertEncoded('events_raw_v1', EVENT_COLUMNS, block.join('\n'));
    block = [];
  };
  for await (const records of readRecords(join(folder, 'events.ndjson'))) {
    for (const record of records) {
      const result = pipeline.ingest({ ...record, offset: events });
      if (result.kind !== 'event') throw new Error(`${folder}: line ${events + 1} is no event (${result.kind})`);
      block.push(encodeRow(result.row));
      events++;
    }
    if (block.length >= BLOCK) await flush();
  }
  await flush();
  return events;
}

/** Enters label and kind of each event; answers the kinds by number. */
function enterLabels(bytes: Uint8Array, stride: number, folder: string): string[] {
  const lines = readFileSync(join(folder, 'labels.ndjson'), 'utf8').trimEnd().split('\n');
  if (lines.length * stride !== bytes.length)
    throw new Error(`${folder}: ${lines.length} labels do not fit the events`);
  const kinds: string[] = [];
  lines.forEach((line, i) => {
    const label: { label: string; kind: string; victim?: boolean } = JSON.parse(line);
    if (!kinds.includes(label.kind)) kinds.push(label.kind);
    bytes[i * stride + 1] = LABELS.indexOf(label.label === 'benign' && label.victim === true ? 'victim' : label.label);
    bytes[i * stride + 2] = kinds.indexOf(label.kind);
  });
  return kinds;
}

interface MetRow {
  offset: number;
  status: string;
  /** Kind by number, its terms, their heights in steps. */
  met: [number, number[], number[]][];
}

const termsOf = (start: number, until: number) =>
  `SELECT * FROM {db}.backtest_terms WHERE step >= ${start} AND step < ${until}`;

/** What each event of a period met; a cohort only where there is no genuine token, by `EVENT_RISKS`. */
function metSql(heights: string, start: number, until: number): string {
  return `
SELECT offset, any(event.status) AS status, groupArrayIf((h.kind, h.term, h.steps), h.kind > 0) AS met
FROM (
    SELECT offset, toString(attestation_status) AS status, toUInt32(toDateTime(time)) AS step, arrayJoin(${EVENT_RISKS}).2 AS entity
    FROM {db}.events_raw_v1
    WHERE time >= fromUnixTimestamp64Milli(toInt64(${start}) * 1000, 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(${until}) * 1000, 'UTC')
) AS event
LEFT JOIN (
    SELECT entity, step, kind, term,
        arrayMap(x -> toUInt8(least(${HIGHEST_STEP}, round(greatest(0, x) * ${STEPS_PER_DB}))), height) AS steps
    FROM (${heights})
) AS h ON h.entity = event.entity AND h.step = event.step
GROUP BY offset`;
}
