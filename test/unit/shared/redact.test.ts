import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../shared/redact.ts';
import { fastest } from '../../support/fastest.ts';

// Made up, and put together here so that no scanner of repositories takes them for real.
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJhbGljZSJ9', 'c2lnbmF0dXJlLW9mLWEtdG9rZW4'].join('.');
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const SIGNATURE = JWT.slice(JWT.lastIndexOf('.') + 1);
const AWS = `AKIA${'IOSFODNN7EXAMPLE'}`;
const STRIPE = `sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`;

describe('redaction', () => {
  it.each([
    [JWT, JWT, '[redacted:jwt]'],
    [`GET /cb/${JWT}/x`, JWT, 'GET /cb/[redacted:jwt]/x'],
    [`Authorization: Bearer ${JWT}`, JWT, 'Bearer [redacted:'],
    ['"authorization":"Bearer abcdefgh12345678"', 'abcdefgh12345678', 'Bearer [redacted:bearer]'],
    ['Authorization: Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA', 'Basic [redacted:basic]'],
    ['q=1&access_token=s3cr3t&b=2', 's3cr3t', 'q=1&access_token=[redacted:token]&b=2'],
    ['api_key=s3cr3t', 's3cr3t', 'api_key=[redacted:key]'],
    ['X-Api-Key=s3cr3t', 's3cr3t', '[redacted:key]'],
    ['a=1&password=hunter2hunter2', 'hunter2', 'a=1&password=[redacted:password]'],
    ['/page;jsessionid=0A1B2C3D4E5F', '0A1B2C3D4E5F', '/page;jsessionid=[redacted:token]'],
    ['Cookie: sid=abc; theme=dark', 'abc', 'Cookie: [redacted:cookie]'],
    ['{"cookie":"sid=abc; theme=dark"}', 'sid=abc', '{"cookie":"[redacted:cookie]"}'],
    ['{"password":"hunter2","a":1}', 'hunter2', '{"password":"[redacted:password]","a":1}'],
    ['{"http.request.header.x-api-key":"s3cr3t"}', 's3cr3t', '[redacted:key]'],
    ['{"token":"cut in the mid', 'cut in', '{"token":"[redacted:token]"'],
    [`key is ${AWS}.`, AWS, 'key is [redacted:key].'],
    [`/pay/${STRIPE}`, STRIPE, '/pay/[redacted:key]'],
    ['https://bob:hunter2@example.com/', 'hunter2', 'https://bob:[redacted:password]@example.com/'],
    ['/reset-password/8f14e45fceea167a5a36dedd4bea2543', '8f14e45f', '/reset-password/[redacted:token]'],
    ['GET /a?X-Amz-Signature=0123456789abcdef&x=1', '0123456789abcdef', '&x=1'],
  ])('takes the secret out of %s', (text, secret, expected) => {
    const clean = redact(text);
    expect(clean).not.toContain(secret);
    expect(clean).toContain(expected);
  });

  it.each([
    ...['/x/Bearer%2520S', '/x/Bearer%09S', 'Bearer\\u0020S', 'bearer\\x20S', '/x/Basic%2520S=='],
    ...['https%253A%252F%252Fbob%253AS%2540h%252F', 'to=https%25253A%25252F%25252Fbob%25253AS%252540h'],
    // Keys and tokens by the marks of their makers.
    ...['sk-proj-SS', 'sk-ant-api03-SS', 'hf_SS', 'ya29.a0SS'],
    ...['v4.local.SS', 'v2.public.SS.SS', '/shop/(S(S))/cart'],
    // Links that let in whoever has them.
    ...['/verify/SS', '/email/verify/12/SS', '/confirm-email/SS', '/invite/SS', '/invites/SS', '/invitations/SS'],
    ...['/activate/SS', '/auth/magic/SS', '/magic-link/SS', '/unsubscribe/SS', '/reset/SS', '/forgot-password/SS'],
    ...['/api_key/SS/x', '\\/verify\\/SS'],
    ...['/session/SS/element', '/login/SS', '/sso/SS', '/join/SS', '/set-password/SS', '\\/session\\/SS'],
    // Addresses that are the secret, and what web sockets have in the place of headers.
    ...['/bot123456789:SSS/getMe', '/bot123456789%3ASSS/x', '/services/T0ABCDEF1/B0ABCDEF2/SS'],
    ...['/api/webhooks/123456789012345678/SSS', 'base64url.bearer.authorization.k8s.io.SS'],
  ])('takes the secret out of %s', (form) => {
    const secret = 'hunTer2x9Q7canary';
    const clean = redact(form.replaceAll('S', secret).replace(`(${secret}(`, '(S('));
    expect(clean).not.toContain(secret);
    expect(clean).toContain('[redacted:');
    expect(redact(clean)).toBe(clean);
  });

  it.each([
    '{ "alg":"HS256"}',
    '{\n\t"alg":"HS256"}',
    '{\r\n    "alg":"HS256"}',
    '{\t"alg":"HS256"}',
    `{${' '.repeat(99)}"alg":"HS256"}`,
  ])('takes out a JWT whose header is %j, with any dots', (header) => {
    const token = `${base64url(header)}.${base64url('{ "sub":"alice"}')}.${SIGNATURE}`;
    for (const dot of ['.', '%2E', '%2e', '%252E', '%25252e']) {
      const text = token.replaceAll('.', dot);
      expect(redact(`/x/${text}/y`)).toBe('/x/[redacted:jwt]/y');
      expect(redact(`a b%20${text}&c=1`)).toBe('a b%20[redacted:jwt]&c=1');
      expect(redact(`{"agent":"at\\n${text}"}`)).toBe('{"agent":"at\\n[redacted:jwt]"}');
    }
    const cut = token.slice(0, token.lastIndexOf('.'));
    expect(redact(`GET /x/${cut}`)).toBe('GET /x/[redacted:jwt]');
  });

  it.each(['%2E', '%252e'])('takes out a JWT with %s for its dots', (dot) => {
    expect(redact(`/x/${JWT.replaceAll('.', dot)}/y`)).toBe('/x/[redacted:jwt]/y');
  });

  it.each([
    '/v1/orders/6f9619ff-8b86-d011-b42d-00c04fc964ff/items',
    '/blobs/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '/commits/da39a3ee5e6b4b0d3255bfef95601890afd80709',
    '/tokens/6f9619ff-8b86-d011-b42d-00c04fc964ff',
    '/v1/sessions',
    '/oauth/token',
    '/author/authentication-basics',
    'q=shoes&page=2',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36',
    'basic membership plan',
    ...['/news/sk-2024-some-long-slug-of-an-article', '/tasks/desk-and-risk-management-in-2026', '/v1/local/shops'],
    ...[
      '/invites/12',
      '/verify/6f9619ff-8b86-d011-b42d-00c04fc964ff',
      '/activate/premium-plan-of-the-year',
      '/docs/(S)',
    ],
    ...['/session/6f9619ff-8b86-d011-b42d-00c04fc964ff/url', '/v1/sessions/9f86d081884c7d659a2feaa0c55ad015'],
    ...['/login/openid-connect-v2-callback', '/auth/realms/master-of-2026-and-later', '/webhooks/12/deliveries'],
    ...['bearer-of-good-news%20everybody', 'Basic%20training'],
    '/lego/ewok-village.v2.longversion',
    '/ewogLkqnZ0aaaaaa.abcdefghij.abcdefghij',
    'eyAgain.and.again-and-again',
    'renewoKay.preview0Nline.reviewkNowledge',
    `/configs/${base64url('{ "name": "a", "size": 1 }')}.json`,
    `/configs/${base64url('{\n  "name": "a"\n}')}`,
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('lets no JWT through, wherever it stands, and changes nothing the second time', () => {
    const filler = fc.stringMatching(/^[ -~]{0,30}$/);
    fc.assert(
      fc.property(filler, filler, (before, after) => {
        const clean = redact(`${before} ${JWT} ${after}`);
        expect(clean).not.toContain(JWT.slice(0, 40));
        expect(redact(clean)).toBe(clean);
      }),
    );
  });

  it('takes linear time on hostile text', () => {
    const seeds = [
      'token=',
      '"token":"',
      'cookie=',
      'eyJ',
      'eyJaaaaaaaa.',
      'ewogICAg',
      'eyAgaaaaaaaa.aaaaaaaa',
      'ewog%2E',
      '%25',
      '%2525',
      'bearer ',
      'bearer%20',
      'bearer\\x20',
      'sk-',
      'sk-aA1',
      '/verify/1',
      '%252F%252Fa%253A',
      '&quot;',
      '&#',
      '://a:',
      '/reset/a',
      '-----BEGIN ',
      '\\"key\\":\\"',
    ];
    for (const seed of seeds) {
      const text = seed.repeat(Math.ceil(65_536 / seed.length));
      expect(
        fastest(() => redact(text)),
        seed,
      ).toBeLessThan(500);
    }
  });
});
