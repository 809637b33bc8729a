import { hash } from 'node:crypto';

const LONGEST = 16_384;
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;

/**
 * `x5t#S256` (RFC 8705) of a certificate as gateways pass it on: PEM, percent-encoded PEM (nginx, Envoy), or the
 * structured byte sequence `:base64:` of `Client-Cert` (RFC 9440). The gateway has checked it; it is hashed here.
 * @returns null when it cannot be read.
 */
export function certificateThumbprint(text: string): string | null {
  if (text.length > LONGEST) return null;
  const der = derOf(text.trim());
  return der === null || der.length < 64 ? null : hash('sha256', der, 'base64url');
}

function derOf(text: string): Buffer | null {
  const wrapped = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(text)?.[1];
  if (wrapped !== undefined) return Buffer.from(wrapped, 'base64');
  let plain = text;
  if (text.includes('%')) {
    try {
      plain = decodeURIComponent(text);
    } catch {
      return null;
    }
  }
  const body = PEM.exec(plain)?.[1];
  return body === undefined ? null : Buffer.from(body.replace(/\s/g, ''), 'base64');
}
