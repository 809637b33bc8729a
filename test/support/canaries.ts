/** Secrets as they come: each with a mark that must not be found anywhere afterwards. Put together, so that no scanner takes them for real. */
export const MARK = 'Q7canaryZ9x8w7v6';
const b64 = (text: string) => Buffer.from(text).toString('base64url');
export const SECRETS: Readonly<Record<string, string>> = {
  jwt: `eyJhbGciOiJIUzI1NiJ9.${b64('{"sub":"1"}')}${MARK}.${MARK}${MARK}`,
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
