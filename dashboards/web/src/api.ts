/** An answer that is no answer, in a sentence for the page. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks our own API. Without a session any more, the browser is sent to the sign-in page.
 * @throws ApiError with the problem's own sentence, or one that says that the service cannot be reached.
 */
export async function request<T>(
  path: string,
  options: { method?: string; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method: options.method ?? 'GET',
      headers: {
        'x-bonafide-request': '1',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'Bonafide cannot be reached. It may be restarting; this page tries again by itself.');
  }
  if (answer.status === 401 && path !== '/api/v1/session') {
    location.reload();
    throw new ApiError(401, 'The session has ended.');
  }
  if (answer.status === 204) return undefined as T;
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body as T;
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
  throw new ApiError(answer.status, detail === '' ? `Bonafide answered ${answer.status}.` : detail);
}
