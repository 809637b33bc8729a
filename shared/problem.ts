import type { ProblemCode } from '../schemas/reasons.ts';

const STATUS: Record<ProblemCode, number> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  invalid_policy: 422,
  idempotency_key_reused: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
};

const TITLE: Record<ProblemCode, string> = {
  bad_request: 'The request cannot be read',
  unauthorized: 'Credentials are missing or wrong',
  forbidden: 'These credentials may not do this',
  not_found: 'There is nothing here',
  method_not_allowed: 'This path does not answer this method',
  conflict: 'The state has changed meanwhile',
  payload_too_large: 'The body is too large',
  unsupported_media_type: 'The body has a content type that is not read here',
  invalid_policy: 'The policy has faults',
  idempotency_key_reused: 'The Idempotency-Key stands for another body',
  too_many_requests: 'Too many requests',
  internal: 'Something is broken here, not in the request',
  unavailable: 'A part that this needs is away',
};

/** RFC 9457 problem details with a stable `code`; `faults` lists every fault that was found, not only the first. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  faults?: readonly { path: string; message: string }[];
}

/** An error that the one error handler of an app turns into `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly faults: readonly { path: string; message: string }[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail a sentence for the caller; never carries secrets or internals. */
  constructor(
    code: ProblemCode,
    detail: string,
    more: { faults?: readonly { path: string; message: string }[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.status = STATUS[code];
    this.faults = more.faults;
    this.headers = more.headers ?? {};
  }

  body(): ProblemBody {
    return {
      type: `urn:bonafide:problem:${this.code}`,
      title: TITLE[this.code],
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(this.faults === undefined ? {} : { faults: this.faults }),
    };
  }
}
