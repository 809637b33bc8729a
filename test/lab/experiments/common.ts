import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface ExperimentOptions {
  kind: string;
  seed: number;
  events: number;
  /** Worlds are written into folders of their own in here. */
  folder: string;
}

export function freshFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

export function percent(x: number, digits = 1): string {
  return Number.isFinite(x) ? `${(100 * x).toFixed(digits)} %` : '-';
}

/** Writes the recorded answer into an event's line, as a gateway that enforces would log it. */
export function withOutcome(line: string, outcome: string): string {
  return `${line.slice(0, -1)},"risk.outcome":"${outcome}"}`;
}
