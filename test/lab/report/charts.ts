import type { Results } from '../results.ts';
import { kindsOf } from '../results.ts';
import { POOLED, promiseLines } from './tables.ts';

const INK = '#222';
const FAINT = '#bbb';
const BLUE = '#2166ac';
const PALE = '#92c5de';
const RED = '#b2182b';

/** Text that is safe in HTML and SVG. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}

/** Nominal budget against realised share on logarithmic axes; below the line fewer are refused than promised. */
export function reliabilityChart(results: Results, ground: 'all' | 'genuine'): string {
  const [width, height, left, bottom] = [420, 320, 56, 40];
  const [low, high] = [1e-5, 0.1];
  const part = (v: number) => Math.log10(Math.min(high, Math.max(low, v)) / low) / Math.log10(high / low);
  const x = (v: number) => left + (Math.log10(v / 3e-5) / Math.log10(0.04 / 3e-5)) * (width - left - 12);
  const y = (v: number) => height - bottom - part(v) * (height - bottom - 12);
  const parts: string[] = [];
  for (const v of [1e-5, 1e-4, 1e-3, 0.01, 0.1])
    parts.push(
      `<line x1="${left}" x2="${width - 12}" y1="${y(v)}" y2="${y(v)}" stroke="#eee"/>`,
      `<text x="${left - 6}" y="${y(v) + 4}" text-anchor="end">${v === 1e-5 ? '≤ ' : ''}${100 * v} %</text>`,
    );
  for (const v of [1e-4, 1e-3, 0.01])
    parts.push(`<text x="${x(v)}" y="${height - 16}" text-anchor="middle">${100 * v} %</text>`);
  const diagonal = (factor: number, colour: string, dash: string) =>
    `<line x1="${x(4e-5)}" y1="${y(4e-5 * factor)}" x2="${x(0.03)}" y2="${y(0.03 * factor)}" stroke="${colour}" stroke-dasharray="${dash}"/>`;
  parts.push(diagonal(1, INK, ''), diagonal(2, RED, '4 3'));
  const lines = promiseLines(results).filter(
    ({ line }) => line.ground === ground && line.segment === '' && line.hours > 0,
  );
  const place = new Map<number, number>();
  for (const { world, line } of lines) {
    const nth = place.get(line.budget) ?? 0;
    place.set(line.budget, nth + 1);
    const isPooled = world === POOLED;
    const cx = x(line.budget) + (isPooled ? 0 : 10 + nth * 4);
    const colour = isPooled ? INK : line.testable ? BLUE : PALE;
    parts.push(
      `<g><title>${escapeHtml(world)}: nominal ${100 * line.budget} %, realised ${(100 * line.share).toFixed(3)} % of ${line.hours}</title>`,
      `<line x1="${cx}" x2="${cx}" y1="${y(line.interval[0])}" y2="${y(line.interval[1])}" stroke="${colour}"/>`,
      `<circle cx="${cx}" cy="${y(line.share)}" r="${isPooled ? 4 : 2.5}" fill="${colour}"/></g>`,
    );
  }
  parts.push(
    `<text x="${(width + left) / 2}" y="${height - 2}" text-anchor="middle">nominal share, ${ground === 'all' ? 'all hours' : 'hours that rest on genuine callers'}</text>`,
  );
  return svg(
    width,
    height,
    parts,
    'Nominal against realised share of genuine caller-hours refused; dashed: twice nominal',
  );
}

/** Recall of each attack kind at 0.1 % and, paler, at 1 %. */
export function recallChart(results: Results): string {
  const kinds = kindsOf(results.worlds.map((world) => world.verdict.attackKinds)).sort((a, b) => b.at01 - a.at01);
  return bars(
    kinds.map((kind) => ({ name: kind.kind, strong: kind.at01, pale: kind.at1 })),
    'Recall by attack kind at 0.1 % (dark) and 1 % (pale) of benign events',
  );
}

/** The product beside its rivals. */
export function rivalChart(results: Results): string {
  return bars(
    ((results.own ?? results.foreign)?.rivals ?? []).map((one) => ({
      name: one.name,
      strong: one.recall01,
      pale: one.recall1,
    })),
    'Recall averaged over attack kinds at 0.1 % (dark) and 1 % (pale) of benign events',
  );
}

function bars(rows: readonly { name: string; strong: number; pale: number }[], title: string): string {
  const [left, width, step] = [250, 640, 20];
  const long = (v: number) => (Number.isFinite(v) ? v : 0) * (width - left - 60);
  const parts = rows.flatMap(({ name, strong, pale }, i) => [
    `<text x="${left - 8}" y="${i * step + 15}" text-anchor="end">${escapeHtml(name)}</text>`,
    `<rect x="${left}" y="${i * step + 4}" width="${long(pale)}" height="13" fill="${PALE}"/>`,
    `<rect x="${left}" y="${i * step + 4}" width="${long(strong)}" height="13" fill="${BLUE}"/>`,
    `<text x="${left + long(Math.max(pale, strong)) + 5}" y="${i * step + 15}">${(100 * strong).toFixed(0)} / ${(100 * pale).toFixed(0)} %</text>`,
  ]);
  parts.push(`<line x1="${left}" x2="${left}" y1="0" y2="${rows.length * step + 4}" stroke="${FAINT}"/>`);
  return svg(width, rows.length * step + 8, parts, title);
}

function svg(width: number, height: number, parts: readonly string[], title: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">${parts.join('')}</svg>`;
}
