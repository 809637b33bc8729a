import type { Outcome } from '../schemas/event.ts';

const SEVERITY: Readonly<Record<Outcome, number>> = { allow: 0, challenge: 1, block: 2 };

export const severity = (outcome: Outcome): number => SEVERITY[outcome];
export const mostSevere = (a: Outcome, b: Outcome): Outcome => (SEVERITY[a] >= SEVERITY[b] ? a : b);
