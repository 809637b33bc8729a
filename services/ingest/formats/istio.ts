import { createTextAdapter, fault, type Parsed } from './adapter.ts';
import { parseEnvoyLine, setPeer } from './envoy-line.ts';

/** ` cluster upstream-local downstream-local downstream-remote sni route`: Envoy's own words, from behind. */
const TAIL = / (\S{1,512}) (\S{1,128}) (\S{1,128}) (\S{1,128}) (\S{1,256}) ([^"]{1,256})$/;
const MAX_TAIL = 1_800;

/** Istio's default text format: Envoy's with more of the response, and the client as Envoy knows it at the end. */
export const istio = createTextAdapter('istio', 'Istio access log, default text', (line): Parsed => {
  const from = Math.max(0, line.length - MAX_TAIL);
  const end = line.lastIndexOf('"') + 1;
  const tail = end <= from ? null : TAIL.exec(line.slice(end));
  if (tail === null) return fault('malformed', 'end', end, 'The line does not end with the addresses that Istio logs.');
  const read = parseEnvoyLine(line.slice(0, end), true);
  if ('ok' in read) return read;
  const { fields, forwarded } = read;
  if (read.connection) return { ok: true, fields, skip: true };
  setPeer(fields, tail[4]);
  const others = forwarded?.lastIndexOf(',') ?? -1;
  return forwarded === null || others < 0
    ? { ok: true, fields }
    : { ok: true, fields, forwarded: forwarded.slice(0, others) };
});
