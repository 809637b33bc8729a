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

/**
 * `forwarded` is the list of `X-Forwarded-For` as it came in, nearest hop last, without the peer that
 * `client.address` names: what trusted proxies before the gateway said. Clients can write its beginning. `zoneless`: the
 * log names no zone, and `time` is read as UTC. `skip`: the record tells of no request of its own, so it is counted as
 * skipped and is neither an event nor a dead letter.
 */
export type Parsed =
  | { ok: true; fields: Fields; forwarded?: string; zoneless?: true; skip?: true }
  | { ok: false; fault: Fault };

/** How JSON objects of a format are told and read, for lines whose JSON was parsed already. */
export interface JsonFormat {
  /** By keys of the object itself, never by their values or by keys further down: clients can write those. */
  fits(object: Fields): boolean;
  read(object: Fields): Parsed;
}

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
  /** Of formats whose lines are JSON objects. */
  json?: JsonFormat;
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

/** An adapter of lines of text: a line fits when it can be read. */
export function createTextAdapter(name: string, description: string, parse: (line: string) => Parsed): Adapter {
  const detect = (lines: readonly string[]) => share(lines, (line) => parse(line).ok);
  return { name, description, strictUtf8: false, detect, parse };
}
