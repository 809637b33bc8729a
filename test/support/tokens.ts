import { createHash, createHmac } from 'node:crypto';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT signed with HMAC-SHA-256, or with whatever `header` says and the same signature. */
export function hs256(
  claims: Readonly<Record<string, unknown>>,
  secret: Buffer | string,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const content = `${part({ alg: 'HS256', typ: 'JWT', ...header })}.${part(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

/** The binding claim of a header's value. */
export const bindingOf = (value: string): string => createHash('sha256').update(value).digest('base64');
