import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../shared/problem.ts';
import { PACKAGE_ROOT } from '../../shared/root.ts';
import type { SignIn } from './sign-in.ts';

const FOLDER = join(PACKAGE_ROOT, 'dist', 'web');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The pages that the script draws; each is a link that can be sent to a colleague. */
const PAGES = ['/', '/entity', '/attestation', '/ingest', '/policy'];

// What logs carry is hostile and pages show it: even if some of it ever became markup, nothing of it would run,
// load, send or frame anything.
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

interface BuiltFile {
  type: string;
  etag: string;
  plain: Buffer;
  gzip: Buffer;
  brotli: Buffer;
}

/** Reads what `npm run build` wrote, once: requests never touch the disk. */
function loadBuilt(): Map<string, BuiltFile> {
  const files = new Map<string, BuiltFile>();
  if (!existsSync(FOLDER)) return files;
  for (const entry of readdirSync(FOLDER, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const plain = readFileSync(path);
    files.set(`/${relative(FOLDER, path).split(sep).join('/')}`, {
      type,
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`,
      plain,
      gzip: gzipSync(plain, { level: 9 }),
      brotli: brotliCompressSync(plain),
    });
  }
  return files;
}

function send(request: FastifyRequest, reply: FastifyReply, file: BuiltFile, cache: string): FastifyReply {
  reply.headers({
    ...SECURITY_HEADERS,
    'content-type': file.type,
    'cache-control': cache,
    etag: file.etag,
    vary: 'accept-encoding, cookie',
  });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const accepted = request.headers['accept-encoding'] ?? '';
  for (const [name, body] of [
    ['br', file.brotli],
    ['gzip', file.gzip],
  ] as const) {
    if (
      new RegExp(`(^|[ ,])${name}([ ,;]|$)`).test(accepted) &&
      !new RegExp(`${name} *; *q=0(\\.0*)?([ ,]|$)`).test(accepted)
    ) {
      return reply.header('content-encoding', name).send(body);
    }
  }
  return reply.send(file.plain);
}

/** `/` and its sisters: the dashboards for those who are signed in, the sign-in page for everybody else. */
export function registerPages(app: FastifyInstance, signIn: SignIn): void {
  const files = loadBuilt();

  function page(request: FastifyRequest, reply: FastifyReply, name: string): FastifyReply {
    const file = files.get(`/${name}.html`);
    if (file === undefined) throw new Problem('unavailable', 'The pages are not built: run `npm run build` once.');
    // Who is signed in decides what `/` is, so that no copy may be used without asking.
    return send(request, reply, file, 'private, no-cache');
  }

  for (const path of PAGES) {
    app.get(path, (request, reply) => page(request, reply, signIn.isAdmin(request) ? 'index' : 'sign-in'));
  }
  app.get('/sign-in', (request, reply) => page(request, reply, 'sign-in'));
  for (const [path, file] of files) {
    if (path.endsWith('.html')) continue;
    // Names of assets carry a hash of their content.
    app.get(path, (request, reply) =>
      send(request, reply, file, path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'),
    );
  }
}
