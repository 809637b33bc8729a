import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIST = 'rivals.json';

/** A rival's score of each event, in the order of the world's events. */
export interface RivalScores {
  name: string;
  scores: Float32Array;
}

/** The rivals whose scores lie in a world's folder, in the order they were written. */
export function readRivals(folder: string): RivalScores[] {
  return names(folder).map(({ name, file }) => {
    const bytes = readFileSync(join(folder, file));
    return {
      name,
      scores: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
    };
  });
}

/** Adds one rival to a world's folder. */
export function writeRival(folder: string, file: string, rival: RivalScores): void {
  const { buffer, byteOffset, byteLength } = rival.scores;
  writeFileSync(join(folder, file), new Uint8Array(buffer, byteOffset, byteLength));
  listRival(folder, file, rival.name);
}

/** Enters a file of scores that somebody else wrote. */
export function listRival(folder: string, file: string, name: string): void {
  const others = names(folder).filter((one) => one.file !== file);
  writeFileSync(join(folder, LIST), JSON.stringify([...others, { name, file }]));
}

function names(folder: string): { name: string; file: string }[] {
  const path = join(folder, LIST);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}
