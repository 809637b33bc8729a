import { afterEach, describe, expect, it, vi } from 'vitest';
import { kong } from '../../../services/ingest/formats/kong.ts';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { manualClock } from '../../../shared/clock.ts';
import { leaves, withLeaf } from '../../support/canaries.ts';
import { KONG, ORDINARY } from '../formats/ordinary.ts';

// A record that makes its adapter throw is read again with each try: its partition stands still for ever.
const { ingest } = createPipeline({
  format: 'auto',
  scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
  routes: createRouteLearner(),
  clock: manualClock(Date.UTC(2026, 10, 24, 12, 0, 5)),
  pseudonymKey: null,
  live: true,
});
const ingested = (line: string) => ingest({ source: 'kafka:t', partition: 0, offset: 1, bytes: Buffer.from(line) });

/** JSON that is valid, and whose conversion to a text or a number throws. */
const PLACE = '"here"';
const POISON: readonly string[] = [
  '{"toString":1,"valueOf":1}',
  '[{"toString":1,"valueOf":1}]',
  `${'['.repeat(20_000)}1${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  '{"intValue":{"toString":1,"valueOf":1}}',
  '{"doubleValue":{"toString":1,"valueOf":1}}',
];
const JSON_FORMATS = Object.entries(ORDINARY).flatMap(([format, lines]) =>
  lines.filter((line) => line.startsWith('{')).map((line) => [format, line] as const),
);

/** Each place of a JSON line that holds a value, lists and objects too. */
function places(line: string): (string | number)[][] {
  const all = new Map<string, (string | number)[]>();
  for (const path of leaves(JSON.parse(line)))
    path.forEach((_, i) => void all.set(path.slice(0, i + 1).join('/'), path.slice(0, i + 1)));
  return [...all.values()];
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a poison message', () => {
  it.each(JSON_FORMATS)('of %s is an event or a dead letter, and nothing is thrown', { timeout: 60_000 }, (_, line) => {
    for (const path of places(line))
      for (const poison of POISON) {
        const message = withLeaf(line, path, 'here').replace(PLACE, () => poison);
        expect(ingested(message).kind, `${path.join('.')} ${poison.slice(0, 40)}`).toMatch(/^(?:event|dead-letter)$/);
      }
  });

  it('is a dead letter too where an adapter fails on it in a way that nobody foresaw', () => {
    if (kong.json === undefined) throw new Error('Kong logs JSON');
    vi.spyOn(kong.json, 'read').mockImplementation(() => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    expect(ingested(JSON.stringify(KONG))).toMatchObject({
      kind: 'dead-letter',
      reason: 'malformed',
      detail: 'The adapter of its format failed on it: Maximum call stack size exceeded.',
    });
  });
});
