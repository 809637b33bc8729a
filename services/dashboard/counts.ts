import type { CountsAnswer } from '../../schemas/api.ts';
import type { Clock } from '../../shared/clock.ts';
import { deadLetterCount, rawCounts, rolledUp } from './queries/counts.ts';
import type { Ask } from './query.ts';

/** Shorter than the roll-ups' life of 25 h, so that no count misses a row that has gone. */
const SPAN_S = 86_400;
const TRIES = 5;

/**
 * `GET /api/v1/counts`. A block becomes visible in the raw table and in its roll-ups one after the other: rows that
 * arrive between two reads are told from a difference by reading again.
 */
export async function readCounts(ask: Ask, clock: Clock, duplicates: () => number): Promise<CountsAnswer> {
  const from = Math.floor(clock.now() / 1000) - SPAN_S;
  const deadLetters = await ask(deadLetterCount, {});
  for (let attempt = 1; ; attempt++) {
    const raw = await ask(rawCounts, { from });
    const rolled = await ask(rolledUp, { from });
    const counts: CountsAnswer = {
      events: raw[0]?.events ?? 0,
      scored: raw[0]?.scored ?? 0,
      rolled_up: rolled[0]?.rolled_up ?? 0,
      duplicates: duplicates(),
      dead_letters: deadLetters[0]?.dead_letters ?? 0,
    };
    if (counts.scored === counts.rolled_up || attempt === TRIES) return counts;
  }
}
