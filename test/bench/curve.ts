/** Resident memory at a second. */
export interface Sample {
  second: number;
  mib: number;
}

const SIZE = { width: 720, height: 240, left: 56, bottom: 32, top: 32, right: 16 };

/** A curve from zero as an SVG that is read on light and dark pages. */
export function curveSvg(samples: readonly Sample[], title: string): string {
  const { width, height, left, bottom, top, right } = SIZE;
  const end = Math.max(1, ...samples.map(({ second }) => second));
  const most = Math.ceil(Math.max(1, ...samples.map(({ mib }) => mib)) / 100) * 100;
  const x = (second: number) => (left + (second / end) * (width - left - right)).toFixed(1);
  const y = (mib: number) => (height - bottom - (mib / most) * (height - bottom - top)).toFixed(1);
  const grid = Array.from({ length: most / 100 + 1 }, (_, i) => i * 100).map(
    (mib) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(mib)}" y2="${y(mib)}" stroke="#8888" stroke-width="0.5"/>` +
      `<text x="${left - 6}" y="${y(mib)}" text-anchor="end" dominant-baseline="middle">${mib}</text>`,
  );
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const second = Math.round(share * end);
    const text = end > 120 ? `${+(second / 60).toFixed(1)} min` : `${second} s`;
    return `<text x="${x(second)}" y="${height - 10}" text-anchor="middle">${text}</text>`;
  });
  const line = samples.map(({ second, mib }) => `${x(second)},${y(mib)}`).join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#777">
<title>${title}</title>
<text x="${left}" y="16" font-size="12">${title} (MiB resident)</text>
${[...grid, ...times].join('\n')}
<polyline points="${line}" fill="none" stroke="#2a78d6" stroke-width="2"/>
</svg>
`;
}
