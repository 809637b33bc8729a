import { parseFeature, SPANS } from '../../../shared/features.ts';
import { SCORED_KINDS, type ScoredKind } from '../../../shared/kinds.ts';
import { median } from '../metrics.ts';

/** Groups of kinds that have weights of their own: of user, session and device the loudest speaks, the others add up. */
export const GROUPS = [
  { name: 'own', kinds: ['user', 'session', 'device'] },
  { name: 'ip', kinds: ['ip'] },
  { name: 'net', kinds: ['net'] },
  { name: 'client', kinds: ['client'] },
  { name: 'cohort', kinds: ['cohort'] },
] as const satisfies readonly { name: string; kinds: readonly ScoredKind[] }[];
export type GroupName = (typeof GROUPS)[number]['name'];

/** Heights are kept as one byte, in halves of a decibel, up to the end of the last span: nothing is added beyond it. */
export const STEPS_PER_DB = 2;
export const HIGHEST_STEP = STEPS_PER_DB * (SPANS.at(-1)?.[1] ?? 0);

/** For each stored height how much of each span it fills, in tens of decibels: the score adds weight times this. */
export function hingeTable(): number[][] {
  return Array.from({ length: HIGHEST_STEP + 1 }, (_, step) =>
    SPANS.map(([from, to]) => Math.min(Math.max(step / STEPS_PER_DB - from, 0), to - from) / 10),
  );
}

/** The text of a feature file with these reliefs, by group, instead of those in it; a group without a line has none. */
export function withReliefs(text: string, reliefs: Readonly<Partial<Record<GroupName, number>>>): string {
  return text.replace(/^-- relief ([a-z]+): .*$/gm, (line, group: GroupName) => {
    const relief = reliefs[group];
    return relief === undefined ? line : `-- relief ${group}: ${Math.round(10 * relief) / 10}`;
  });
}

/** The text of a feature file with these weights, by group one for each span, instead of those in it. */
export function withWeights(text: string, weights: Readonly<Partial<Record<GroupName, readonly number[]>>>): string {
  const lines = text.split('\n').filter((line) => !/^-- weight [a-z]+:/.test(line));
  const written = GROUPS.flatMap(({ name }) => {
    const numbers = (weights[name] ?? []).map((weight) => Math.round(10 * weight) / 10);
    return numbers.some((number) => number > 0) ? [`-- weight ${name}: ${numbers.join(' ')}`] : [];
  });
  lines.splice(lines.findLastIndex((line) => line.startsWith('--')) + 1, 0, ...written);
  return lines.join('\n');
}

/**
 * The text of a feature file whose shipped tail has 1 in 100 genuine entity-hours at 20 dB, as in the median world:
 * a count's `usual` of each kind and window, a share's `rho`.
 * @param learnt heights, in decibels of the tail in the file, that 1 in 100 reached; one for each world that knows.
 */
export function withUsual(
  name: string,
  text: string,
  learnt: (term: string, kind: ScoredKind) => readonly number[],
): string {
  const { terms } = parseFeature(name, text);
  const tail = terms[0]?.tail;
  if (tail?.kind === 'share') {
    const heights = SCORED_KINDS.filter((_, kind) => (tail.base[kind] ?? 0) > 0).flatMap((kind) =>
      terms.map((term) => median([...learnt(`${name}:${term.window}`, kind)])).filter(Number.isFinite),
    );
    if (heights.length === 0) return text;
    const rho = Math.min(0.9, Math.max(0.02, (tail.rho * median(heights)) / 20));
    return text.replace(/^-- rho:.*$/m, `-- rho: ${twoDigits(rho)}`);
  }
  return SCORED_KINDS.reduce((lines, kind, index) => {
    const numbers = terms.map((term) => {
      if (term.tail.kind !== 'count') return 0;
      const { shape, usual } = term.tail;
      const shipped = usual[index] ?? 0;
      const height = median([...learnt(`${name}:${term.window}`, kind)]);
      // The inverse of Lomax at that height: what 1 in 100 reached is usual from now on.
      return Number.isFinite(height)
        ? twoDigits((shipped * (10 ** (height / (10 * shape)) - 1)) / (10 ** (2 / shape) - 1))
        : shipped;
    });
    return lines.replace(new RegExp(`^-- usual ${kind}:.*$`, 'm'), `-- usual ${kind}: ${numbers.join(' ')}`);
  }, text);
}

const twoDigits = (x: number) => Number(x.toPrecision(2));
