import { ATTACK_BITS } from '../../schemas/event-row.ts';
import { ownText } from '../../shared/own-text.ts';
import { decodeForMatching } from './attacks/decode.ts';
import { AGENT_PAYLOADS, PAYLOADS, type Payload, RAW_PAYLOADS } from './attacks/payloads.ts';
import { SCANNER_AGENT, SCANNER_MARK, SCANNER_PATH } from './attacks/scanners.ts';

/** What of a request is looked at: the path and the raw query, before values are dropped, and the agent. */
export interface Suspect {
  method: string;
  path: string;
  query: string;
  userAgent: string;
  status: number;
  responseSize: number;
}

/** Nothing without one of these can be a payload: quotes, brackets, encodings, dots in a row, calls, schemes. */
const SUSPICIOUS =
  /['"<>;|`${}()\\[\]%]|\.\.|\/\/|\/\*|\/etc\/|-inf\/|@@|--|[=+ ](?:or|and|union|select|ping|expr|nslookup)\b/i;
const HEAD = 3_072;
const TAIL = 1_024;
const AGENT_CACHE = 10_000;

/**
 * Bits of {@link ATTACK_BITS} that a request shows. Made for precision: ordinary searches, redirect targets and asset
 * paths show none; what hides from it still shows in what it does. Linear in the length of the text.
 */
export function createAttackFinder(): (suspect: Suspect) => number {
  const agents = new Map<string, number>();

  function agentBits(agent: string): number {
    const known = agents.get(agent);
    if (known !== undefined) return known;
    let bits = SCANNER_AGENT.test(agent) ? ATTACK_BITS.scanner_agent : 0;
    if (SUSPICIOUS.test(agent)) bits |= payloadBits(AGENT_PAYLOADS, agent.toLowerCase());
    if (agents.size >= AGENT_CACHE) agents.clear();
    agents.set(ownText(agent), bits);
    return bits;
  }

  return (suspect) => {
    let bits = suspect.userAgent === '' ? 0 : agentBits(suspect.userAgent);
    if (isOdd(suspect)) bits |= ATTACK_BITS.odd_request;
    const { path, query } = suspect;
    if (SCANNER_PATH.test(path)) bits |= ATTACK_BITS.scanner_path;
    const target = headAndTail(query === '' ? path : `${path}?${query}`);
    if (hasControl(target)) bits |= ATTACK_BITS.odd_request;
    if (!SUSPICIOUS.test(target)) return SCANNER_MARK.test(target) ? bits | ATTACK_BITS.scanner_path : bits;
    const decoded = decodeForMatching(target);
    if (hasControl(decoded)) bits |= ATTACK_BITS.odd_request;
    if (SCANNER_MARK.test(decoded) || SCANNER_PATH.test(decoded)) bits |= ATTACK_BITS.scanner_path;
    return bits | payloadBits(PAYLOADS, decoded) | payloadBits(RAW_PAYLOADS, target);
  };
}

/** Long targets are looked at from both ends, so that padding neither hides a payload nor costs us time. */
function headAndTail(target: string): string {
  return target.length <= HEAD + TAIL ? target : `${target.slice(0, HEAD)} ${target.slice(-TAIL)}`;
}

function payloadBits(payloads: readonly Payload[], text: string): number {
  let bits = 0;
  for (const { bit, pattern } of payloads) if (pattern.test(text)) bits |= bit;
  return bits;
}

/** NUL and its like; text of several lines is none. C1 is left out: decoded byte by byte, every accent has one. */
function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 ? code !== 0x09 && code !== 0x0a && code !== 0x0d : code === 0x7f) return true;
  }
  return false;
}

/**
 * An unreadable request line, TRACE or CONNECT. A connection that was opened and never used (408, or nginx's 400
 * without an answer) is none: browsers do it all day.
 */
function isOdd({ method, path, status, responseSize }: Suspect): boolean {
  if (method === 'TRACE' || method === 'CONNECT') return true;
  if (method !== '_OTHER' || path !== '') return false;
  return status !== 408 && !(status === 400 && responseSize === 0);
}
