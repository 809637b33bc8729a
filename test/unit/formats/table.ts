import { describe, expect, it } from 'vitest';
import type { RejectReason } from '../../../schemas/reasons.ts';
import type { Adapter } from '../../../services/ingest/formats/adapter.ts';
import { ADAPTERS, detectFormat } from '../../../services/ingest/formats/registry.ts';
import { unwrap } from '../../../services/ingest/formats/unwrap.ts';
import { createRecogniser } from '../../../services/ingest/recognise.ts';

/** One line of a format: what it becomes, or which part fails. `fields` names only what the row is about. */
export type Fixture =
  | {
      what: string;
      line: string;
      fields: Record<string, unknown>;
      absent?: readonly string[];
      forwarded?: string | undefined;
      /** Its time names no zone. */
      zoneless?: true | undefined;
      /** It tells of no request of its own. */
      skip?: true;
      /** false: it is read by this format where that was named; why stands beside it. */
      told?: false;
    }
  | { what: string; line: string; reason: RejectReason; part: string };

/** The tests that every adapter has: its own table, and that its ordinary lines are told from all other formats. */
export function testAdapter(adapter: Adapter, ordinary: readonly string[], fixtures: readonly Fixture[]): void {
  describe(`format ${adapter.name}`, () => {
    it('is recognised by its ordinary lines, alone and all together', () => {
      expect(detectFormat(ordinary)?.name).toBe(adapter.name);
      for (const line of ordinary) expect(detectFormat([line])?.name, line).toBe(adapter.name);
    });

    it('is recognised when the file begins with lines that cannot be read', () => {
      const bad = ['', '# a comment', '{"cut":', '"""', '\0\0\0'];
      expect(detectFormat([...bad, ...ordinary, ...bad])?.name).toBe(adapter.name);
    });

    it('is recognised when each line is wrapped in one more pair of quotes', () => {
      expect(detectFormat(ordinary.map((line) => `"${line}"`))?.name).toBe(adapter.name);
    });

    const good = fixtures.filter((fixture) => 'fields' in fixture && fixture.told !== false);
    it.each(good)('is told by $what, and claimed by no other format', ({ line }) => {
      const text = unwrap(line.trim());
      expect(ADAPTERS.filter(({ detect }) => detect([text]) > 0).map(({ name }) => name)).toEqual([adapter.name]);
      expect(createRecogniser('auto')('file:a.log', line.trim(), () => true).format).toBe(adapter.name);
    });

    it.each(fixtures)('reads $what', (fixture) => {
      const parsed = adapter.parse(unwrap(fixture.line));
      if ('reason' in fixture) {
        expect(parsed).toMatchObject({ ok: false, fault: { reason: fixture.reason, part: fixture.part } });
        return;
      }
      expect(parsed).toMatchObject({ ok: true, fields: fixture.fields });
      if (!parsed.ok) return;
      expect(parsed.skip).toBe(fixture.skip);
      if ('zoneless' in fixture) expect(parsed.zoneless).toBe(fixture.zoneless);
      if ('forwarded' in fixture) expect(parsed.forwarded).toBe(fixture.forwarded);
      for (const name of fixture.absent ?? []) expect(parsed.fields).not.toHaveProperty([name]);
    });
  });
}
