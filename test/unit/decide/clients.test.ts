import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeySet } from '../../../services/decide/identity/key-set.ts';
import { type Call, identify, identityOf, keysOf, SECONDS } from '../../support/identity.ts';
import { hmacOf, messageSignature, signer } from '../../support/signers.ts';

const SECRET = Buffer.alloc(32, 3);
const secret_base64 = SECRET.toString('base64');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('API keys', () => {
  const by = identityOf({
    clients: [
      { id: 'key-and-1', sha256: sha256('k1') },
      { id: 'key-ios-1', sha256: sha256('k2') },
      { id: 'job', header: 'Authorization', sha256: sha256('k3') },
    ],
  });
  const clientOf = (headers: Record<string, string | string[]>) =>
    identify(by, { headers, raw: { apiClient: 'said' } }).raw.apiClient;
  it('become api.client by their hash, and nothing else does', () => {
    expect(clientOf({ 'X-API-Key': 'k1' })).toBe('key-and-1');
    expect(clientOf({ 'x-api-key': 'k2' })).toBe('key-ios-1');
    expect(clientOf({ Authorization: 'ApiKey k3' })).toBe('job');
    for (const key of ['', 'K1', 'k1 ', sha256('k1'), 'k1;k2', '__proto__'])
      expect(clientOf({ 'x-api-key': key })).toBe('said');
  });
  it('name their client in a header that came several times too, as the API behind takes one of them', () => {
    for (const keys of [
      ['k1', 'k1'],
      ['k1', 'x'],
      ['x', 'k1'],
      [...'abcdefg', 'k1'],
      ['k1', ...'abcdefg'],
      ['k1', 'k2'],
    ])
      expect([keys, clientOf({ 'x-api-key': keys })]).toEqual([keys, 'key-and-1']);
    for (const value of ['k1,x', 'x,k1', 'x,\tk1'])
      expect([value, clientOf({ 'x-api-key': value })]).toEqual([value, 'key-and-1']);
    for (const value of ['Key k3', 'bearer\tk3', 'Basic eDp5, ApiKey k3', 'ApiKey k3, Basic eDp5'])
      expect([value, clientOf({ Authorization: value })]).toEqual([value, 'job']);
  });
});

describe('X-Signature', () => {
  const open = (more = {}) =>
    identityOf({ clients: [{ id: 'partner-7', hmac: { scheme: 'x-signature', secret_base64, ...more } }] });
  const digest = sha256('{"a":1}');
  const raw = { method: 'POST', path: '/v1/orders', query: '?b=2' };
  const text = (timestamp: string | number, of = digest, method = 'POST', path = '/v1/orders?b=2', id = 'partner-7') =>
    `${method}\n${path}\n${timestamp}\n${of}\n${id}`;
  const headers = (signature: string, timestamp: string | number = SECONDS, of = digest) => ({
    'X-Key-Id': 'partner-7',
    'X-Timestamp': String(timestamp),
    'X-Content-SHA256': of,
    'X-Signature': signature,
  });
  const send = (given: Record<string, string>, call: Call = {}, by = open()) =>
    identify(by, { raw, ...call, headers: given }).raw;

  it('over method, path with query, time and body digest becomes api.client, in hex and in base64', () => {
    const mac = hmacOf(SECRET, text(SECONDS));
    const bytes = Buffer.from(mac, 'base64url');
    for (const form of [bytes.toString('hex'), bytes.toString('base64'), mac, `sha256=${bytes.toString('hex')}`]) {
      expect(send(headers(form))).toMatchObject({ apiClient: 'partner-7', identityFault: null });
    }
    for (const timestamp of [SECONDS * 1000, '2026-01-15T12:00:00Z']) {
      expect(send(headers(hmacOf(SECRET, text(timestamp)), timestamp)).apiClient).toBe('partner-7');
    }
    // Without a body there is no digest to send.
    const empty = hmacOf(SECRET, text(SECONDS, sha256('')));
    const { 'X-Content-SHA256': _, ...without } = headers(empty);
    expect(send(without).apiClient).toBe('partner-7');
  });

  it.each([
    ['another method', text(SECONDS, digest, 'GET'), SECONDS, digest, 'signature_invalid'],
    ['another path', text(SECONDS, digest, 'POST', '/v1/orders'), SECONDS, digest, 'signature_invalid'],
    ['another body', text(SECONDS, sha256('x')), SECONDS, digest, 'signature_invalid'],
    ['another time', text(SECONDS - 1), SECONDS, digest, 'signature_invalid'],
    [
      'another client',
      text(SECONDS, digest, 'POST', '/v1/orders?b=2', 'partner-8'),
      SECONDS,
      digest,
      'signature_invalid',
    ],
    ['an old one', text(SECONDS - 301), SECONDS - 301, digest, 'proof_expired'],
    ['one of the future', text(SECONDS + 301), SECONDS + 301, digest, 'proof_expired'],
    ['no time', text('soon'), 'soon', digest, 'malformed'],
    ['no digest', text(SECONDS, 'x'), SECONDS, 'x', 'malformed'],
  ])('refuses %s', (_what, signed, timestamp, of, code) => {
    expect(send(headers(hmacOf(SECRET, signed), timestamp, of))).toMatchObject({ apiClient: '', identityFault: code });
  });

  it('refuses a body in a request that was signed as one without', () => {
    const { 'X-Content-SHA256': _, ...without } = headers(hmacOf(SECRET, text(SECONDS, sha256(''))));
    expect(send({ ...without, 'Content-Length': '7' })).toMatchObject({
      apiClient: '',
      identityFault: 'bound_elsewhere',
    });
    expect(send({ ...without, 'Transfer-Encoding': 'chunked' }).identityFault).toBe('bound_elsewhere');
    expect(send({ ...without, 'Content-Length': '0' }).apiClient).toBe('partner-7');
    expect(send({ ...headers(hmacOf(SECRET, text(SECONDS))), 'Content-Length': '7' }).apiClient).toBe('partner-7');
  });

  it('counts once up to the last moment of its window', () => {
    const by = open();
    const once = headers(hmacOf(SECRET, text(SECONDS)));
    const at = (seconds: number) => send(once, { now: (SECONDS + seconds) * 1000 }, by).identityFault;
    expect([at(0), at(299), at(300), at(301)]).toEqual([null, 'replayed', 'replayed', 'proof_expired']);
  });

  it('refuses line breaks, cut signatures, and a second use within the window', () => {
    expect(send(headers('abc')).identityFault).toBe('malformed');
    expect(send({ ...headers(hmacOf(SECRET, text(SECONDS))), 'X-Timestamp': '' }).identityFault).toBe('malformed');
    const { 'X-Signature': _, ...unsigned } = headers('');
    expect(send(unsigned)).toMatchObject({ apiClient: '', identityFault: 'claim_missing' });
    const by = open();
    const mac = hmacOf(SECRET, text(SECONDS));
    expect(send(headers(mac), {}, by).apiClient).toBe('partner-7');
    expect(send(headers(Buffer.from(mac, 'base64url').toString('hex')), {}, by).identityFault).toBe('replayed');
    // A client that is not known is nobody: its own scheme may be no scheme of ours.
    expect(send({ ...headers(mac), 'X-Key-Id': 'other' })).toMatchObject({ apiClient: '', identityFault: null });
  });
});

describe('clients whose keys are fetched', () => {
  it('are named anew when their keys change, and not looked through as long as they do not', () => {
    const [first, second] = [signer('EdDSA'), signer('EdDSA')];
    let current = keysOf(first.jwk).keys();
    let version = 1;
    let read = 0;
    const set: KeySet = {
      keys: () => {
        read++;
        return current;
      },
      has: (key) => current.includes(key),
      version: () => version,
      ready: () => true,
      missed: () => false,
    };
    const signature = { scheme: 'rfc9421', jwks_uri: 'https://partner.example/jwks', covers: ['@method'] };
    const by = identityOf({ clients: [{ id: 'partner-9', signature }] }, { 'partner-9': set });
    const ask = (key: typeof first, at: number) => {
      const parameters = `;created=${at};keyid="${key.thumbprint}"`;
      const headers = messageSignature('sig1', [['"@method"', 'GET']], parameters, key.sign);
      return identify(by, { headers, now: at * 1000 }).raw.apiClient;
    };
    for (let i = 0; i < 5; i++) expect(ask(first, SECONDS + i)).toBe('partner-9');
    expect(read).toBe(1);
    current = keysOf(second.jwk).keys();
    version++;
    expect([ask(first, SECONDS + 10), ask(second, SECONDS + 10)]).toEqual(['', 'partner-9']);
    expect(read).toBe(2);
  });
});

describe('HTTP message signatures (RFC 9421)', () => {
  const key = signer('EdDSA');
  const by = identityOf(
    {
      clients: [
        { id: 'partner-7', hmac: { scheme: 'rfc9421', secret_base64 } },
        { id: 'partner-8', signature: { scheme: 'rfc9421', jwks_file: 'x', covers: ['@method', '@target-uri'] } },
      ],
    },
    { 'partner-8': keysOf({ ...key.jwk, kid: 'p8' }) },
  );
  const lines = [
    ['"@method"', 'GET'],
    ['"@path"', '/v1/orders'],
    ['"@target-uri"', 'https://api.example.com/v1/orders'],
  ] as const;
  const send = (headers: Record<string, string>, raw = {}) => identify(by, { headers, raw }).raw;
  const hmac = (parameters: string, of: readonly (readonly [string, string])[] = lines) =>
    messageSignature('sig1', of, parameters, (base) => hmacOf(SECRET, base));

  it('by a shared secret or a private key become api.client', () => {
    expect(send(hmac(`;created=${SECONDS};keyid="partner-7"`)).apiClient).toBe('partner-7');
    for (const keyid of ['p8', key.thumbprint]) {
      const signed = messageSignature('sig1', lines, `;created=${SECONDS};keyid="${keyid}";alg="ed25519"`, key.sign);
      expect(send(signed).apiClient).toBe('partner-8');
      expect(send(signed, { method: 'POST' })).toMatchObject({ apiClient: '', identityFault: 'signature_invalid' });
    }
  });
  it.each([
    ['without a time', hmac(';keyid="partner-7"'), 'claim_missing'],
    ['of five minutes ago', hmac(`;created=${SECONDS - 301};keyid="partner-7"`), 'proof_expired'],
    ['that has expired', hmac(`;created=${SECONDS - 20};expires=${SECONDS - 1};keyid="partner-7"`), 'proof_expired'],
    ['of the future', hmac(`;created=${SECONDS + 90};keyid="partner-7"`), 'issued_in_future'],
    ['over too little', hmac(`;created=${SECONDS};keyid="partner-7"`, lines.slice(0, 1)), 'claim_missing'],
    [
      'over a header that is not there',
      hmac(`;created=${SECONDS};keyid="partner-7"`, [...lines, ['"x-nothing"', 'x']]),
      'bound_elsewhere',
    ],
    [
      'over one thing twice',
      hmac(`;created=${SECONDS};keyid="partner-7"`, [...lines, ['"@method"', 'GET']]),
      'malformed',
    ],
    ['of another algorithm', hmac(`;created=${SECONDS};keyid="partner-7";alg="ed25519"`), 'algorithm_not_allowed'],
    ['with a time that is none', hmac(`;created="x";keyid="partner-7"`), 'malformed'],
    ['with no signature', { 'signature-input': 'sig1=("@method")' }, 'malformed'],
    ['of rubbish', { 'signature-input': '((', signature: '::' }, 'malformed'],
  ])('%s are refused', (_what, headers, code) => {
    expect(send(headers as Record<string, string>)).toMatchObject({ apiClient: '', identityFault: code });
  });
  it('of a key that nobody has are nobody’s, and a nonce counts once', () => {
    expect(send(hmac(`;created=${SECONDS};keyid="other"`))).toMatchObject({ apiClient: '', identityFault: null });
    const once = hmac(`;created=${SECONDS};keyid="partner-7";nonce="n1"`);
    expect(send(once).apiClient).toBe('partner-7');
    expect(send(once)).toMatchObject({ apiClient: '', identityFault: 'replayed' });
  });
});

/** What a stranger can make of the headers that a gateway takes costs little: a slow answer would be a way through. */
describe('a message signature over very much', () => {
  const by = identityOf({ clients: [{ id: 'partner-7', hmac: { scheme: 'rfc9421', secret_base64 } }] });
  const parameters = `;created=${SECONDS};keyid="partner-7"`;
  const covering = (of: readonly (readonly [string, string])[], headers: Record<string, string>) => {
    const signed = messageSignature('sig1', of, parameters, (base) => hmacOf(SECRET, base));
    return identify(by, { headers: { ...signed, ...headers }, raw: {} }).raw;
  };
  const asked = [
    ['"@method"', 'GET'],
    ['"@path"', '/v1/orders'],
  ] as const;
  const members = (n: number) => Array.from({ length: n }, (_, i) => [`"x";key="k${i}"`, `${i}`] as const);
  const field = (n: number) => ({ x: Array.from({ length: n }, (_, i) => `k${i}=${i}`).join(', ') });

  it('is read up to 32 components', () => {
    expect(covering([...asked, ...members(30)], field(500)).apiClient).toBe('partner-7');
    expect(covering([...asked, ...members(31)], field(500)).identityFault).toBe('malformed');
  });
  it('is read up to 8,192 characters of fields with members', () => {
    const two = (length: number) => ({ x: `k0=0, p="${'x'.repeat(4000)}"`, y: `k0=0, p="${'y'.repeat(length)}"` });
    const of = [...asked, ['"x";key="k0"', '0'], ['"y";key="k0"', '0']] as const;
    expect(covering(of, two(4000)).apiClient).toBe('partner-7');
    expect(covering(of, two(4200)).identityFault).toBe('bound_elsewhere');
  });
  it('is read up to a base of 16,384 characters', () => {
    const of = (length: number) => [...asked, ['"x"', 'x'.repeat(length)], ['"y"', 'y'.repeat(length)]] as const;
    const headers = (length: number) => ({ x: 'x'.repeat(length), y: 'y'.repeat(length) });
    expect(covering(of(8000), headers(8000)).apiClient).toBe('partner-7');
    expect(covering(of(8200), headers(8200)).identityFault).toBe('malformed');
  });
});

describe('Web Bot Auth', () => {
  const bot = signer('EdDSA');
  const other = signer('EdDSA');
  const by = identityOf(
    {
      clients: [
        { id: 'bot-search', signature: { scheme: 'web-bot-auth', jwks_file: 'x', agent: 'https://search.example' } },
      ],
    },
    { 'bot-search': keysOf(bot.jwk) },
  );
  const agent = '"https://search.example"';
  const make = (key = bot, keyid = bot.thumbprint, field = agent, name = '"signature-agent"', more = '') =>
    ({
      ...messageSignature(
        'sig1',
        [
          ['"@authority"', 'api.example.com'],
          [name, field],
        ],
        `;created=${SECONDS};expires=${SECONDS + 300};keyid="${keyid}";tag="web-bot-auth"${more}`,
        key.sign,
      ),
      'signature-agent': field,
    }) as const;
  const send = (headers: Record<string, string>, raw = {}) =>
    identify(by, { headers, raw: { userAgent: 'curl/8', ...raw } }).raw;

  it('knows an agent by its key, not by its user agent', () => {
    expect(send(make())).toMatchObject({ apiClient: 'bot-search', identityFault: null });
    expect(send({}, { userAgent: 'Mozilla/5.0 (compatible; SearchBot/2.1)' }).apiClient).toBe('');
  });
  it('takes Signature-Agent as a dictionary too', () => {
    const field = 'sig1="https://search.example"';
    const headers = {
      ...make(bot, bot.thumbprint, '"https://search.example"', '"signature-agent";key="sig1"'),
      'signature-agent': field,
    };
    expect(send(headers).apiClient).toBe('bot-search');
  });
  it('knows an agent whose address is written with a slash', () => {
    expect(send(make(bot, bot.thumbprint, '"https://search.example/"')).apiClient).toBe('bot-search');
  });
  it('refuses another key, host, agent, and a signature without an end', () => {
    expect(send(make(other))).toMatchObject({ apiClient: '', identityFault: 'signature_invalid' });
    expect(send(make(other, other.thumbprint))).toMatchObject({ apiClient: '', identityFault: null });
    expect(send(make(), { host: 'other.example' }).identityFault).toBe('signature_invalid');
    expect(send(make(bot, bot.thumbprint, '"https://evil.example"')).identityFault).toBe('wrong_issuer');
    expect(send({ ...make(), 'signature-agent': '"https://evil.example"' }).apiClient).toBe('');
    const endless = messageSignature(
      'sig1',
      [['"@authority"', 'api.example.com']],
      `;created=${SECONDS};keyid="${bot.thumbprint}";tag="web-bot-auth"`,
      bot.sign,
    );
    expect(send(endless).identityFault).toBe('claim_missing');
    // Its tag is part of what it means: another use of the same key is no bot.
    const untagged = messageSignature(
      'sig1',
      [['"@authority"', 'api.example.com']],
      `;created=${SECONDS};expires=${SECONDS + 9};keyid="${bot.thumbprint}"`,
      bot.sign,
    );
    expect(send(untagged).apiClient).toBe('');
  });
});
