import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, request } from './api.ts';

export interface Loaded<T> {
  data: T | null;
  /** A sentence; the data of before stays beside it. */
  error: string;
  missing: boolean;
  reload(): void;
}

/**
 * Reads `path`, and again every `everyMs` while the page is visible; keeps what was read while it reads anew, so that
 * nothing jumps. With `keep` the same holds for a change of path (another span of the same thing); else it starts empty.
 */
export function useApi<T>(path: string, everyMs: number | null = null, keep = false): Loaded<T> {
  const [state, setState] = useState<{ path: string; data: T | null; error: string; missing: boolean }>({
    path,
    data: null,
    error: '',
    missing: false,
  });
  const [turn, setTurn] = useState(0);
  const busy = useRef(false);
  const reload = useCallback(() => setTurn((n) => n + 1), []);

  useEffect(() => {
    const control = new AbortController();
    busy.current = true;
    request<T>(path, { signal: control.signal })
      .then((data) => setState({ path, data, error: '', missing: false }))
      .catch((error: unknown) => {
        if (control.signal.aborted) return;
        const missing = error instanceof ApiError && error.status === 404;
        const text = error instanceof Error ? error.message : String(error);
        setState((before) => ({
          path,
          data: (keep || before.path === path) && !missing ? before.data : null,
          error: text,
          missing,
        }));
      })
      .finally(() => {
        busy.current = false;
      });
    return () => control.abort();
  }, [path, turn, keep]);

  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => {
      // A slow answer is waited for, never overtaken.
      if (document.visibilityState === 'visible' && !busy.current) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);

  const current = state.path === path;
  return {
    data: current || keep ? state.data : null,
    error: current ? state.error : '',
    missing: current && state.missing,
    reload,
  };
}
