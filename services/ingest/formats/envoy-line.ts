import { normaliseAddress } from '../../../shared/address.ts';
import { type Fields, fault, type Parsed } from './adapter.ts';
import { epochTime } from './log-time.ts';
import { setText, withoutHostPort, withoutPort } from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * What Envoy's default text format and Istio's have in common: `[time] "method target protocol" status flags … numbers
 * "x-forwarded-for" "user-agent" "request id" "authority" "upstream"`.
 *
 * Envoy escapes no quotes. Method and target hold no blanks, and what follows them up to the list of addresses is
 * Envoy's own; in the quoted fields a client can write quotes as it likes. A list of addresses that can be read in two
 * ways is not believed.
 */
export interface EnvoyLine {
  fields: Fields;
  /** Entries of `X-Forwarded-For`, nearest last; `''` when there is none, null when nobody can tell where it ends. */
  forwarded: string | null;
  /** A raw connection, see {@link isConnection}. */
  connection: boolean;
}

/**
 * A raw TCP connection, of which a mesh logs as many as of requests: no method, no protocol and no status. A request that
 * Envoy could not read has a protocol, or the status that it was refused with.
 */
export const isConnection = (method: string, protocol: string, status: unknown): boolean =>
  status === 0 && (method === '-' || method === '') && (protocol === '-' || protocol === '');

const TIME_END = /^\[([^\]\s]{1,40})\] "/;
/** Details of a response name the failure of a TLS handshake with its whole stack of errors, or the policy that refused. */
const NUMBERS =
  /^(\d{1,3}) (\S{1,64}) (?:(\S{1,1024}) (\S{1,1024}) "([^"]{0,1024})" )?(\d{1,15}) (\d{1,15}) (\d{1,12}|-) (\d{1,12}|-) "/;
const MAX_NUMBERS = 3_300;
/** ` "<request id>" "<authority>" "<upstream>"`, from behind: a client cannot write beyond them. */
const TAIL = /" "([^"]{0,256})" "([^"]{0,512})" "([^"]{0,512})"$/;
const MAX_TAIL = 1_400;

/** @param istio with details of the response and the reason of the transport between flags and numbers. */
export function parseEnvoyLine(line: string, istio: boolean): EnvoyLine | Parsed {
  const head = TIME_END.exec(line.slice(0, 48));
  if (head === null) return fault('malformed', 'time', 0, 'The line does not begin with a time in brackets.');
  const start = head[0].length;
  const methodEnd = line.indexOf(' ', start);
  const targetEnd = line.indexOf(' ', methodEnd + 1);
  const protocolEnd = line.indexOf('" ', targetEnd + 1);
  if (methodEnd < 0 || targetEnd < 0 || protocolEnd < 0 || protocolEnd - targetEnd > 16) {
    return fault('malformed', 'request', start, 'There is no request of method, target and protocol.');
  }
  const from = protocolEnd + 2;
  const numbers = NUMBERS.exec(line.slice(from, from + MAX_NUMBERS));
  if (numbers === null || (numbers[5] !== undefined) !== istio) {
    return fault('malformed', 'numbers', from, 'There are no status, flags, sizes and durations.');
  }
  const quoted = from + numbers[0].length;
  const tailFrom = Math.max(quoted - 1, line.length - MAX_TAIL);
  const tail = TAIL.exec(line.slice(tailFrom));
  if (tail === null)
    return fault('malformed', 'end', -1, 'The line does not end with request id, authority and upstream.');
  const clients = line.slice(quoted, tailFrom + tail.index);
  const cut = cutOf(clients);
  const fields: Fields = { time: epochTime(head[1]) };
  const method = line.slice(start, methodEnd);
  const status = Number(numbers[1]);
  setRequest(fields, method, line.slice(methodEnd + 1, targetEnd));
  fields['http.response.status_code'] = status;
  fields['http.request.size'] = Number(numbers[6]);
  fields['http.response.size'] = Number(numbers[7]);
  if (numbers[8] !== '-') fields['http.server.request.duration'] = Number(numbers[8]) / 1000;
  setText(fields, 'user_agent.original', agentOf(clients, cut ?? clients.indexOf('" "')));
  setText(fields, 'http.request.id', tail[1]);
  if (tail[2] !== '-') fields['server.address'] = withoutHostPort(tail[2] ?? '');
  const forwarded = cut === null ? null : clients.slice(0, cut);
  const connection = isConnection(method, line.slice(targetEnd + 1, protocolEnd), status);
  return { fields, forwarded: forwarded === '-' ? '' : forwarded, connection };
}

const agentOf = (clients: string, cut: number): string => (cut < 0 ? '' : clients.slice(cut + 3));

/** More places than these at which a line could be cut are an attack, whatever they are. */
const MAX_CUTS = 64;
const LONGEST_ENTRY = 64;

/** `<x-forwarded-for>" "<user-agent>`: the one place at which what stands before it ends with an address. */
function cutOf(text: string): number | null {
  let found: number | null = null;
  let cuts = 0;
  for (let at = text.indexOf('" "'); at >= 0; at = text.indexOf('" "', at + 1)) {
    if (++cuts > MAX_CUTS) return null;
    if (!endsWithAddress(text, at)) continue;
    if (found !== null) return null;
    found = at;
  }
  return found;
}

/** Nothing, a dash, or a list whose last entry is an address: before this place stands what Envoy wrote. */
function endsWithAddress(text: string, end: number): boolean {
  if (end === 0 || (end === 1 && text.charCodeAt(0) === 0x2d)) return true;
  const entry = text.slice(Math.max(0, end - LONGEST_ENTRY), end);
  return normaliseAddress(entry.slice(entry.lastIndexOf(',') + 1).trim()) !== null;
}

/** Envoy appends the peer to `X-Forwarded-For`, so that its last entry is the client and the others came with it. */
export function setForwardedClient(fields: Fields, list: string): string | undefined {
  const comma = list.lastIndexOf(',');
  const peer = list.slice(comma + 1).trim();
  if (peer !== '') fields['client.address'] = peer;
  return comma < 0 ? undefined : list.slice(0, comma);
}

/** `192.0.2.1:443` or `[2001:db8::1]:443`. */
export function setPeer(fields: Fields, address: unknown): void {
  if (typeof address === 'string' && address !== '' && address !== '-') fields['client.address'] = withoutPort(address);
}
