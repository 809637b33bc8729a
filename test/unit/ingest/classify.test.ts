import { describe, expect, it } from 'vitest';
import { classify } from '../../../services/ingest/classify.ts';

describe('route classes', () => {
  it.each([
    ['POST', '/login', 'signin'],
    ['POST', '/api/v1/auth/login', 'signin'],
    ['POST', '/oauth2/token', 'signin'],
    ['POST', '/oauth/token', 'signin'],
    ['PUT', '/v1/session', 'signin'],
    ['POST', '/v1/sessions/', 'signin'],
    ['POST', '/users/sign_in', 'signin'],
    ['POST', '/mfa/verify-otp', 'signin'],
    ['POST', '/password-reset', 'signin'],
    ['POST', '/forgot_password', 'signin'],
    ['POST', '/wp-login.php', 'signin'],
    ['POST', '/xmlrpc.php', 'signin'],
    ['POST', '//administrator/index.php', 'signin'],
    ['POST', '/DVWA/login.php', 'signin'],
    ['GET', '/login', 'read'],
    ['DELETE', '/v1/session', 'write'],
    ['POST', '/v1/authors', 'write'],
    ['POST', '/v1/orders', 'write'],
    ['POST', '/blog/how-to-login-safely', 'write'],
    ['PATCH', '/v1/orders/1', 'write'],
    ['GET', '/app.JS', 'static'],
    ['HEAD', '/img/logo.png', 'static'],
    ['GET', '/fonts/a.woff2', 'static'],
    ['POST', '/upload/logo.png', 'write'],
    ['GET', '/report.pdf', 'read'],
    ['GET', '/v1/orders', 'read'],
    ['OPTIONS', '*', 'read'],
    ['_OTHER', '', 'read'],
  ])('%s %s is %s', (method, path, expected) => {
    expect(classify(method, path)).toBe(expected);
  });
});
