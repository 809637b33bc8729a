/** Trailing windows, in seconds. A feature names one as suffix of a column: `requests_10m`. */
export const WINDOWS = { '10s': 10, '1m': 60, '10m': 600, '1h': 3600, '24h': 86_400 } as const;
export type WindowName = keyof typeof WINDOWS;
export const WINDOW_NAMES: readonly WindowName[] = ['10s', '1m', '10m', '1h', '24h'];
