import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedact, createRedactPeople, redact } from '../../../shared/redact.ts';

const MARK = 'hunTer2x9';

const NAMES = [
  ...['Authorization', 'Proxy-Authorization', 'Cookie', 'Set-Cookie', 'x-auth-token', 'x-access-token', 'x-csrf-token'],
  ...['x-session-token', 'x-vault-token', 'private-token', 'x-goog-api-key', 'ocp-apim-subscription-key', 'X-Api-Key'],
  ...[
    'user_password',
    'userPassword',
    'password_confirmation',
    'client_secret',
    'clientSecret',
    'apikey',
    'accessToken',
  ],
  ...['X-Hub-Signature-256', 'x-amz-security-token', 'X-Forwarded-Client-Cert', 'g-recaptcha-response', 'DPoP'],
  ...['OAuth-Client-Attestation-PoP', 'X-Firebase-AppCheck', 'Approov-Token', 'x-shopify-access-token', 'PHPSESSID'],
  ...['X-GitHub-OTP', 'x-user-pin', 'passkey', 'dbpass', 'user_key', 'sessionKey', 'Fastly-Key', 'DD-APPLICATION-KEY'],
  ...['X-Session', 'cookie_shop', 'upstream_cookie_x', 'oauth_verifier', 'confirmationCode', 'one_time_code'],
  // As their makers document them.
  ...[
    'X-Honeycomb-Team',
    'X-MS-CLIENT-PRINCIPAL',
    'X-ZUMO-AUTH',
    'X-Registry-Auth',
    'X-JFrog-Art-Api',
    'Jenkins-Crumb',
  ],
  ...[
    'X-WP-Nonce',
    '_wpnonce',
    '_csrf',
    '__RequestVerificationToken',
    'X-Vercel-Protection-Bypass',
    'x-prerender-revalidate',
    'CB-ACCESS-SIGN',
    'API-Sign',
  ],
  ...['appsecret_proof', 'X-Shopify-Hmac-SHA256', 'X-Signature-Ed25519', 'X-Amzn-Mtls-Clientcert-Leaf', 'x-kpsdk-ct'],
  ...['X-Appwrite-Session', 'X-SessionTicket', 'X-DocuSign-Authentication', 'X-DataDome-ClientID', 'X-Amzn-Oidc-Data'],
];
/** Values that carry quotes, brackets and separators of whatever they stand in. */
const VALUES = [
  MARK,
  `a"b${MARK}`,
  `it's ${MARK}`,
  `Digest username="bob", response="${MARK}"`,
  `OAuth oauth_consumer_key="k",oauth_signature="${MARK}"`,
  `a="b"; shop_sess=${MARK}`,
  `a]b}c${MARK}`,
  `a\\b\\"c${MARK}`,
  `a&b=c&d${MARK}`,
  `${MARK}\\`,
];

const go = (json: string) => json.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
const nested = (value: unknown, depth: number): string =>
  depth === 0 ? JSON.stringify(value) : nested({ log: JSON.parse(JSON.stringify(nested(value, depth - 1))), n: 1 }, 0);

/** Every form in which a JSON line may say a name and a value. */
const objects = (name: string, value: string): unknown[] => [
  { [name]: value, other: 1 },
  { [name]: [value, value], other: 1 },
  { [name]: { a: value, b: [value] }, other: 1 },
  { headers: { [`http.request.header.${name}`]: [value] }, [`request_${name}`]: value },
  [
    [name, value],
    ['other', '1'],
  ],
  ['Host', 'h', name, value, 'other', '1'],
  [{ name, value }],
  [{ value, comment: '', name }],
  { attributes: [{ key: `http.request.header.${name}`, value: { stringValue: value } }] },
  { attributes: [{ key: name, value: { arrayValue: { values: [{ stringValue: value }, { stringValue: value }] } } }] },
  `GET /a HTTP/1.1\r\nHost: h\r\n${name}: ${value}\r\nAccept: */*\r\n`,
];

describe('a secret that a name tells', () => {
  it.each(NAMES)('of %s is taken out of JSON, nested, escaped by Go or cut off', (name) => {
    for (const value of VALUES) {
      for (const object of objects(name, value)) {
        for (const depth of [0, 1, 2]) {
          const line = nested(object, depth);
          const pretty = depth === 0 ? [JSON.stringify(object, null, 2)] : [];
          for (const form of [line, go(line), ...pretty, line.slice(0, line.lastIndexOf(MARK) + MARK.length)]) {
            if (redact(form).includes(MARK)) expect([form, redact(form)]).toEqual(['nothing of it is left']);
          }
        }
      }
    }
  });

  it.each([
    ...['X-Api-Key: S', 'x-api-key:S', 'password: S', 'passwd = S', "password => 'S'", 'user_password=S a=b'],
    ...['token="S S" a=b', '"X-Api-Key: S" 200', "curl -H 'X-Api-Key: S' http://h", 'Cookie: a="b"; c=S'],
    'Authorization: Digest username="bob",\r\n  response="S"\r\nHost: h',
    '{Digest username=\\"bob\\", response=\\"S\\"} "GET / HTTP/1.1" 200',
    ...[
      '/a?x=1\\u0026token=S',
      '/a?x\\u003d1\\u0026token\\u003dS\\u0026y\\u003d2',
      '/a?%74oken=S',
      '/a?pass%77ord=a%26S&y=2',
    ],
    ...[
      '/a?to=%2Fb%3Ftoken%3DS%26x%3D1&y=2',
      '/a?u=%257B%2522token%2522%253A%2522S%2522%257D',
      '?d={%22token%22:%22S%22}',
    ],
    ...['/a?user%5Bpassword%5D=S', '/a?user[password]=S', '/a?token[]=S&y', '/a#access_token=S', '/a;jsessionid=S'],
    ...["?password=it'sS&x=1", '?password=a,bS&x=1', '"GET /?password=a\\x22S&y=1 HTTP/1.1" 200', 'password=a;bS'],
    ...['{\\x22password\\x22:\\x22S\\x22}', '{\\u0022password\\u0022:\\u0022S\\u0022}', "{'password': 'S', 'a': 1}"],
    ...["[(b'authorization', b'Basic S')]", '<wsse:Password Type="t">S</wsse:Password>', '<token>S</token>'],
    'form-data; name="password"\r\n\r\nS\r\n--x',
    '"form-data; name=\\"password\\"\\r\\n\\r\\nS\\r\\n--x"',
    ...['https:\\/\\/bob:S@h\\/', 'redis://:S@h/', 'https://bob:p@S@h/', 'to=https%3A%2F%2Fbob%3AS%40h%2F'],
    ...['x /reset-password\\/aS0123456789012345678', '{"password":S}', '{"pin":S,"a":1}'],
  ])('is taken out of %j', (form) => {
    const clean = redact(form.replaceAll('S', MARK).replace(`${MARK}e`, 'Se'));
    expect(clean).not.toContain(MARK);
    expect(clean).toContain('[redacted:');
    expect(redact(clean)).toBe(clean);
  });

  it('is gone whatever it holds and wherever the line was cut', () => {
    const value = fc
      .tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }))
      .map(([a, b]) => `${a}${MARK}${b}`);
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), value, fc.nat(8), fc.nat(3), fc.nat(), (name, text, which, depth, cut) => {
        const line = nested(objects(name, text)[which], depth);
        const clean = redact(line);
        expect(clean).not.toContain(MARK);
        expect(redact(line.slice(0, cut % line.length))).not.toContain(MARK);
        expect(redact(clean)).toBe(clean);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves the rest of the line readable', () => {
    const line = JSON.stringify({
      a: 'GET',
      authorization: 'Digest u="b", response="c"',
      cookie: ['d]'],
      e: { f: 'g' },
    });
    expect(JSON.parse(redact(line))).toEqual({
      a: 'GET',
      authorization: 'Digest [redacted:token]',
      cookie: '[redacted:cookie]',
      e: { f: 'g' },
    });
    expect(redact('/a?x=1\\u0026token=abc\\u0026y=2')).toBe('/a?x=1\\u0026token=[redacted:token]\\u0026y=2');
  });

  it.each([
    ...[
      '/oauth/token:introspect',
      '/v1/credentials:batchGet',
      '/keys/secret:rotate',
      '/v1/password/forgot',
      '/code/12',
    ],
    ...[
      'http://token:8080/',
      'okhttp/4.9 (session; 12)',
      'q=token&page=2',
      '{"tokens":null,"cookie":""}',
      'keyboard=de',
    ],
    '{"status_code":200,"response":{"code":200}}',
    '{"Idempotency-Key":"8e03978e","partition_key":"a","cacheKey":"b","primaryKey":7,"Sec-WebSocket-Key":"x"}',
    '{"X-MS-CLIENT-PRINCIPAL-ID":"a","X-MS-CLIENT-PRINCIPAL-NAME":"b","X-Honeycomb-Dataset":"c","X-Scope-OrgID":"d"}',
    '{"X-Amz-Content-Sha256":"a","X-Signature-Timestamp":"1","breadcrumb":"b","design":"c","two_factor_auth":"d"}',
    '{"team":"a","X-Parse-Application-Id":"b","nonce":"c","session_duration":"d","authentication_method":"e"}',
    '/bearer/of/news?x=1',
    '{"key":"http.request.method","value":{"stringValue":"GET"}}',
    'The field attestation.token does not fit.',
    '/confirm/<token>/done',
    '/confirm/<uuid:token>/done',
    '/confirm/:token/{code}/done',
    'Root=1-58337262-36d228ad5d99923122bbe354;Sampled=1',
    '"GET /?token=" 200 176 "-"',
  ])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is known by the names that an install adds, whatever stands before them', () => {
    const own = createRedact(['X-Partner-Ticket', 'x-acme']);
    for (const text of [
      '{"x-partner-ticket":"S"}',
      '{"request_X_Partner_Ticket":["S"]}',
      'X-Partner-Ticket: S',
      '[["X-ACME","S"]]',
      '{"http.request.header.x-acme":["S"]}',
      JSON.stringify({ log: JSON.stringify({ raw: 'Host: h\r\nX-Acme: S\r\n' }) }),
    ]) {
      expect(own(text.replace('S', MARK))).not.toContain(MARK);
      expect(redact(text)).toBe(text);
    }
    expect(own('{"x-acme-region":"eu"}')).toBe('{"x-acme-region":"eu"}');
  });
});

describe('who is named', () => {
  it('is taken out of members, parameters and objects, and told', () => {
    const people = createRedactPeople();
    const line = JSON.stringify({
      ClientUsername: 'alice-1',
      consumer: { id: 'c-9', username: 'alice-2' },
      'user.name': 'alice-3',
      path: '/x?user_id=alice-4',
      principalId: 'alice-5',
      attributes: [{ key: 'user.id', value: { stringValue: 'alice-6' } }],
      status: 200,
    });
    const { text, identities } = people(line);
    expect(text).not.toContain('alice');
    expect(identities).toEqual(
      expect.arrayContaining(['alice-1', 'alice-2', 'alice-3', 'alice-4', 'alice-5', 'alice-6']),
    );
    expect(JSON.parse(text)).toMatchObject({ status: 200 });
  });
});

describe('a hostile line of 1 MiB', () => {
  const seeds = [
    ...[
      'token=',
      '"token":"',
      '"token":[',
      '"token":{"',
      'cookie: a="',
      '\\',
      '\\"',
      '%25',
      '%2522',
      '"value":"',
      '"key":"token",',
    ],
    ...[
      '"name":"token"',
      '["token","',
      '<token>',
      'name="token"\r\n',
      'Digest a=',
      '-----BEGIN PRIVATE KEY-----',
      '//a:',
    ],
    ...[
      '%2F%2Fa%3A',
      'eyJ',
      'eyJaaaaaaaa.',
      'token',
      'token.',
      'token[',
      "'",
      '"',
      ',a=',
      'password: a,',
      'authorization: a\n ',
      'aA',
      '@a.',
    ],
  ];
  it.each(seeds)('of %j takes linear time', (seed) => {
    const text = seed.repeat(Math.ceil(1_048_576 / seed.length));
    // Quadratic time would be minutes.
    const began = performance.now();
    redact(text);
    if (/["'\\]/.test(seed)) redact(`"password":"${text}`);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
