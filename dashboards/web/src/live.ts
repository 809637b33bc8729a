import { useEffect, useState } from 'preact/hooks';
import type { LiveTick } from '../../../schemas/api.ts';
import { request } from './api.ts';

/** Seconds without a tick after which numbers are called stale. */
const STALE_AFTER_MS = 4000;

export interface LiveState {
  tick: LiveTick | null;
  /** `stale`: the last tick is old; `since` says from when on. */
  state: 'connecting' | 'live' | 'stale';
  since: number | null;
  /** Why, when the service says so. */
  trouble: string;
}

export interface LiveSource {
  get(): LiveState;
  subscribe(listener: () => void): () => void;
}

/** One stream for the whole page; reconnects for ever, rests while the page is hidden. */
export function createLiveSource(): LiveSource {
  let state: LiveState = { tick: null, state: 'connecting', since: null, trouble: '' };
  let stream: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  let lastTick: number | null = null;
  const listeners = new Set<() => void>();

  function set(change: Partial<LiveState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }
  function expectTick(): void {
    clearTimeout(watch);
    watch = setTimeout(() => set({ state: 'stale', since: lastTick ?? Date.now() }), STALE_AFTER_MS);
  }
  function connect(): void {
    clearTimeout(retry);
    stream?.close();
    if (document.visibilityState === 'hidden') return;
    expectTick();
    stream = new EventSource('/api/v1/live');
    stream.addEventListener('tick', (event) => {
      attempts = 0;
      lastTick = Date.now();
      set({ tick: JSON.parse(event.data) as LiveTick, state: 'live', since: null, trouble: '' });
      expectTick();
    });
    stream.addEventListener('trouble', (event) => {
      set({ trouble: String((JSON.parse(event.data) as { detail: string }).detail) });
    });
    stream.addEventListener('error', () => {
      // A browser reconnects by itself after a broken connection, but never after an answer that was no stream.
      if (stream?.readyState !== EventSource.CLOSED) return;
      attempts++;
      retry = setTimeout(connect, Math.min(30_000, 1000 * 2 ** attempts));
      // Tells an ended session (the page then shows the sign-in page) from a service that is away.
      request('/api/v1/counts').catch(() => undefined);
    });
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connect();
    else {
      clearTimeout(watch);
      clearTimeout(retry);
      stream?.close();
    }
  });
  connect();

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useLive(source: LiveSource): LiveState {
  const [state, setState] = useState(source.get);
  useEffect(() => source.subscribe(() => setState(source.get())), [source]);
  return state;
}
