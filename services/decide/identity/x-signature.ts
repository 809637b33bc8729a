import type { ClientCredential, HmacSettings } from '../../../schemas/credential-clients.ts';
import type { IdentityCode } from '../../../schemas/reasons.ts';
import { createHmacSha256, sameMac } from './keys.ts';
import { useOnce } from './once.ts';
import type { IdentityRequest } from './request.ts';

type Found = { id: string; fault: IdentityCode | null };
const NOTHING: Found = { id: '', fault: null };
/** SHA-256 of no body. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * The widespread `X-Signature`: HMAC-SHA-256 over five lines (method, path with query, timestamp, SHA-256 of the body
 * in hex, client's key id), in hex or base64, with a replay window. The body is not seen here: its digest is signed and
 * travels in a header, and the API compares it with the body.
 * @returns null when no client signs so.
 */
export function createXSignature(clients: readonly ClientCredential[]): ((request: IdentityRequest) => Found) | null {
  const byHeader = new Map<string, Map<string, { id: string; hmac: HmacSettings; mac: (text: string) => string }>>();
  for (const { id, hmac } of clients) {
    if (hmac?.scheme !== 'x-signature') continue;
    const known = byHeader.get(hmac.key_header) ?? new Map();
    known.set(hmac.key_id ?? id, { id, hmac, mac: createHmacSha256(Buffer.from(hmac.secret_base64, 'base64')) });
    byHeader.set(hmac.key_header, known);
  }
  if (byHeader.size === 0) return null;

  return (request) => {
    for (const [header, known] of byHeader) {
      const keyId = request.headers(header);
      const client = keyId === null ? undefined : known.get(keyId);
      if (client === undefined || keyId === null) continue;
      const fault = faultOf(client.hmac, client.mac, keyId, request);
      return fault === null ? { id: client.id, fault: null } : { id: '', fault };
    }
    return NOTHING;
  };
}

function faultOf(
  settings: HmacSettings,
  mac: (text: string) => string,
  keyId: string,
  request: IdentityRequest,
): IdentityCode | null {
  const { headers, raw, now } = request;
  const signature = headers(settings.signature_header);
  const timestamp = headers(settings.timestamp_header);
  if (signature === null || timestamp === null) return 'claim_missing';
  const seconds = secondsOf(timestamp);
  const digest = headers(settings.digest_header)?.toLowerCase() ?? EMPTY;
  const given = macOf(signature);
  if (seconds === null || given === null || !HEX.test(digest)) return 'malformed';
  const text = `${raw.method}\n${raw.path}${raw.query}\n${timestamp}\n${digest}\n${keyId}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a request line holds is printable ASCII
  if (text.length > 16_384 || /[^\x0a\x20-\x7e]/.test(text)) return 'malformed';
  if (!sameMac(mac(text), given)) return 'signature_invalid';
  // Signed as a request without a body, and it has one, of whatever length: somebody put it there.
  const hasBody = Number(headers('content-length') ?? 0) !== 0 || headers('transfer-encoding') !== null;
  if (digest === EMPTY && hasBody) return 'bound_elsewhere';
  if (Math.abs(now / 1000 - seconds) > settings.window_s) return 'proof_expired';
  const untilMs = (seconds + settings.window_s) * 1000;
  const owner = { kind: 'key', name: keyId } as const;
  return useOnce(request, `x-signature ${keyId}\0${given}`, given, untilMs, owner) ? null : 'replayed';
}

/** Epoch seconds, milliseconds, or RFC 3339. */
function secondsOf(text: string): number | null {
  if (/^\d{9,11}$/.test(text)) return Number(text);
  if (/^\d{12,14}$/.test(text)) return Number(text) / 1000;
  const at = /^\d{4}-\d{2}-\d{2}T[\d:.]{8,15}(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at / 1000;
}

/** Base64url of the signature; null when it is neither hex nor base64 of 32 bytes. */
function macOf(text: string): string | null {
  const value = text.trim().replace(/^(?:sha256=|v1=|hmac-sha256 )/i, '');
  if (HEX.test(value)) return Buffer.from(value, 'hex').toString('base64url');
  return BASE64.test(value) ? Buffer.from(value, 'base64').toString('base64url') : null;
}
