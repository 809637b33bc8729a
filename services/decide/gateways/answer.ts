import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../../../shared/problem.ts';

/** An answer before it is written, the same for the framework and the hot path. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export function problemAnswer(problem: Problem): Answer {
  return {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify(problem.body()),
  };
}

/** Runs what may throw a problem; a fault of our own is a 500 that says nothing of the inside. */
export function guarded(answer: () => Answer, onFault: (error: unknown) => void): Answer {
  try {
    return answer();
  } catch (error) {
    return answerOfFault(error, onFault);
  }
}

/** {@link guarded} of an answer that takes its time. */
export function guardedLater(answer: () => Promise<Answer>, onFault: (error: unknown) => void): Promise<Answer> {
  return answer().catch((error: unknown) => answerOfFault(error, onFault));
}

function answerOfFault(error: unknown, onFault: (error: unknown) => void): Answer {
  if (error instanceof Problem) return problemAnswer(error);
  onFault(error);
  return problemAnswer(new Problem('internal', 'This request could not be answered.'));
}

export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  // A known length: nginx drops the kept-alive connection when the answer is chunked.
  const headers = ['content-length', String(Buffer.byteLength(answer.body))];
  for (const name in answer.headers) headers.push(name, answer.headers[name] ?? '');
  const id = request.headers['x-request-id'];
  if (typeof id === 'string') headers.push('x-request-id', id);
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

/** Reads a body of at most `limit` bytes; null as soon as it is longer, no call at all when the peer goes away. */
export function readBody(request: IncomingMessage, limit: number, done: (body: string | null) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = Number(request.headers['content-length'] ?? 0) > limit;
  if (over) {
    done(null);
    return;
  }
  request.on('data', (chunk: Buffer) => {
    if (over) return;
    size += chunk.length;
    over = size > limit;
    if (over) done(null);
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (!over) done((chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)).toString('utf8'));
  });
  // The peer is gone: there is nobody to answer.
  request.on('error', () => {});
}
