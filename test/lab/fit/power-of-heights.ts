import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVIDENCE_DB } from '../../../shared/evidence.ts';
import { type Power, powerOf } from '../power.ts';
import { LABELS } from './labels.ts';
import { readAbout } from './world-heights.ts';

/** Score of an event, in decibels, from the bytes in which its stored heights begin at `at`. */
export type HeightsScore = (bytes: Uint8Array, at: number) => number;

export interface HeightsPower {
  power: Power;
  /** The same without evidence of the request's own attestation. */
  bare: Power;
}

/** What each of the scores would tell in the world whose heights lie in the folder. */
export function powerOfHeights(folder: string, scores: readonly HeightsScore[]): HeightsPower[] {
  const { events, kinds } = readAbout(folder);
  const bytes = readFileSync(join(folder, 'heights.bin'));
  const stride = bytes.length / events;
  // In the order of their places in the file.
  const evidence = [0, ...Object.values(EVIDENCE_DB)];
  return scores.map((score) => {
    const found = { power: createPower(kinds), bare: createPower(kinds) };
    for (let at = 0; at < bytes.length; at += stride) {
      const label = LABELS[bytes[at + 1] ?? 0] ?? '';
      const kind = bytes[at + 2] ?? 0;
      const behaviour = score(bytes, at + 3);
      found.power.add(label, kind, behaviour + (evidence[bytes[at] ?? 0] ?? 0));
      found.bare.add(label, kind, behaviour);
    }
    return { power: found.power.of(), bare: found.bare.of() };
  });
}

/** Gathers scores by side; victims of a takeover belong to none. */
function createPower(kinds: readonly string[]) {
  const benign: number[] = [];
  const attacks = kinds.map((kind) => ({ kind, scores: [] as number[] }));
  return {
    add(label: string, kind: number, score: number): void {
      if (label === 'benign') benign.push(score);
      if (label === 'attack') attacks[kind]?.scores.push(score);
    },
    of: () =>
      powerOf(
        Float64Array.from(benign),
        attacks.filter(({ scores }) => scores.length > 0),
      ),
  };
}
