/** Secrets as they come: each with a mark that must not be found anywhere afterwards. Put together, so that no scanner takes them for real. */
export const MARK = 'Q7canaryZ9x8w7v6';
const b64 = (text: string) => Buffer.from(text).toString('base64url');
export const SECRETS: Readonly<Record<string, string>> = {
  jwt: `eyJhbGciOiJIUzI1NiJ9.${b64('{"sub":"1"}')}${MARK}.${MARK}${MARK}`,
  // White space in the header, as libraries and hands write it, and dots that are percent-encoded.
  spacedJwt: `${b64('{ "typ": "JWT", "alg": "HS256" }')}.${b64('{ "sub": "1" }')}${MARK}.${MARK}${MARK}`,
  indentedJwt: `${b64('{\n  "alg": "HS256"\n}')}.${b64('{\n  "sub": "1"\n}')}${MARK}.${MARK}${MARK}`,
  windowsJwt: `${b64('{\r\n  "alg": "HS256"\r\n}')}.${b64('{"sub":"1"}')}${MARK}.${MARK}${MARK}`,
  tabbedJwt: `${b64('{\t"alg":"dir","enc":"A256GCM"}')}..${MARK}.${MARK}${MARK}.${MARK}`,
  encodedJwt: `eyJhbGciOiJIUzI1NiJ9%2E${b64('{"sub":"1"}')}${MARK}%2e${MARK}${MARK}`,
  encodedTwiceJwt: `${b64('{ "alg":"HS256"}')}%252E${b64('{"sub":"1"}')}${MARK}%252E${MARK}${MARK}`,
  bearer: `Bearer ${MARK}${MARK}`,
  basic: `Basic ${MARK}==`,
  aws: `AKIA${'Q7CANARYZ9X8W7V6'}`,
  stripe: `sk_live_${MARK}`,
  github: `ghp_${MARK}${MARK}`,
  google: `AIza${MARK}${MARK}12345`,
  query: `/a?token=${MARK}&x=1`,
  password: `/a?user=bob&password=${MARK}`,
  key: `/a?api_key=${MARK}`,
  session: `/a;jsessionid=${MARK}`,
  sid: `/a?sid=${MARK}`,
  cookie: `Cookie: sid=${MARK}; theme=${MARK}`,
  address: `https://bob:${MARK}@example.com/`,
  link: `/reset-password/${MARK}${MARK}`,
  member: `{"password":"${MARK}"}`,
};
/** Is anything of them left in a text? */
export const found = (text: string) =>
  new RegExp(`${MARK}|${MARK.toUpperCase()}`).test(text) || text.includes('Q7CANARYZ9X8W7V6');

/** Headers and parameters that carry secrets of no form: known by their names alone. */
export const NAMED: readonly string[] = [
  ...['Cookie', 'Set-Cookie', 'Authorization', 'Proxy-Authorization', 'X-Api-Key', 'Approov-Token', 'DPoP'],
  ...['X-Firebase-AppCheck', 'X-Auth-Token', 'X-Access-Token', 'X-CSRF-Token', 'X-Session-Token', 'X-Vault-Token'],
  ...['Private-Token', 'X-Goog-Api-Key', 'Ocp-Apim-Subscription-Key', 'user_password', 'clientSecret', 'X-Signature'],
  ...['OAuth-Client-Attestation-PoP', 'X-Forwarded-Client-Cert', 'X-Amz-Security-Token', 'refresh_token'],
];
/** Values of no form, with all that ends a value where it is read carelessly. */
export const OPAQUE: readonly string[] = [
  MARK,
  `${MARK}, ${MARK}`,
  `a"b${MARK}`,
  `Digest username="bob", realm="r", response="${MARK}"`,
  `OAuth oauth_nonce="n", oauth_signature="${MARK}"`,
  `theme="dark"; shop_sess=${MARK}`,
  `a]b}c&d=${MARK}<e`,
];

/** A JSON text as Go writes it by default, Traefik and Caddy among others. */
export const asGo = (json: string) =>
  json.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Objects that say one name and one value, in every way that gateways and shippers have. */
export const sayings = (name: string, value: string): unknown[] => [
  { request: { headers: { [name.toLowerCase()]: value } } },
  { request: { headers: { [name]: [value, value] } } },
  { [`http.request.header.${name.toLowerCase()}`]: [value], [`request_${name}`]: value },
  { attributes: [{ key: `http.request.header.${name.toLowerCase()}`, value: { stringValue: value } }] },
  { attributes: [{ key: name.toLowerCase(), value: { arrayValue: { values: [{ stringValue: value }] } } }] },
  { headers: [[name, value]], rawHeaders: ['Host', 'h', name, value] },
  { headers: [{ name, value }], har: [{ value, name }] },
  { raw: `GET / HTTP/1.1\r\nHost: h\r\n${name}: ${value}\r\nAccept: */*\r\n` },
];

/**
 * The fields of a line of text: what stands in quotes, brackets and braces, and every word; where each begins and ends.
 * `bare` ones have nothing around them, so that no gateway writes a blank into one.
 */
export function fieldsOf(line: string): { from: number; to: number; bare: boolean }[] {
  const inside = [...line.matchAll(/"([^"]*)"|\[([^\]]*)\]|\{([^}]*)\}/g)].map(({ index, 0: whole }) => ({
    from: index + 1,
    to: index + whole.length - 1,
    bare: false,
  }));
  const words = [...line.matchAll(/[^\s"[\]{}|]+/g)].map(({ index, 0: whole }) => {
    const bare = !inside.some(({ from, to }) => index >= from && index < to);
    return { from: index, to: index + whole.length, bare };
  });
  return [...inside, ...words];
}

/** Every place of a JSON line that holds a text or a number. */
export function leaves(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
/** The line with another text at that place. */
export function withLeaf(line: string, path: readonly (string | number)[], text: string): string {
  const root = JSON.parse(line);
  let at = root;
  for (const key of path.slice(0, -1)) at = at[key];
  at[path.at(-1) ?? ''] = text;
  return JSON.stringify(root);
}
