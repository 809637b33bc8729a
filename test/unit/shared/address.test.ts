import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseAddress } from '../../../shared/address.ts';

describe('addresses', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['203.0.113.9:51234', '203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    [' 203.0.113.9 ', '203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['::FFFF:cb00:7109', '203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['[2001:db8::7]:443', '2001:db8::7', '2001:db8::/64', '2001:db8::/48'],
    ['[2001:db8::7]', '2001:db8::7', '2001:db8::/64', '2001:db8::/48'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::/64', 'fe80::/48'],
    ['::1', '::1', '::/64', '::/48'],
  ])('reads %s', (text, address, ip, net) => {
    expect(normaliseAddress(text)).toEqual({ address, ip, net });
  });

  it.each([
    '',
    '-',
    'unknown',
    'localhost',
    'example.com',
    '1.2.3',
    '256.1.1.1',
    '010.1.1.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4.5',
    '1.2.3.4, 5.6.7.8',
    '[::1',
    '::1]',
    ':::1',
    '12345::',
    'unix:',
    'x'.repeat(1000),
  ])('takes %s for no address', (text) => {
    expect(normaliseAddress(text)).toBeNull();
  });

  it('gives the same answer for an address that was normalised already, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const once = normaliseAddress(text);
        if (once !== null) expect(normaliseAddress(once.address)).toEqual(once);
      }),
    );
  });
});
