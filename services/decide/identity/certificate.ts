import { hash } from 'node:crypto';
import { createBoundedCache } from '../../../shared/bounded-cache.ts';

const LONGEST = 16_384;
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;
/** One certificate for each connection of a client: what was hashed is remembered. */
const thumbprints = createBoundedCache<string | null>(4096, LONGEST);

/**
 * `x5t#S256` (RFC 8705) of a certificate as gateways pass it on: PEM, percent-encoded PEM (nginx, Envoy), or the
 * structured byte sequence `:base64:` of `Client-Cert` (RFC 9440). The gateway has checked it; it is hashed here.
 * @returns null when it cannot be read.
 */
export function certificateThumbprint(text: string): string | null {
  if (text.length > LONGEST) return null;
  const known = thumbprints.get(text);
  if (known !== undefined) return known;
  const der = derOf(text.trim());
  const found = der === null || der.length < 64 ? null : hash('sha256', der, 'base64url');
  thumbprints.set(text, found);
  return found;
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
