/** Normal quantile of a two-sided 95 % interval. */
const Z = 1.96;

/** Wilson's 95 % interval of a share of which `k` in `n` were seen (Wilson 1927); 0 to 1 when nothing was. */
export function wilson(k: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const p = k / n;
  const z2 = Z * Z;
  const middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
