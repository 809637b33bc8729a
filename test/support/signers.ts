import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';

type Claims = Readonly<Record<string, unknown>>;
export type Jwk = Record<string, unknown>;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface Signer {
  alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA';
  privateKey: KeyObject;
  /** Public, without kid. */
  jwk: Jwk;
  /** RFC 7638. */
  thumbprint: string;
  /** base64url. */
  sign(text: string): string;
  jwt(claims: Claims, header?: Claims): string;
}

export function signer(alg: Signer['alg'] = 'ES256'): Signer {
  const { privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk: Jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }) };
  const names = Object.keys(jwk).sort();
  const thumbprint = createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))))
    .digest('base64url');
  const signText = (text: string) => signWith(alg, privateKey, text);
  return {
    alg,
    privateKey,
    jwk,
    thumbprint,
    sign: signText,
    jwt(claims, header = {}) {
      const content = `${part({ alg, ...header })}.${part(claims)}`;
      return `${content}.${signText(content)}`;
    },
  };
}

function signWith(alg: Signer['alg'], key: KeyObject, text: string): string {
  const data = Buffer.from(text);
  if (alg === 'ES256') return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  if (alg === 'EdDSA') return sign(null, data, key).toString('base64url');
  if (alg === 'RS256') return sign('sha256', data, key).toString('base64url');
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign('sha256', data, { key, padding, saltLength: 32 }).toString('base64url');
}

/** A DPoP proof (RFC 9449). */
export function dpop(
  key: Signer,
  claims: { htm: string; htu: string; iat: number; accessToken?: string } & Claims,
  header: Claims = {},
): string {
  const { accessToken, ...rest } = claims;
  const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
  return key.jwt({ jti: randomUUID(), ...ath, ...rest }, { typ: 'dpop+jwt', jwk: key.jwk, ...header });
}

/** Headers of an RFC 9421 signature. @param lines `[component, value]` as they stand in the signature base. */
export function messageSignature(
  label: string,
  lines: readonly (readonly [string, string])[],
  parameters: string,
  make: (base: string) => string,
): { 'signature-input': string; signature: string } {
  const input = `(${lines.map(([name]) => name).join(' ')})${parameters}`;
  const base = [...lines.map(([name, value]) => `${name}: ${value}`), `"@signature-params": ${input}`].join('\n');
  const signature = Buffer.from(make(base), 'base64url').toString('base64');
  return { 'signature-input': `${label}=${input}`, signature: `${label}=:${signature}:` };
}

export const hmacOf = (secret: Buffer, text: string): string =>
  createHmac('sha256', secret).update(text).digest('base64url');
