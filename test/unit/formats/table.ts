import { describe, expect, it } from 'vitest';
import type { RejectReason } from '../../../schemas/reasons.ts';
import type { Adapter } from '../../../services/ingest/formats/adapter.ts';
import { detectFormat } from '../../../services/ingest/formats/registry.ts';
import { unwrap } from '../../../services/ingest/formats/unwrap.ts';

/** One line of a format: what it becomes, or which part fails. `fields` names only what the row is about. */
export type Fixture =
  | {
      what: string;
      line: string;
      fields: Record<string, unknown>;
      absent?: readonly string[];
      forwarded?: string | undefined;
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

    it.each(fixtures)('reads $what', (fixture) => {
      const parsed = adapter.parse(unwrap(fixture.line));
      if ('reason' in fixture) {
        expect(parsed).toMatchObject({ ok: false, fault: { reason: fixture.reason, part: fixture.part } });
        return;
      }
      expect(parsed).toMatchObject({ ok: true, fields: fixture.fields });
      if (!parsed.ok) return;
      if ('forwarded' in fixture) expect(parsed.forwarded).toBe(fixture.forwarded);
      for (const name of fixture.absent ?? []) expect(parsed.fields).not.toHaveProperty([name]);
    });
  });
}
