import { createLineParser } from './access-line.ts';
import { createTextAdapter, fault, type Parsed } from './adapter.ts';
import { traefikTail } from './traefik-tail.ts';

const parseCombined = createLineParser({ vhost: false, quoted: 2, bareQuotes: true });
/**
 * Traefik's default access log, `format: common`: combined and a tail of its own. Its quoted fields are not escaped, so
 * that an agent may hold quotes; its status is the server's, `-` when a middleware answered.
 */
export const traefik = createTextAdapter('traefik', 'Traefik access log, common', (line): Parsed => {
  const tail = traefikTail(line);
  if (tail === null) return fault('malformed', 'end', -1, 'The line does not end as Traefik ends it.');
  const parsed = parseCombined(line.slice(0, tail.at));
  if (parsed.ok) parsed.fields['http.server.request.duration'] = tail.seconds;
  return parsed;
});
