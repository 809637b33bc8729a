import type { RouteClass } from '../../schemas/event-row.ts';

const ASSET =
  /\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|bmp|woff2?|ttf|otf|eot|mp4|webm|mp3|ogg|wav|wasm|webmanifest)$/i;
/** One whole segment that names a sign-in, on a path that changes something. */
const SIGNIN = new RegExp(
  '(?:^|/)(?:' +
    [
      'log-?_?[io]n', // login, log-in, logon
      'sign-?_?in',
      'sessions?',
      'auth(?:enticate|entication|orize)?',
      'tokens?',
      'oauth2?',
      'otp',
      '[mt]fa',
      '2fa',
      'verify-?_?(?:otp|code)',
      'passwords?-?_?(?:reset|forgot)',
      '(?:reset|forgot)-?_?passwords?',
      'wp-login\\.php',
      'xmlrpc\\.php',
      'administrator/index\\.php',
      '(?:user|admin|account)?_?(?:login|signin|logon)\\.(?:php|aspx?|jsp|do|action|cgi)',
      'j_security_check',
    ].join('|') +
    ')(?:/|$)',
  'i',
);

/** The kind of a route: `signin`, `static`, `write` or `read`; features have a reference for each. */
export function classify(method: string, path: string): RouteClass {
  if (method === 'GET' || method === 'HEAD') return ASSET.test(path) ? 'static' : 'read';
  if (method === 'POST' || method === 'PUT') return SIGNIN.test(path) ? 'signin' : 'write';
  return method === 'PATCH' || method === 'DELETE' ? 'write' : 'read';
}

/** Is the path that of an asset: a file that pages draw in? */
export function isAsset(path: string): boolean {
  return ASSET.test(path);
}
