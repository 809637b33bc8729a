import { createTextAdapter, fault, type Parsed } from './adapter.ts';
import { parseEnvoyLine, setForwardedClient } from './envoy-line.ts';

/** Envoy's default text format. It names the client in `X-Forwarded-For` alone: without it a line tells of nobody. */
export const envoy = createTextAdapter('envoy', 'Envoy access log, default text', (line): Parsed => {
  const read = parseEnvoyLine(line, false);
  if ('ok' in read) return read;
  const { fields } = read;
  if (read.connection) return { ok: true, fields, skip: true };
  if (read.forwarded === null) {
    const detail = 'Quotes that a client wrote make the line ambiguous: log JSON.';
    return fault('malformed', 'x-forwarded-for', -1, detail);
  }
  const forwarded = setForwardedClient(fields, read.forwarded);
  if (fields['client.address'] === undefined) {
    return fault('missing_field', 'x-forwarded-for', -1, 'The line has no X-Forwarded-For, so no client: log JSON.');
  }
  return forwarded === undefined ? { ok: true, fields } : { ok: true, fields, forwarded };
});
