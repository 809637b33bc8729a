import { createTextAdapter, type Fields, fault, type Parsed } from './adapter.ts';
import { setText, withoutPort } from './pick.ts';
import { splitRequest } from './request-line.ts';

/**
 * Access log of an AWS Application Load Balancer. Fields that it may gain at the end are ignored. Delivered every five
 * minutes at best: history to learn from, not to decide by.
 */
export const awsAlb = createTextAdapter('aws-alb', 'AWS Application Load Balancer access log', parse);

const HEAD =
  /^(https?|h2|grpcs|wss?) (\d{4}-\d\d-\d\dT\S{9,20}) (\S{1,256}) (\S{1,64}) (\S{1,64}) (-?[\d.]{1,16}) (-?[\d.]{1,16}) (-?[\d.]{1,16}) (\d{1,3}|-) (\d{1,3}|-) (\d{1,15}|-) (\d{1,15}|-) "/;
/** Behind request and agent: cipher, protocol, target group, trace id, domain. None of it is the client's words. */
const MIDDLE = /^(\S{1,128}) (\S{1,32}) (\S{1,512}) "([^"]{0,256})" "([^"]{0,256})"/;

function parse(line: string): Parsed {
  const head = HEAD.exec(line.slice(0, 1_024));
  if (head === null)
    return fault('malformed', 'head', 0, 'The line does not begin with type, time, balancer, addresses and times.');
  const requestEnd = closing(line, head[0].length, '" "');
  if (requestEnd < 0) return fault('malformed', 'request', head[0].length, 'The request has no closing quote.');
  const agentEnd = closing(line, requestEnd + 3, '" ');
  if (agentEnd < 0) return fault('malformed', 'user agent', requestEnd + 3, 'The user agent has no closing quote.');
  const [, , time, , client = '', , before, target, after, status, , received, sent] = head;
  const fields: Fields = { time, 'client.address': withoutPort(client) };
  splitRequest(unescaped(line.slice(head[0].length, requestEnd)), fields);
  fields['http.response.status_code'] = status === '-' ? 0 : Number(status);
  setText(fields, 'user_agent.original', unescaped(line.slice(requestEnd + 3, agentEnd)));
  if (received !== '-') fields['http.request.size'] = Number(received);
  if (sent !== '-') fields['http.response.size'] = Number(sent);
  // -1: the request reached no target.
  const seconds = [before, target, after].map(Number);
  if (seconds.every((part) => part >= 0)) fields['http.server.request.duration'] = seconds.reduce((a, b) => a + b, 0);
  const middle = MIDDLE.exec(line.slice(agentEnd + 2, agentEnd + 2 + 1_300));
  setText(fields, 'http.request.id', middle?.[4]);
  setText(fields, 'server.address', middle?.[5]);
  return { ok: true, fields };
}

/** The balancer escapes quotes with a backslash. */
function closing(line: string, from: number, end: string): number {
  let at = line.indexOf(end, from);
  while (at > 0 && line.charCodeAt(at - 1) === 0x5c && at > from) at = line.indexOf(end, at + 1);
  return at;
}

const unescaped = (text: string) => (text.includes('\\') ? text.replace(/\\(["\\])/g, '$1') : text);
