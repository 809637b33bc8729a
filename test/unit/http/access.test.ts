import { describe, expect, it } from 'vitest';
import { createAccess } from '../../../shared/access.ts';

const access = createAccess({
  gatewayKeys: [
    { name: 'edge', secret: 'one' },
    { name: 'nginx', secret: 'two' },
  ],
  adminToken: 'admin',
});

describe('a gateway key', () => {
  it.each([
    [{ authorization: 'Bearer one' }, 'edge'],
    [{ authorization: 'bearer  two' }, 'nginx'],
    [{ 'x-bonafide-key': 'two', authorization: 'Bearer the-clients' }, 'nginx'],
    [{ 'x-bonafide-key': 'wrong', authorization: 'Bearer one' }, 'edge'],
    [{ authorization: 'Bearer onetwo' }, null],
    [{ authorization: 'Bearer ' }, null],
    [{ authorization: 'Basic one' }, null],
    [{ 'x-bonafide-key': '' }, null],
    [{ authorization: 'Bearer admin' }, null],
    [{}, null],
  ])('%j is %s', (headers, name) => {
    expect(access.gatewayOf(headers)).toBe(name);
    expect(access.gatewayOf(headers, {})).toBe(name);
  });

  it('that was right on a connection proves nothing for another key on it, nor for another connection', () => {
    const connection = {};
    expect(access.gatewayOf({ authorization: 'Bearer one' }, connection)).toBe('edge');
    expect(access.gatewayOf({ authorization: 'Bearer one' }, connection)).toBe('edge');
    expect(access.gatewayOf({ authorization: 'Bearer wrong' }, connection)).toBeNull();
    expect(access.gatewayOf({}, connection)).toBeNull();
    expect(access.gatewayOf({ 'x-bonafide-key': 'two' }, connection)).toBe('nginx');
    expect(access.gatewayOf({ authorization: 'Bearer wrong' }, {})).toBeNull();
  });
});

describe('the admin token', () => {
  it('opens only as a bearer', () => {
    expect(access.isAdmin({ authorization: 'Bearer admin' })).toBe(true);
    expect(access.isAdmin({ authorization: 'Bearer one' })).toBe(false);
    expect(access.isAdmin({ 'x-bonafide-key': 'admin' })).toBe(false);
    expect(createAccess({ gatewayKeys: [], adminToken: null }).isAdmin({ authorization: 'Bearer null' })).toBe(false);
    expect(() => access.requireAdmin({})).toThrow(/admin token/);
  });
});
