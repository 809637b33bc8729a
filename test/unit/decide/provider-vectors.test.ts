import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Call, identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { type Jwk, signer } from '../../support/signers.ts';
import { bindingOf, hs256 } from '../../support/tokens.ts';

// What the documentation of each provider shows, as it stands there. RFC 7515, 8037, 9421 and 9449: interop.test.ts, proofs.test.ts.

/** `\`-wrapped lines of RFC 8792. */
const unwrapped = (...lines: readonly string[]) => lines.join('');

describe('Approov: the tokens of its quickstarts, signed with the dummy secret that they name', () => {
  // github.com/approov/quickstart-aws-lambda-token-check, examples; the secret: github.com/approov, any quickstart.
  const secret_base64 = 'h+CX0tOzdAAR9l15bWAqvq7w9olk66daIH+Xk+IAHhVVHszjDzeGobzNnqyRze3lw/WVyWrc2gZfh3XXfBOmww==';
  const valid =
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjQ3MDg2ODMyMDUuODkxOTEyfQ.c8I4KNndbThAQ7zlgX4_QDtcxCrD9cff1elaCJe9p9U';
  const invalid =
    'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjQ3MDg2ODMyMDUuODkxOTEyfQ._ZdLOZmK4KXSIpVlhOpHBgboSHHTWer-X6oLqFIDQWI';
  const by = identityOf({ issuers: [{ name: 'app', preset: 'approov', keys: [{ secret_base64 }] }] });
  const ask = (token: string, more: Call = {}) =>
    identify(by, { ...more, headers: { 'Approov-Token': token, ...more.headers } }).raw.attestation;

  it('are valid, invalid, and over when their fractional end has come', () => {
    expect(ask(valid)).toMatchObject({ status: 'genuine', code: 'unbound', issuer: 'app' });
    expect(ask(invalid)).toMatchObject({ status: 'failed', code: 'signature_invalid' });
    expect(ask(valid, { now: 4708683205891 }).status).toBe('genuine');
    expect(ask(valid, { now: 4708683205892 })).toMatchObject({ status: 'expired', code: 'expired' });
  });

  it('are bound by `pay`: base64 of the SHA-256 of the bound header’s value', () => {
    const authorization = 'Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==';
    const token = hs256({ exp: 4708683205, pay: bindingOf(authorization) }, Buffer.from(secret_base64, 'base64'));
    expect(ask(token, { headers: { Authorization: authorization } }).code).toBe('ok');
    expect(ask(token, { headers: { Authorization: 'Bearer other' } })).toMatchObject({ code: 'bound_elsewhere' });
  });
});

describe('Firebase App Check: the claims that its reference of DecodedAppCheckToken names', () => {
  // firebase.google.com/docs/reference/admin/node/firebase-admin.app-check.decodedappchecktoken: `aud` is the project's
  // number and its id, `iss` ends in the same number, `sub` is the app. Google's keys of then are gone: ours sign.
  const google = signer('RS256');
  const by = identityOf(
    { issuers: [{ name: 'firebase', preset: 'firebase_app_check', audience: 'projects/123456789' }] },
    { firebase: keysOf({ ...google.jwk, kid: 'vC8tXw', alg: 'RS256', use: 'sig' }) },
  );
  const claims = {
    sub: '1:123456789:android:a1b2c3d4e5f6',
    aud: ['projects/123456789', 'projects/shop-prod'],
    iss: 'https://firebaseappcheck.googleapis.com/123456789',
    exp: SECONDS + 3600,
    iat: SECONDS,
  };
  const ask = (more: Jwk = {}) =>
    identify(by, {
      headers: { 'X-Firebase-AppCheck': google.jwt({ ...claims, ...more }, { kid: 'vC8tXw', typ: 'JWT' }) },
    }).raw.attestation;

  it('are genuine, and those of another project are not, though Google signs them with the same keys', () => {
    expect(ask()).toMatchObject({ status: 'genuine', issuer: 'firebase' });
    const other = {
      aud: ['projects/987654321', 'projects/evil'],
      iss: 'https://firebaseappcheck.googleapis.com/987654321',
    };
    expect(ask({ ...other, sub: '1:987654321:android:a1b2c3d4e5f6' })).toMatchObject({
      status: 'failed',
      code: 'wrong_audience',
    });
  });
});

describe('OAuth 2.0 attestation-based client authentication: the example of the draft', () => {
  // draft-ietf-oauth-attestation-based-client-auth, sections 4, 5.1 and 6: the client's key, and its proofs for an
  // authorization server and a resource server. The attester's key is not given: ours signs the same claims.
  const attester = signer('ES256');
  const claims = {
    sub: 'https://client.example.com',
    iat: 1772487595,
    exp: 2529866394,
    cnf: {
      jwk: {
        kty: 'EC',
        use: 'sig',
        crv: 'P-256',
        x: 'VcKVNBZ4IaBAYW3jxM4w3TJFVA7myeUGQyGt-g_yvpQ',
        y: 'f-E-hYE3TAWKwhVv9pej9NABs9SX9XsNO80x57jFTyU',
      },
    },
  };
  const forServer = unwrapped(
    'eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRp',
    'b24tcG9wK2p3dCIsImFsZyI6IkVTMjU2In0.eyJhdWQiOiJodHRwczovL2FzLmV4YW1wb',
    'GUuY29tIiwianRpIjoiZDI1ZDAwYWItNTUyYi00NmZjLWFlMTktOThmNDQwZjI1MDY0Ii',
    'wiaWF0IjoxNzcyNDg3NTk1LCJjaGFsbGVuZ2UiOiI1YzFhOWUxMC0yOWZmLTRjMmItYWU',
    '3My01N2MwOTU3YzA5YzQifQ.M4Uc4rWVAqaLlmDDUXQKkKPbAQKj0JrTizLgWhZndmbkv',
    'M3VL8y-w_QJr7Z0HZlH94E64cLa8L5fSjJItYv0jg',
  );
  const forResource = unwrapped(
    'eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRp',
    'b24tcG9wK2p3dCIsImFsZyI6IkVTMjU2In0.eyJhdWQiOiJodHRwczovL3JzLmV4YW1wb',
    'GUuY29tIiwianRpIjoiZDI1ZDAwYWItNTUyYi00NmZjLWFlMTktOThmNDQwZjI1MDY0Ii',
    'wiaWF0IjoxNzcyNDg3NTk1LCJjaGFsbGVuZ2UiOiI1YzFhOWUxMC0yOWZmLTRjMmItYWU',
    '3My01N2MwOTU3YzA5YzQifQ.Uh-vRynTGGARZNqijGyovBMm_EsX5qu0fg0VGPVRsp1rJ',
    'dF7rElbZcEv0CAtzm5kXhjSXHYGxEVb0I7HIeUFRg',
  );
  const by = (audience: string) =>
    identityOf(
      { issuers: [{ name: 'wallet', preset: 'oauth_client_attestation', jwks_file: 'x', proof: { audience } }] },
      { wallet: keysOf({ ...attester.jwk, kid: '11' }) },
    );
  const ask = (audience: string, proof: string, now = claims.iat * 1000) =>
    identify(by(audience), {
      now,
      headers: {
        'OAuth-Client-Attestation': attester.jwt(claims, { typ: 'oauth-client-attestation+jwt', kid: '11' }),
        'OAuth-Client-Attestation-PoP': proof,
      },
    }).raw;

  it('is genuine, with the client that it names, for the server that its proof is made for', () => {
    expect(ask('https://rs.example.com', forResource)).toMatchObject({
      apiClient: 'https://client.example.com',
      attestation: { status: 'genuine', code: 'ok' },
    });
    expect(ask('https://as.example.com', forServer).attestation).toMatchObject({ status: 'genuine', code: 'ok' });
    expect(ask('https://rs.example.com', forServer).attestation).toMatchObject({ code: 'wrong_audience' });
    expect(ask('https://as.example.com', forResource).attestation).toMatchObject({ code: 'wrong_audience' });
  });

  it('is not, once the proof is old, or altered', () => {
    expect(ask('https://rs.example.com', forResource, (claims.iat + 61) * 1000).attestation).toMatchObject({
      status: 'expired',
      code: 'proof_expired',
    });
    const altered = forResource.replace('Uh-v', 'Uh-w');
    expect(ask('https://rs.example.com', altered).attestation).toMatchObject({ code: 'proof_invalid' });
  });
});

describe('Web Bot Auth: the test vectors of draft-meunier-webbotauth-httpsig-protocol', () => {
  // Their keys: RFC 9421, appendix B.1.2 and B.1.4.
  const pss = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----`).export({ format: 'jwk' });
  const ed = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' };
  const created = 1735689600;
  const by = identityOf(
    {
      clients: [
        { id: 'bot', signature: { scheme: 'web-bot-auth', jwks_file: 'x', agent: 'https://signature-agent.test' } },
      ],
    },
    { bot: keysOf(ed, { ...pss }) },
  );
  const parameters = (keyid: string, alg: string, expires: number, nonce: string) =>
    `;created=${created};keyid="${keyid}";alg="${alg}";expires=${expires};nonce="${nonce}";tag="web-bot-auth"`;
  const ED = 'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U';
  const PSS = 'oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA';
  const dictionary = [
    '("@authority" "signature-agent";key="agent2")',
    'agent2="https://signature-agent.test"',
  ] as const;
  const legacy = ['("@authority" "signature-agent")', '"https://signature-agent.test"'] as const;

  const vectors = [
    [
      'ed25519, a dictionary',
      dictionary,
      parameters(
        ED,
        'ed25519',
        4889289600,
        'n9p433xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1YsauiA==',
      ),
      'RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1PSl4e8PhbNZACSanGdhEwYCCg==',
    ],
    [
      'ed25519, a string',
      legacy,
      parameters(
        ED,
        'ed25519',
        1735693200,
        'e8N7S2MFd/qrd6T2R3tdfAuuANngKI7LFtKYI/vowzk4lAZYadIX6wW25MwG7DCT9RUKAJ0qVkU0mEeLElW1qg==',
      ),
      'jdq0SqOwHdyHr9+r5jw3iYZH6aNGKijYp/EstF4RQTQdi5N5YYKrD+mCT1HA1nZDsi6nJKuHxUi/5Syp3rLWBA==',
    ],
    [
      'rsa-pss-sha512, a dictionary',
      dictionary,
      parameters(
        PSS,
        'rsa-pss-sha512',
        4889289600,
        'wcfPQPh7SzkvrIVvhD00vNk9PkxJNY2NVbYl2PVBB4zmUoluSwE7W6bPtF60QA3k8g06FU7PPCD+J58YofY1zg==',
      ),
      'gHzpLNeHaHIO19NaJH9YMW5dcVSi2s0wOMBr6p18vcofS106sfC4KBIS0/szPlBBd1vIcyQ88B6CTEWIhRAiVrb9zfX0mx1aG12CSGWcYkSirHeyTxhbuJvXd27ed6skWoy4PjXItq38936ivUQjfdIwXh1aX6HxkAC3vRnEdSNfntkLWeEuIQ5BLIOBGE39fSwg27Qjq6OVWYas/9/aFUr3HA34MXWYdp+//cvlEKDp3kRoLOw9ro0AOr6srHrTeEtxon2afcws1aZVSlPdd2fZSEIGmw9HAHLDCEkFTERu1gH2k/zIEqgy7CAYXI9E5slog0cLg/Vc6+f8gih33g==',
    ],
    [
      'rsa-pss-sha512, a string',
      legacy,
      parameters(
        PSS,
        'rsa-pss-sha512',
        1735693200,
        'XSHtZVCThSIAksXsH9WBs6AtxtXC0eQGiIcUGSoJstFs8lAWakjhrfwzLhyjtme5iXMZvmFWqDEs6cT3Jf+BbQ==',
      ),
      'I1QWNzGXdP1a4dSvOHLCVOOanEYHDk+ZsVxM9MLX/p4ko69ghKwR5EOtAD96g7g4GWP7lmpM/jFAf9q8EFRDTPLjUXySwMv4YPgabv2LQihTJG2y8a2m6IGltyruwQNiqSJVUuRaG9+b17CGmAMFZh30X6GXLdQJrCARpeTqPwp2DC+a8haDE/VE5EruqzjA5/2mKwvrkzkSqeW5tOVtFwWRRHIOidquf/8Je6kM9mhgkg4arudLA5SL4wyyYE1jURIgcOl8agrfdJ5Def23DIRtiOLRa8jT9cpTLFAuFHN+mrZA/LH9h0gSIg1cPb+0cMASee5uku1KjWcFer7jWA==',
    ],
  ] as const;

  it.each(vectors)('%s', (_name, [covered, agent], params, signature) => {
    const ask = (more: Record<string, string> = {}, host = 'example.com') =>
      identify(by, {
        now: created * 1000,
        raw: { host, path: '/path/to/resource', userAgent: 'curl/8' },
        headers: {
          'Signature-Agent': agent,
          'Signature-Input': `sig2=${covered}${params}`,
          Signature: `sig2=:${signature}:`,
          ...more,
        },
      }).raw;
    expect(ask()).toMatchObject({ apiClient: 'bot', identityFault: null });
    expect(ask({}, 'example.org')).toMatchObject({ apiClient: '', identityFault: 'signature_invalid' });
    expect(ask({ 'Signature-Agent': agent.replace('.test', '.evil') }).apiClient).toBe('');
  });
});
