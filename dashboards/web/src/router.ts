import { useEffect, useState } from 'preact/hooks';

/** Where we are: a path of ours and its query. Ids of entities travel in the query, so that no path is made of them. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const listeners = new Set<() => void>();

export function go(href: string, replace = false): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = () => setPlace(here());
    listeners.add(update);
    addEventListener('popstate', update);
    return () => {
      listeners.delete(update);
      removeEventListener('popstate', update);
    };
  }, []);
  return place;
}

export function entityHref(kind: string, id: string, scope: string): string {
  return `/entity?${new URLSearchParams({ kind, id, ...(scope === '' ? {} : { scope }) })}`;
}
