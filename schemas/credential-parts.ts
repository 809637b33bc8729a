import { z } from 'zod';

/** Names go into answers, headers and metrics labels. */
export const name = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/, 'letters, digits and . _ : -');
export const header = z.string().regex(/^[A-Za-z0-9-]{1,128}$/, 'a header name');
/** Every request has one of these, whoever calls: a token that is looked for there would be a bad one of everybody's. */
const NO_CREDENTIAL =
  /^(?:cookie|host|user-agent|referer|accept|content-.*|x-real-ip|x-request-id|x-(?:bonafide|original|forwarded|risk)-.*)$/i;
/** But for these: proxies put the caller's token there, as oauth2-proxy (`X-Forwarded-Access-Token`) and Google's ESPv2 do. */
const PASSED_ON = /^x-(?:original|forwarded)-(?:.*-)?(?:authorization|token|jwt|key)$/i;
/** Where a token or key travels. */
export const credentialHeader = header.refine(
  (text) => PASSED_ON.test(text) || !NO_CREDENTIAL.test(text),
  'says something else in every request: a credential needs a header of its own',
);
export const secretBase64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'base64')
  .refine((text) => Buffer.from(text, 'base64').length >= 16, 'at least 16 bytes');

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Keys decide who is believed: only HTTPS, or this very machine. */
export function isSecureUri(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

export const jwksUri = z.string().max(2048).refine(isSecureUri, 'an https address without a password in it');
