import type { RejectReason } from '../../../schemas/reasons.ts';

/** What an adapter makes of a line: canonical fields by name, still unchecked. Absent fields are left out. */
export type Fields = Record<string, unknown>;

/** Why a line could not be read, and where. */
export interface Fault {
  reason: RejectReason;
  /** The part that failed, by its name in the format: `time`, `request`, `status` … */
  part: string;
  /** Column of the offending text in the line, from 0; -1 when there is no one place. */
  at: number;
  /** A sentence. */
  detail: string;
}

export type Parsed = { ok: true; fields: Fields } | { ok: false; fault: Fault };

/** One access-log format: pure, and total over any text. */
export interface Adapter {
  /** What `--format` says. */
  name: string;
  /** One line for `--help` and the docs. */
  description: string;
  /** Canonical JSON must be UTF-8; lines of gateways carry whatever bytes the client sent and are read lossily. */
  strictUtf8: boolean;
  /** How well the sample fits, 0 (not at all) to 1 (every line). */
  detect(lines: readonly string[]): number;
  parse(line: string): Parsed;
}

export const fault = (reason: RejectReason, part: string, at: number, detail: string): Parsed => ({
  ok: false,
  fault: { reason, part, at, detail },
});

/** Share of the lines that `fits`; what most adapters' `detect` is. */
export function share(lines: readonly string[], fits: (line: string) => boolean): number {
  if (lines.length === 0) return 0;
  let hits = 0;
  for (const line of lines) if (fits(line)) hits++;
  return hits / lines.length;
}
