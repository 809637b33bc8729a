import { createPublicKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { credentialsSchema } from '../../../schemas/credentials.ts';
import { emptyRequest } from '../../../services/decide/decider.ts';
import { NOT_OBSERVED } from '../../../services/decide/facts.ts';
import { createBudget } from '../../../services/decide/identity/budget.ts';
import { contextHeaders } from '../../../services/decide/identity/headers.ts';
import { splitJws, verifyJws } from '../../../services/decide/identity/jws.ts';
import { fixedKeys } from '../../../services/decide/identity/key-set.ts';
import { publicKeys, secretKey, type TokenKey } from '../../../services/decide/identity/keys.ts';
import { readSignatures, signatureFault } from '../../../services/decide/identity/message-signature.ts';
import { createLocalHooks } from '../../../services/decide/identity/replay.ts';
import type { IdentityRequest } from '../../../services/decide/identity/request.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { type Jwk, signer } from '../../support/signers.ts';

const keys = (jwk: Jwk): readonly TokenKey[] => {
  const read = publicKeys(jwk);
  return 'fault' in read ? [] : read.keys;
};

describe('RFC 7515', () => {
  const accepts = (jws: string, of: readonly TokenKey[], algorithm: string) => {
    const parts = splitJws(jws);
    return !('kind' in parts) && 'key' in verifyJws(parts, [algorithm], fixedKeys(of));
  };
  it('A.1: HS256', () => {
    const key = secretKey(
      null,
      Buffer.from(
        'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
        'base64url',
      ),
    );
    const jws =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    expect(accepts(jws, [key], 'HS256')).toBe(true);
    expect(accepts(jws.replace('eyJpc3Mi', 'eyJpc3Mj'), [key], 'HS256')).toBe(false);
    const by = identityOf(
      { issuers: [{ name: 'app', issuer: 'joe', keys: [{ secret_base64: 'AAAAAAAAAAAAAAAAAAAAAA==' }] }] },
      { app: fixedKeys([key]) },
    );
    const at = (seconds: number) =>
      identify(by, { headers: { 'approov-token': jws }, now: seconds * 1000 }).raw.attestation;
    expect(at(1300819379)).toMatchObject({ status: 'genuine' });
    expect(at(1300819380)).toMatchObject({ status: 'expired' });
  });
  it('A.3: ES256', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    };
    const jws =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    expect(accepts(jws, keys(jwk), 'ES256')).toBe(true);
  });
});

it('RFC 8037 A.4: Ed25519', () => {
  const [key] = keys({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
  const content = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
  const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
  expect(key?.verify(content, signature)).toBe(true);
  expect(key?.verify(`${content}x`, signature)).toBe(false);
});

describe('RFC 9421, the request of appendix B.2', () => {
  const created = 1618884473;
  const request = (headers: Record<string, string>): IdentityRequest => ({
    raw: {
      ...emptyRequest('r', NOT_OBSERVED),
      method: 'POST',
      scheme: 'https',
      host: 'example.com',
      path: '/foo',
      query: '?param=Value&Pet=dog',
    },
    headers: contextHeaders({
      Date: 'Tue, 20 Apr 2021 02:07:55 GMT',
      'Content-Type': 'application/json',
      'Content-Digest':
        'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
      'Content-Length': '18',
      ...headers,
    }),
    now: created * 1000,
    hooks: createLocalHooks(),
    budget: createBudget(),
    certificateHeader: null,
    dpop: undefined,
    signatures: undefined,
    components: undefined,
    uses: undefined,
  });
  const faultOf = (input: string, signature: string, of: readonly TokenKey[]) => {
    const asked = request({ 'Signature-Input': input, Signature: signature });
    const read = readSignatures(asked);
    const [found] = 'fault' in read ? [] : read.signatures;
    return found === undefined ? 'none' : signatureFault(found, of, { covers: [], windowS: 300 }, asked, '');
  };
  const pss = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----`).export({ format: 'jwk' });

  it('section 3.2: rsa-pss-sha512', () => {
    const input = `sig1=("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=${created};keyid="test-key-rsa-pss"`;
    const signature =
      'sig1=:HIbjHC5rS0BYaa9v4QfD4193TORw7u9edguPh0AW3dMq9WImrlFrCGUDih47vAxi4L2YRZ3XMJc1uOKk/J0ZmZ+wcta4nKIgBkKq0rM9hs3CQyxXGxHLMCy8uqK488o+9jrptQ+xFPHK7a9sRL1IXNaagCNN3ZxJsYapFj+JXbmaI5rtAdSfSvzPuBCh+ARHBmWuNo1UzVVdHXrl8ePL4cccqlazIJdC4QEjrF+Sn4IxBQzTZsL9y9TP5FsZYzHvDqbInkTNigBcE9cKOYNFCn4D/WM7F6TNuZO9EgtzepLWcjTymlHzK7aXq6Am6sfOrpIC49yXjj3ae6HRalVc/g==:';
    expect(faultOf(input, signature, keys({ ...pss }))).toBeNull();
    expect(faultOf(input.replace(String(created), String(created + 1)), signature, keys({ ...pss }))).toBe(
      'signature_invalid',
    );
  });
  it('B.2.5: hmac-sha256', () => {
    const secret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
    const input = `sig-b25=("date" "@authority" "content-type");created=${created};keyid="test-shared-secret"`;
    const signature = 'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:';
    expect(faultOf(input, signature, [secretKey(null, Buffer.from(secret, 'base64'))])).toBeNull();
  });
  it('B.2.6: ed25519', () => {
    const input = `sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=${created};keyid="test-key-ed25519"`;
    const signature =
      'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:';
    const key = keys({ kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' });
    expect(faultOf(input, signature, key)).toBeNull();
  });
});

describe('tokens made by jose', () => {
  it.each(['ES256', 'EdDSA', 'RS256', 'PS256'] as const)('%s are genuine', async (alg) => {
    const key = signer(alg);
    const token = await new SignJWT({ did: 'install-1' })
      .setProtectedHeader({ alg, kid: 'k', typ: 'JWT' })
      .setIssuedAt(SECONDS)
      .setExpirationTime(SECONDS + 60)
      .setAudience('api')
      .setIssuer('me')
      .sign(key.privateKey);
    const by = identityOf(
      { issuers: [{ name: 'app', jwks_file: 'x', audience: 'api', issuer: 'me' }] },
      { app: keysOf({ ...key.jwk, kid: 'k' }) },
    );
    expect(identify(by, { headers: { 'approov-token': token } }).raw).toMatchObject({
      attestation: { status: 'genuine', issuer: 'app' },
      device: 'install-1',
    });
  });
});

it('the example of the documentation of each preset is a valid entry', () => {
  const entry = (issuer: Record<string, unknown>) => credentialsSchema.safeParse({ issuers: [issuer] }).success;
  expect(entry({ name: 'firebase', preset: 'firebase_app_check', audience: 'projects/123' })).toBe(true);
  expect(entry({ name: 'firebase', preset: 'firebase_app_check' })).toBe(false);
  expect(entry({ name: 'wallet', preset: 'oauth_client_attestation', jwks_file: 'x' })).toBe(false);
  expect(entry({ name: 'x', jwks_uri: 'http://keys.example/jwks' })).toBe(false);
  expect(entry({ name: 'x', jwks_uri: 'http://127.0.0.1.evil.example/jwks' })).toBe(false);
  expect(entry({ name: 'x', jwks_uri: 'https://user:password@keys.example/jwks' })).toBe(false);
  expect(entry({ name: 'x', jwks_uri: 'file:///etc/passwd' })).toBe(false);
  expect(entry({ name: 'x', jwks_uri: 'http://127.0.0.1:8080/jwks' })).toBe(true);
  expect(entry({ name: 'x', jwks_uri: 'https://keys.example/jwks' })).toBe(true);
});
