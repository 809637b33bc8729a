import { describe, expect, it } from 'vitest';
import { checkPolicy, toldFault } from '../../../services/decide/policy-check.ts';
import { createCidrTable } from '../../../shared/cidr.ts';
import { compileGlob } from '../../../shared/glob.ts';
import { createKeyedShare } from '../../../shared/keyed-hash.ts';
import { NOW, policyOf } from '../../support/decision-app.ts';

describe('a glob', () => {
  it.each([
    ['/v1/auth/*', '/v1/auth/login/x', true],
    ['/v1/auth/*', '/v1/auth', false],
    ['*', '', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['*x*', 'aaxaa', true],
    ['/v1/*/items', '/v1/1/2/items', true],
    ['/v1.0', '/v1x0', false],
    ['/V1', '/v1', false],
    ['a**b', 'ab', true],
  ])('%s on %s is %s', (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected);
  });

  it('is linear on hostile text', () => {
    const glob = compileGlob('*a*a*a*a*a*a*a*b');
    const started = performance.now();
    expect(glob('a'.repeat(8000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('the path of a route', () => {
  const policy = policyOf({
    routes: [
      { match: { path: '/public/*' }, attestation: 'off' },
      { match: { path: '/v1/payments' }, attestation: 'require' },
      { match: { path: '/v1/auth/*' }, attestation: 'require' },
      { match: { path: '/v1/refunds/' }, attestation: 'require' },
      { match: { path: '/v1/items;v=2' }, attestation: 'require' },
      { match: { path: '/' }, mode: 'shadow', attestation: 'require' },
    ],
  });
  const attestation = (path: string) => policy.settingsOf({ method: 'POST', host: 'x', path }).attestation;
  it.each([
    '/v1/payments',
    '/v1//payments',
    '/v1/./payments',
    '/v1/x/../payments',
    '/v1/%70ayments',
    '/v1/payments/',
    '/v1/payments//',
    '/v1/payments/.',
    '/v1/payments;a=b',
    '/v1;a=b/payments;c/',
    '/public/..;/v1/payments',
    '/v1/auth/',
    '/v1/auth;x/login',
    '/v1/refunds',
    '/v1/refunds/',
    '/v1/items;v=2',
    '/v1/items',
    '/',
    // Express and IIS by default; WSGI and PHP; whoever makes an address of the target; an absolute target.
    '/V1/Payments',
    '/v1%2Fpayments',
    '/v1/payments%2f',
    '/v1\\payments',
    '/v1%5cpayments',
    '//x/v1/payments',
    '///x/v1/payments',
    '/v1//../payments',
    '/\\x\\v1\\payments',
    'http://x/v1/payments',
    // What is mounted at a path by its beginning gets whatever begins with it.
    '/v1/auth/../../public/x',
    '/v1/auth/..%2f..%2fpublic/x',
    '/v1/%61uth/../../public/x',
    '/v1//auth/../../public/x',
    '/v1/auth;x/../../public/x',
    '/v1\\auth/../../public/x',
    '/public/..%2Fv1%2Fpayments',
  ])('is what an upstream reads: %s', (path) => {
    expect(attestation(path)).toBe('require');
  });
  it.each(['/v1/payments/7', '/v1/paymentsx', '/v1/auth', '/v1/payments%252F', ''])('is not %s', (path) => {
    expect(attestation(path)).toBe('observe');
  });
  it.each(['/docs', '/docs;jsessionid=1', '/%64ocs', '/a%20b/%7Ex', '/a%20b//~x'])(
    'is one for all spellings that mean the same: %s',
    (path) => {
      const { settingsOf } = policyOf({
        attestation: 'require',
        routes: [
          { match: { path: '/docs' }, attestation: 'off' },
          { match: { path: '/a%20b/~*' }, attestation: 'off' },
        ],
      });
      expect(settingsOf({ method: 'GET', host: 'x', path }).attestation).toBe('off');
    },
  );
  it('that is too long to be read in several ways is of the strictest of all routes, so that none is walked around', () => {
    const limit = { match: { path: '/v1/search' }, by: 'ip', rate: '60/m', burst: 20, outcome: 'block' } as const;
    const { settingsOf, platformOf } = policyOf({
      mode: 'shadow',
      limits: [{ name: 'search', ...limit }],
      routes: [
        { match: { path: '/docs*' }, attestation: 'off', budgets: { challenge: 0.0001, block: 0.00001 } },
        { match: { path: '/v1/payments', host: 'pay' }, attestation: 'require', mode: 'enforce', one_time: true },
        { match: { path: '/v1/auth/*', method: 'POST' }, on_no_attestation: 'block', on_signals: { rooted: 'block' } },
      ],
      clients: [
        { match: { user_agent: 'Partner/*' }, attestation: 'off', on_failed_identity: 'block' },
        { match: { user_agent: 'Lax/*' }, attestation: 'off', on_revoked: 'allow' },
      ],
    });
    const asked = (path: string, user_agent = '') => {
      const { rule } = platformOf({ api_client: '', user_agent, host: '' });
      return settingsOf({ method: 'GET', host: 'x', path, rule });
    };
    const odd = [
      `/docs${'/.'.repeat(3000)}`,
      `/docs//${'a'.repeat(5000)}`,
      `/v1/${'%70'.repeat(2000)}`,
      '\\'.repeat(5000),
    ];
    for (const path of odd)
      for (const agent of ['', 'Partner/1', 'Lax/1']) {
        const found = asked(path, agent);
        expect(found).toMatchObject({
          attestation: 'require',
          mode: 'enforce',
          oneTime: true,
          onNone: 'block',
          onRevoked: 'block',
          onSignals: { rooted: 'block' },
          onFailedIdentity: agent === 'Partner/1' ? 'block' : 'allow',
          challengeLine: 30,
        });
        expect(found.limits.map(({ name }) => name)).toEqual(['search']);
      }
    // A long one that everybody reads alike is its route's, and so is an odd one of ordinary length.
    expect(asked(`/docs/${'a'.repeat(50_000)}`).attestation).toBe('off');
    expect(asked(`/docs${'/.'.repeat(2000)}`).attestation).toBe('off');
  });
  it('asks, where it can be read in several ways, for what any of them asks, setting by setting', () => {
    const { settingsOf } = policyOf({
      on_revoked: 'block',
      routes: [
        {
          match: { path: '/public/*' },
          attestation: 'off',
          mode: 'shadow',
          budgets: { challenge: 0.0001, block: 0.00001 },
          on_signals: { hooked: 'block' },
          on_revoked: 'allow',
          one_time: true,
        },
        {
          match: { path: '/graphql*' },
          attestation: 'require',
          mode: 'enforce',
          budgets: { challenge: 0.01, block: 0.001 },
          on_missing_attestation: 'block',
          on_signals: { hooked: 'challenge', rooted: 'challenge' },
        },
      ],
      limits: [
        { name: 'one', match: { path: '/graphql*' }, by: 'ip', rate: '60/m', burst: 20, outcome: 'challenge' },
        { name: 'two', match: { path: '/public/*' }, by: 'ip', rate: '60/m', burst: 20, outcome: 'challenge' },
      ],
    });
    const { limits, ...found } = settingsOf({ method: 'POST', host: 'x', path: '/graphql/../public/x' });
    expect(found).toMatchObject({
      mode: 'enforce',
      attestation: 'require',
      onMissing: 'block',
      onSignals: { hooked: 'block', rooted: 'challenge' },
      onRevoked: 'block',
      oneTime: true,
      challengeLine: 20,
      blockLine: 30,
    });
    expect(limits.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(settingsOf({ method: 'POST', host: 'x', path: '/public/a%20b' })).toMatchObject({ attestation: 'off' });
  });
});

describe('a prefix table', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.77', true],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['203.0.113.0/25', '203.0.113.128', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
  ])('%s covers %s: %s', (prefix, address, expected) => {
    const table = createCidrTable<number>();
    expect(table.add(prefix, 1)).toBe(true);
    expect(table.find(address).length > 0).toBe(expected);
  });
  it.each(['10.0.0', '10.0.0.0/33', 'x', '::/129', '', '10.0.0.0/', '0x7f.1'])('refuses %s', (text) => {
    expect(createCidrTable<number>().add(text, 1)).toBe(false);
  });
});

describe('a scope', () => {
  const several = policyOf({
    scopes: [
      { name: 'shop', hosts: ['api.example.com', '*.shop.example.com'] },
      { name: 'bank', hosts: ['bank.example.com'] },
    ],
  });
  it.each([
    ['api.example.com', 'shop'],
    ['API.Example.com:8443', 'shop'],
    ['a.b.shop.example.com.', 'shop'],
    ['bank.example.com', 'bank'],
    ['elsewhere.example.com', 'default'],
    ['', 'default'],
  ])('of host "%s" is %s', (host, scope) => {
    expect(several.scopeOf(host)).toBe(scope);
  });
  it('without a host is the only one there is', () => {
    expect(policyOf({ scopes: [{ name: 'shop', hosts: ['x'] }] }).scopeOf('')).toBe('shop');
    expect(policyOf({}).scopeOf('')).toBe('default');
    expect(policyOf({}).scopeOf('x')).toBe('default');
  });
});

describe('a client', () => {
  const policy = policyOf({
    clients: [
      { match: { api_client: 'key-and-*' }, platform: 'android', issuer: 'app' },
      { match: { user_agent: '*Mozilla*' }, platform: 'web', can_attest: false },
      { match: { host: '*.partner.example' }, platform: 'partner' },
    ],
  });
  const of = (api_client: string, user_agent = '', host = '') => policy.platformOf({ api_client, user_agent, host });
  it('is told by the first entry that matches', () => {
    expect(of('key-and-1', 'Mozilla/5.0')).toEqual({ platform: 'android', canAttest: true, issuer: 'app' });
    expect(of('', 'Mozilla/5.0')).toEqual({ platform: 'web', canAttest: false, issuer: null });
    expect(of('', '', 'A.Partner.example')).toMatchObject({ platform: 'partner' });
    expect(of('', 'curl')).toEqual({ platform: '', canAttest: null, issuer: null });
  });
});

describe('a keyed share', () => {
  it('is even, stable, and another under another key', () => {
    const share = createKeyedShare('a');
    const other = createKeyedShare('b');
    const tenths = new Array<number>(10).fill(0);
    let same = 0;
    for (let i = 0; i < 20_000; i++) {
      const at = Math.floor(share(`device:${i}`) * 10);
      tenths[at] = (tenths[at] ?? 0) + 1;
      if (at === Math.floor(other(`device:${i}`) * 10)) same++;
    }
    for (const n of tenths) expect(Math.abs(n - 2000)).toBeLessThan(250);
    expect(Math.abs(same - 2000)).toBeLessThan(250);
    expect(share('x')).toBe(createKeyedShare('a')('x'));
    expect(share('')).toBeLessThan(1);
  });
});

describe('a policy', () => {
  it('has all its faults named at once', () => {
    const checked = checkPolicy({ mode: 'loud', budgets: { challenge: 2 }, rutes: [], limits: [{ name: 'X' }] }, NOW);
    expect(checked.ok).toBe(false);
    if (checked.ok) return;
    const paths = checked.faults.map((fault) => toldFault(fault).path);
    expect(paths).toEqual(
      expect.arrayContaining(['mode', 'budgets.challenge', 'rutes', 'limits.0.name', 'limits.0.match']),
    );
  });
  it('names what cannot be meant', () => {
    const until = new Date(NOW + 1000).toISOString();
    const checked = checkPolicy(
      {
        scopes: [
          { name: 'a', hosts: ['x'] },
          { name: 'a', hosts: ['y'] },
        ],
        // The first and the second are told apart, the third is one of all others.
        routes: ['post', '_OTHER', 'PURGE'].map((method) => ({ match: { method } })),
        limits: [{ name: 'l', match: { method: 'QUERY' }, by: 'ip', rate: '1/s', burst: 1, outcome: 'block' }],
        overrides: [{ entity: { kind: 'ip', id: 'example.com' }, scope: 'b', outcome: 'allow', until, reason: 'r' }],
      },
      NOW,
    );
    expect(checked.ok ? [] : checked.faults.map((fault) => toldFault(fault).path)).toEqual([
      'scopes.1.name',
      'routes.2.match.method',
      'limits.0.match.method',
      'overrides.0.entity.id',
      'overrides.0.scope',
    ]);
  });
  it('warns seven days before an override ends', () => {
    const override = (days: number) => ({
      entity: { kind: 'user', id: 'u' },
      outcome: 'allow',
      until: new Date(NOW + days * 86_400_000).toISOString(),
      reason: 'load test',
    });
    expect(checkPolicy({ overrides: [override(8)] }, NOW).warnings).toEqual([]);
    expect(checkPolicy({ overrides: [override(6)] }, NOW).warnings).toHaveLength(1);
    const wide = (id: string) => ({ ...override(8), entity: { kind: 'net', id } });
    for (const id of ['0.0.0.0/0', '128.0.0.0/7', '::/0', '2001::/16'])
      expect(checkPolicy({ overrides: [wide(id)] }, NOW).warnings[0]).toContain('large part of the internet');
    for (const id of ['10.0.0.0/8', '203.0.113.0/24', '2001:db8::/32'])
      expect(checkPolicy({ overrides: [wide(id)] }, NOW).warnings).toEqual([]);
    expect(checkPolicy({ overrides: [override(-1)] }, NOW).warnings[0]).toContain('ended');
  });

  it('warns of a file that is empty, and of a rule that refuses whoever cannot attest', () => {
    expect(checkPolicy(null, NOW).warnings[0]).toContain('refuses nobody');
    expect(checkPolicy({}, NOW).warnings).toEqual([]);
    const strict = { mode: 'enforce', attestation: 'require', on_no_attestation: 'block' };
    expect(checkPolicy(strict, NOW).warnings[0]).toContain('browsers and partners too');
    expect(checkPolicy({ ...strict, mode: 'shadow' }, NOW).warnings).toEqual([]);
    const open = { routes: [{ match: { method: 'POST', path: '/v1/payments' }, attestation: 'require' }] };
    const [told, ...more] = checkPolicy(open, NOW).warnings;
    expect([told, more]).toEqual([expect.stringMatching(/required on POST \/v1\/payments, .*passes, by risk/), []]);
    expect(checkPolicy({ attestation: 'require' }, NOW).warnings[0]).toContain('every other route');
    for (const onNone of ['allow', 'challenge']) {
      expect(checkPolicy({ ...open, on_no_attestation: onNone }, NOW).warnings).toEqual([]);
      const routes = open.routes.map((route) => ({ ...route, on_no_attestation: onNone }));
      expect(checkPolicy({ routes }, NOW).warnings).toEqual([]);
    }
    expect(checkPolicy({ ...strict, on_no_attestation: 'allow' }, NOW).warnings).toEqual([]);
  });
  it('may be empty', () => {
    expect(checkPolicy(null, NOW)).toMatchObject({ ok: true, policy: { mode: 'shadow' } });
  });
});
