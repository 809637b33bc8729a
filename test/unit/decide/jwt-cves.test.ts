import { constants, createHmac, generateKeyPairSync, publicEncrypt, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentialsSchema } from '../../../schemas/credentials.ts';
import { confusable } from '../../../services/decide/identity/confusion.ts';
import { fixedKeys } from '../../../services/decide/identity/key-set.ts';
import { readKeySet } from '../../../services/decide/identity/keys.ts';
import { textOf } from '../../support/docs.ts';
import { identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { signer } from '../../support/signers.ts';
import { hs256 } from '../../support/tokens.ts';

// Every class of fault that advisories on JWT libraries tell of, and what it would take to get past here by it.
const SECRET = Buffer.alloc(32, 1);
const secret_base64 = SECRET.toString('base64');
const es = signer('ES256');
const ed = signer('EdDSA');
const rs = signer('RS256');
const mallory = signer('ES256');
const good = { exp: SECONDS + 60, iss: 'https://attest.example.com', aud: 'api' };
const issuer = { issuer: 'https://attest.example.com', audience: ['api', 'web'] };

const byKeySet = identityOf(
  { issuers: [{ name: 'app', jwks_file: 'x', ...issuer }] },
  { app: keysOf({ ...es.jwk, kid: 'es' }, { ...ed.jwk, kid: 'ed' }, { ...rs.jwk, kid: 'rs' }) },
);
const bySecret = identityOf({ issuers: [{ name: 'app', keys: [{ kid: 'k1', secret_base64 }], ...issuer }] });
const asked = (by: typeof byKeySet, token: string, now = SECONDS) =>
  identify(by, { headers: { 'approov-token': token }, now: now * 1000 }).raw.attestation;

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
/** Signed with the issuer's own key, whatever header and claims say: what is refused here is refused for its content. */
const signed = (header: unknown, claims: unknown = good) => {
  const content = `${part(header)}.${part(claims)}`;
  return `${content}.${es.sign(content)}`;
};
const mac = (header: unknown, claims: unknown, key: Buffer | string) => {
  const content = `${part(header)}.${part(claims)}`;
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
};
const [head = '', body = '', signature = ''] = es.jwt(good, { kid: 'es' }).split('.');
const raw = Buffer.from(signature, 'base64url');
const withSignature = (bytes: Buffer) => `${head}.${body}.${bytes.toString('base64url')}`;

/** An encrypted token (RFC 7516) for the issuer's public key, as everybody can make one, around any content. */
function jwe(content: string, header: Record<string, unknown> = {}): string {
  const key = { key: rs.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const sealed = publicEncrypt(key, Buffer.alloc(32, 2)).toString('base64url');
  return [
    part({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: 'rs', ...header }),
    sealed,
    part('iv'),
    part(content),
    part('tag'),
  ].join('.');
}

/** Texts in which a public key is known to everybody. */
function publicTexts(): string[] {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return [
    pem,
    pem.trim(),
    ` \n${pem}`,
    pem.replaceAll('\n', '\r\n'),
    publicKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
    JSON.stringify(rs.jwk),
    JSON.stringify({ ...rs.jwk, kid: 'rs' }),
    JSON.stringify({ keys: [{ ...rs.jwk, kid: 'rs' }] }),
    String(rs.jwk.n),
    rs.thumbprint,
    '',
  ];
}

function twoOrders(): Buffer[] {
  // Ed25519: S + L for S (RFC 8032 section 8.4 refuses it).
  const token = ed.jwt(good, { kid: 'ed' });
  const bytes = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
  const more = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return [Buffer.concat([bytes.subarray(0, 32), more]), Buffer.concat([bytes, Buffer.alloc(1)]), bytes.subarray(0, 63)];
}

interface CveClass {
  /** As the documentation names it. */
  name: string;
  known: readonly string[];
  /** Tokens that must not be genuine, by the identity that is asked. */
  forged: () => readonly (readonly [typeof byKeySet, string])[];
}

const CLASSES: readonly CveClass[] = [
  {
    name: 'no signature: `none` in any spelling, an empty signature, an unknown algorithm',
    known: ['CVE-2018-1000531', 'CVE-2021-44878', 'CVE-2022-23540', 'CVE-2026-107720'],
    forged: () =>
      ['none', 'None', 'NONE', 'nOnE', '', 'ES256', 'HS256', 'HS257', 'ES256K', null].flatMap((alg) =>
        ['', 'AA', signature].flatMap((end) =>
          [byKeySet, bySecret].map((by) => [by, `${part({ alg })}.${part({ ...good, did: 'x' })}.${end}`] as const),
        ),
      ),
  },
  {
    name: 'algorithm confusion: a public key as shared secret',
    known: [
      'CVE-2015-9235',
      'CVE-2016-10555',
      'CVE-2017-11424',
      'CVE-2021-46743',
      'CVE-2022-23541',
      'CVE-2022-29217',
      'CVE-2023-48223',
      'CVE-2024-37568',
      'CVE-2026-22817',
      'CVE-2026-34950',
      'CVE-2026-48526',
      'CVE-2026-102268',
    ],
    forged: () =>
      publicTexts().flatMap((text) =>
        [{}, { kid: 'rs' }, { kid: 'es' }].map((more) => [byKeySet, hs256(good, text, more)] as const),
      ),
  },
  {
    name: 'a key under an algorithm that it is not for',
    known: ['CVE-2022-23539'],
    forged: () => {
      const content = `${part({ alg: 'RS256', kid: 'es' })}.${body}`;
      const pss = `${part({ alg: 'PS256', kid: 'rs' })}.${body}`;
      const key = { key: rs.privateKey, padding: constants.RSA_PKCS1_PADDING };
      return [
        [byKeySet, `${content}.${es.sign(content)}`],
        [byKeySet, `${content}.${rs.sign(content)}`],
        [byKeySet, `${pss}.${sign('sha256', Buffer.from(pss), key).toString('base64url')}`],
        [byKeySet, rs.jwt(good, { kid: 'rs', alg: 'RS512' })],
        [byKeySet, es.jwt(good, { kid: 'ed' })],
        [bySecret, es.jwt(good, { kid: 'k1' })],
      ];
    },
  },
  {
    name: 'an encrypted token in the place of a signed one, or around an unsigned one',
    known: ['CVE-2022-3102', 'CVE-2026-29000'],
    forged: () => [
      [byKeySet, jwe(`${part({ alg: 'none' })}.${body}.`)],
      [byKeySet, jwe(`${part({ alg: 'none' })}.${body}.`, { alg: 'ES256' })],
      [bySecret, jwe(JSON.stringify(good), { alg: 'dir' })],
    ],
  },
  {
    name: 'compressed content that unpacks to much',
    known: ['CVE-2024-28122', 'CVE-2024-29371', 'CVE-2024-33664'],
    forged: () => [
      [byKeySet, signed({ alg: 'ES256', kid: 'es', zip: 'DEF' })],
      [byKeySet, jwe('x', { zip: 'DEF' })],
    ],
  },
  {
    name: 'a token that costs much to take apart',
    known: ['CVE-2025-27144'],
    forged: () => [
      [byKeySet, '.'.repeat(8000)],
      [byKeySet, '.'.repeat(1_000_000)],
      [byKeySet, `${head}.${body}.${'A'.repeat(9000)}`],
      [byKeySet, `${'A'.repeat(4000)}${'.'.repeat(4000)}`],
      [byKeySet, signed(`{"alg":"ES256","kid":"es","x":${'['.repeat(1500)}${']'.repeat(1500)}}`)],
      [
        byKeySet,
        signed({ alg: 'ES256', kid: 'es' }, `{"exp":${good.exp},"x":${'{"a":'.repeat(900)}1${'}'.repeat(900)}}`),
      ],
    ],
  },
  {
    name: 'extensions that must be understood (`crit`), unencoded content (`b64`)',
    known: ['CVE-2025-59420', 'CVE-2026-32597', 'CVE-2026-35042'],
    forged: () =>
      [
        { crit: ['bork'], bork: true },
        { crit: ['cnf'], cnf: {} },
        { crit: ['b64'], b64: false },
        { crit: [] },
        { crit: 'exp' },
        { b64: false },
      ].flatMap((more) => [
        [byKeySet, signed({ alg: 'ES256', kid: 'es', ...more })] as const,
        [bySecret, hs256(good, SECRET, more)] as const,
      ]),
  },
  {
    name: 'a key, or the address of one, out of the token',
    known: ['CVE-2018-0114'],
    forged: () =>
      [
        { jwk: mallory.jwk },
        { jwk: { ...mallory.jwk, kid: 'es' }, kid: 'es' },
        { jku: 'http://127.0.0.1:9/jwks.json' },
        { x5u: 'http://127.0.0.1:9/cert.pem' },
        { x5c: ['MIIB'] },
      ].map((more) => [byKeySet, mallory.jwt(good, more)] as const),
  },
  {
    name: 'a signature of zeros or of the curve’s order',
    known: ['CVE-2022-21449'],
    forged: () => {
      const n = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
      const one = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
      return [
        [Buffer.alloc(32), Buffer.alloc(32)],
        [n, n],
        [Buffer.alloc(32), one],
        [one, Buffer.alloc(32)],
        [one, n],
      ].map((halves) => [byKeySet, withSignature(Buffer.concat(halves))] as const);
    },
  },
  {
    name: 'a second spelling of a good signature: BER, padding, `S` beyond the order, other base64 characters',
    known: [
      'CVE-2020-13822',
      'CVE-2020-36843',
      'CVE-2024-42459',
      'CVE-2024-42460',
      'CVE-2024-42461',
      'CVE-2024-48949',
      'CVE-2026-33895',
      'GHSA-hxm8-2xgr-2p9m',
    ],
    forged: () => {
      const der = Buffer.concat([
        Buffer.from([0x30, 0x44, 2, 32]),
        raw.subarray(0, 32),
        Buffer.from([2, 32]),
        raw.subarray(32),
      ]);
      const content = ed.jwt(good, { kid: 'ed' }).replace(/\.[^.]*$/, '');
      const last = signature.charAt(signature.length - 1);
      return [
        ...[der, Buffer.concat([raw, Buffer.alloc(2)]), raw.subarray(0, 63), Buffer.concat([Buffer.alloc(1), raw])].map(
          (bytes) => [byKeySet, withSignature(bytes)] as const,
        ),
        ...twoOrders().map((bytes) => [byKeySet, `${content}.${bytes.toString('base64url')}`] as const),
        ...['!!!!', '=', '==', '\u200b', '%41', '~'].map(
          (more) => [byKeySet, `${head}.${body}.${signature}${more}`] as const,
        ),
        [byKeySet, `${head}.${body}.${signature.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`],
      ];
    },
  },
  {
    name: 'an empty, short or wrong shared secret: of no bytes, of a file’s name, of the text in which it is written',
    known: ['CVE-2021-41106', 'CVE-2026-45363'],
    forged: () =>
      ['', '\0', 'k1', 'file://k1', './app.jwks.json', secret_base64, SECRET.toString('hex'), 'null', 'undefined'].map(
        (key) => [bySecret, hs256(good, key, { kid: 'k1' })] as const,
      ),
  },
  {
    name: 'a `kid` that leads elsewhere, and members of the prototype',
    known: ['CVE-2024-34273', 'GHSA-869p-cjfg-cm3x'],
    forged: () =>
      [
        '../../../../dev/null',
        '/proc/self/environ',
        "x' UNION SELECT 'a",
        '|id',
        '__proto__',
        'constructor',
        'toString',
        'k1\0',
      ].flatMap((kid) => [
        [bySecret, hs256(good, '', { kid })] as const,
        [byKeySet, mallory.jwt(good, { kid })] as const,
        [bySecret, mac(`{"alg":"HS256","__proto__":{"kid":"k1"},"kid":${JSON.stringify(kid)}}`, good, SECRET)] as const,
      ]),
  },
  {
    name: 'an audience that is a list, empty, or of another kind',
    known: ['CVE-2020-26160'],
    forged: () =>
      [undefined, [], ['other'], [['api']], '', 'ap', 'apiapi', { api: true }, null, 0, [null]].map(
        (aud) => [byKeySet, es.jwt({ ...good, aud }, { kid: 'es' })] as const,
      ),
  },
  {
    name: 'an issuer that is a part, or one of a list',
    known: ['CVE-2024-53861', 'CVE-2025-30144'],
    forged: () =>
      [undefined, '', 'https://', 'attest.example.com', [good.iss], ['https://evil.example', good.iss], null].map(
        (iss) => [byKeySet, es.jwt({ ...good, iss }, { kid: 'es' })] as const,
      ),
  },
  {
    name: 'times of the wrong kind, or that nothing reads',
    known: ['CVE-2026-25537', 'HSEC-2026-0010'],
    forged: () => [
      ...[String(good.exp), [good.exp], true, null, {}, undefined].map(
        (exp) => [byKeySet, es.jwt({ ...good, exp }, { kid: 'es' })] as const,
      ),
      ...['0', [0], false, null, {}].map((nbf) => [byKeySet, es.jwt({ ...good, nbf }, { kid: 'es' })] as const),
      [byKeySet, signed({ alg: 'ES256', kid: 'es' }, `{"exp":1e999,"iss":"${good.iss}","aud":"api"}`)],
      // A fraction is a fraction: over since a tenth of a millisecond.
      [byKeySet, es.jwt({ ...good, exp: SECONDS - 0.0001 }, { kid: 'es' })],
      [byKeySet, es.jwt({ ...good, exp: -1 }, { kid: 'es' })],
    ],
  },
  {
    name: 'claims that are no object',
    known: ['CVE-2026-107723'],
    forged: () =>
      ['[]', `[{"exp":${good.exp}}]`, '"x"', '1', 'true', 'null', '', '{}', `{"exp":${good.exp}}{}`].map(
        (claims) => [byKeySet, signed({ alg: 'ES256', kid: 'es' }, claims)] as const,
      ),
  },
  {
    name: 'two readers, two tokens: JSON around a compact token, unprotected headers, members twice',
    known: ['CVE-2022-39227', 'GHSA-jc38-x7x8-2xc8'],
    forged: () => {
      const evil = part({ ...good, did: 'evil' });
      const alg = '{"alg":"ES256","kid":"es"}';
      return [
        [byKeySet, JSON.stringify({ protected: head, payload: body, signature })],
        [byKeySet, `{"  ${head}.${evil}.":"","protected":"${head}","payload":"${body}","signature":"${signature}"}`],
        [byKeySet, JSON.stringify({ header: { alg: 'none' }, protected: head, payload: evil, signature })],
        [byKeySet, `${head}.${evil}.${signature}`],
        [byKeySet, `${head}.${body}.${signature}, ${head}.${evil}.${signature}`],
        [byKeySet, `${head}..${signature}`],
        [byKeySet, signed('{"alg":"none","alg":"ES256","kid":"es"}')],
        [byKeySet, signed(alg, `{"exp":${good.exp},"iss":"x","iss":"${good.iss}","aud":"api"}`)],
        [byKeySet, signed(alg, `{"exp":1,"\\u0065xp":${good.exp},"iss":"${good.iss}","aud":"api"}`)],
      ];
    },
  },
  {
    name: 'a comparison whose time tells how much was right',
    known: ['CVE-2015-10004', 'CVE-2016-7037', 'CVE-2026-8748', 'CVE-2026-9537'],
    forged: () => {
      const token = hs256(good, SECRET);
      const right = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
      return Array.from({ length: 32 }, (_, i) => {
        const near = Buffer.from(right);
        near[i] = (near[i] ?? 0) ^ 1;
        return [bySecret, `${token.slice(0, token.lastIndexOf('.'))}.${near.toString('base64url')}`] as const;
      });
    },
  },
];

describe('a class of faults of JWT libraries', () => {
  it('would be found: the tokens that they are made from are genuine', () => {
    expect(asked(byKeySet, `${head}.${body}.${signature}`)).toMatchObject({ status: 'genuine' });
    expect(asked(byKeySet, ed.jwt(good, { kid: 'ed' }))).toMatchObject({ status: 'genuine' });
    expect(asked(byKeySet, rs.jwt(good, { kid: 'rs' }))).toMatchObject({ status: 'genuine' });
    expect(asked(bySecret, hs256(good, SECRET, { kid: 'k1' }))).toMatchObject({ status: 'genuine' });
    expect(asked(byKeySet, signed({ alg: 'ES256', kid: 'es' }))).toMatchObject({ status: 'genuine' });
    expect(asked(byKeySet, es.jwt({ ...good, exp: SECONDS + 0.5, aud: ['x', 'api'] }))).toMatchObject({
      status: 'genuine',
    });
  });

  it.each(CLASSES.map((row) => [row.name, row] as const))('%s is refused', (_name, { forged }) => {
    const tokens = forged();
    expect(tokens.length).toBeGreaterThan(1);
    for (const [by, token] of tokens) {
      const { status } = asked(by, token);
      expect(['failed', 'expired'], `${token.slice(0, 200)} is ${status}`).toContain(status);
    }
  });

  it('remembered tokens: none is taken for another, and none outlives its end (CVE-2026-35039, CVE-2026-107719)', () => {
    const users = identityOf(
      { issuers: [{ name: 'login', proves: 'who', jwks_file: 'x' }] },
      { login: fixedKeys(keysOf(es.jwk).keys()) },
    );
    const who = (token: string, now = SECONDS) =>
      identify(users, { headers: { authorization: `Bearer ${token}` }, now: now * 1000 }).raw.user;
    const tokens = Array.from({ length: 300 }, (_, i) => es.jwt({ exp: SECONDS + 60, sub: `user-${i}` }));
    for (const round of [1, 2])
      for (const [i, token] of tokens.entries()) expect([round, who(token)]).toEqual([round, `user-${i}`]);
    // Neither names the time of issue.
    for (const token of tokens) expect(who(token, SECONDS + 60)).toBe('');
  });

  it('settings that turn a check off unseen are refused (CVE-2026-107275, CVE-2026-107721, CVE-2026-45363)', () => {
    const valid = (more: Record<string, unknown>) =>
      credentialsSchema.safeParse({ issuers: [{ name: 'app', keys: [{ secret_base64 }], ...more }] }).success;
    expect(valid({})).toBe(true);
    for (const leeway_s of [Number.POSITIVE_INFINITY, Number.NaN, -1, '5', '1 minute'])
      expect([leeway_s, valid({ leeway_s })]).toEqual([leeway_s, false]);
    for (const max_age_s of [Number.POSITIVE_INFINITY, '1h', '1,5 h', ' 60 ', -1])
      expect([max_age_s, valid({ max_age_s })]).toEqual([max_age_s, false]);
    for (const secret of ['', 'c2VjcmV0', '    '])
      expect([secret, valid({ keys: [{ secret_base64: secret }] })]).toEqual([secret, false]);
    for (const algorithms of [['none'], ['HS256', 'none'], []])
      expect([algorithms, valid({ algorithms })]).toEqual([algorithms, false]);
    expect(valid({ maxAge: 60 })).toBe(false);
  });

  it('a user token that passes as attestation is told to the operator where one key signs both (RFC 8725 section 2.8)', () => {
    const pairs = (what: Record<string, unknown>, who: Record<string, unknown>) =>
      confusable(
        credentialsSchema.parse({
          issuers: [
            { name: 'app', ...what },
            { name: 'login', proves: 'who', ...who },
          ],
        }).issuers,
      );
    const keys = [{ secret_base64 }];
    const uri = { jwks_uri: 'https://login.example.com/jwks' };
    const told = [{ what: 'app', who: 'login' }];
    expect(pairs({ keys }, { keys })).toEqual(told);
    expect(pairs(uri, uri)).toEqual(told);
    expect(pairs({ jwks_file: 'a' }, { jwks_file: 'a', preset: 'access_token' })).toEqual(told);
    expect(pairs({ ...uri, type: 'JWT' }, uri)).toEqual(told);
    // Whoever has a token that is bound to his key can prove that, too.
    expect(pairs({ ...uri, key_binding: 'required' }, uri)).toEqual(told);
    expect(pairs({ ...uri, audience: ['api', 'app'] }, { ...uri, audience: 'api' })).toEqual(told);
    expect(
      pairs({ ...uri, issuer: 'https://login.example.com/*' }, { ...uri, issuer: 'https://login.example.com/1' }),
    ).toEqual(told);
    for (const own of [
      { audience: 'attestation' },
      { type: 'attestation+jwt' },
      { required_claims: ['did'] },
      { algorithms: ['RS256'] },
      { issuer: 'https://attest.example.com' },
      { jwks_uri: 'https://attest.example.com/jwks' },
    ])
      expect([
        own,
        pairs(
          { ...uri, ...own },
          { ...uri, audience: 'api', issuer: 'https://login.example.com', algorithms: ['ES256'] },
        ),
      ]).toEqual([own, []]);
  });

  it('a key set with a broken or private key does no harm (CVE-2026-102274, CVE-2026-102275)', () => {
    const broken = { kty: 'RSA', n: '!', e: 'AQAB', kid: 'b' };
    const read = readKeySet({ keys: [broken, { ...es.jwk, kid: 'es' }, 7, null] });
    expect('keys' in read && read.keys.map(({ kid }) => kid)).toEqual(['es']);
    const { privateKey } = generateKeyPairSync('ed25519');
    const d = { ...privateKey.export({ format: 'jwk' }), x: ed.jwk.x };
    expect(readKeySet({ keys: [d] })).toMatchObject({ fault: expect.stringContaining('private') });
  });

  it('is a row of the documentation, with its numbers', () => {
    const page = textOf('docs/who-and-what.md');
    for (const { name, known } of CLASSES) {
      const row = page.split('\n').find((line) => line.startsWith(`| ${name} |`));
      for (const id of known) expect([name, row?.includes(id)]).toEqual([name, true]);
    }
    const listed = [...page.matchAll(/\b(?:CVE-\d+-\d+|GHSA(?:-\w{4}){3}|HSEC-\d+-\d+)\b/g)].map(([id]) => id);
    const source = textOf('test/unit/decide/jwt-cves.test.ts');
    for (const id of listed) expect([id, source.includes(id)]).toEqual([id, true]);
  });
});
