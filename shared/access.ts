import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from './problem.ts';

/** Who may ask what: gateways by their keys, operators by the admin token. */
export interface Access {
  /**
   * Name of the gateway whose key the request carries, or null.
   * @param connection the socket, where a caller asks thousands of times over one: see below.
   */
  gatewayOf(headers: IncomingHttpHeaders, connection?: object): string | null;
  isAdmin(headers: IncomingHttpHeaders): boolean;
  /** @throws Problem `unauthorized`. */
  requireGateway(headers: IncomingHttpHeaders, connection?: object): string;
  /** @throws Problem `unauthorized`. */
  requireAdmin(headers: IncomingHttpHeaders): void;
}

export interface AccessDeps {
  gatewayKeys: readonly { name: string; secret: string }[];
  /** null: nobody is an admin by token. */
  adminToken: string | null;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const BEARER = /^Bearer +(\S+) *$/i;

/** Secrets are compared as digests of equal length, in constant time, each of them. */
export function createAccess({ gatewayKeys, adminToken }: AccessDeps): Access {
  const keys = gatewayKeys.map(({ name, secret }) => ({ name, digest: digest(secret) }));
  const admin = adminToken === null ? null : digest(adminToken);

  function find(secret: string): string | null {
    const given = digest(secret);
    let found: string | null = null;
    for (const key of keys) if (timingSafeEqual(key.digest, given)) found = key.name;
    return found;
  }

  // What a connection showed and was right is compared as text when it shows it again: its peer knows it already, so
  // the time that takes tells nobody anything.
  const proven = new WeakMap<object, { own: unknown; authorization: string | undefined; name: string }>();

  function gatewayOf(headers: IncomingHttpHeaders, connection?: object): string | null {
    if (connection === undefined) return check(headers);
    const known = proven.get(connection);
    const own = headers['x-bonafide-key'];
    const { authorization } = headers;
    if (known !== undefined && known.own === own && known.authorization === authorization) return known.name;
    const name = check(headers);
    if (name !== null) proven.set(connection, { own, authorization, name });
    return name;
  }

  function check(headers: IncomingHttpHeaders): string | null {
    // `Authorization` may be the client's own; the header of our own name is always the gateway's.
    const own = headers['x-bonafide-key'];
    if (typeof own === 'string') {
      const name = find(own);
      if (name !== null) return name;
    }
    const bearer = bearerOf(headers);
    return bearer === undefined ? null : find(bearer);
  }

  function isAdmin(headers: IncomingHttpHeaders): boolean {
    const bearer = bearerOf(headers);
    return admin !== null && bearer !== undefined && timingSafeEqual(admin, digest(bearer));
  }

  return {
    gatewayOf,
    isAdmin,
    requireGateway(headers, connection) {
      const name = gatewayOf(headers, connection);
      if (name !== null) return name;
      throw unauthorized('This needs a gateway key, as "Authorization: Bearer <key>" or as "X-Bonafide-Key: <key>".');
    },
    requireAdmin(headers) {
      if (!isAdmin(headers)) throw unauthorized('This needs the admin token, as "Authorization: Bearer <token>".');
    },
  };
}

function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

export const unauthorized = (detail: string) =>
  new Problem('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="bonafide"' } });
