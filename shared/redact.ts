import { withoutNamed } from './named-secrets.ts';
import { createNamesSecret, type NamesSecret, withIdentities } from './secret-names.ts';

/**
 * Takes secrets out of texts before anything is written or logged (law 7): each becomes `[redacted:<kind>]`, kinds
 * `jwt`, `bearer`, `basic`, `cookie`, `key`, `token`, `password`. UUIDs, hashes and ids in paths are no secrets.
 */
export type Redact = (text: string) => string;

/** Without one of these in it a text holds no secret that we know; nearly all texts end here. */
const SUSPICIOUS = [
  /eyJ|(?:eyA|ew[o0k])[giJKN]|bearer|dpop|basic[ +%\s\\]|AKIA|ASIA|AIza|[srp]k_|gh[opsur]_|github_pat|glpat|xox|whsec|SG\.|sk-|ya29\.|hf_|(?:local|public)\.|\(S\(|-----BEGIN/,
  /cookie|session|token|secret|pass(?:w|phrase|code|key|\b)|pwd|apikey|[-_]key|key["'\\%:=]|auth|credential|signature|jwt|sessid/,
  /assertion|saml|appcheck|accesskey|captcha|turnstile|csrf|xsrf|client.{0,9}cert|digest|hawk|(?:code|device|invite)[-_]|code["'\\%:=]/,
  /\b(?:key|sess|sid|sig|mac|hmac|code|pin|pw|otp|totp|ticket)\b|[-_.](?:sid|sig|hmac|pw|code|pin|t?otp|psk)\b|values?["'\\]/,
  // What makers call as if it were no secret, and paths in which it stands.
  /honeycomb-team|jfrog-art|protection-bypass|prerender|principal|oidc-data|datadome|kpsdk|nonce|crumb|[-_.]sign\b|\/(?:sess|log-?in|sign-?in|auto-?login|sso|unlock|email-?login|join)\\{0,8}\/|\/bot\d|\/services\/T|webhooks\/\d/,
  // Letters that nobody needs to escape, a password in front of a host, and links that let in whoever has them.
  /%(?:25)*(?:[46][1-9a-f]|[57][0-9a])|\\(?:u00|x)[4-7]|\/\\{0,8}(?:\/[^/\s:@]{0,64}:|reset|forgot|verify|confirm|activat|invit|magic|unsub)|(?:%(?:25)*2f){2}[^/\s@]{0,64}%(?:25)*3a/,
].map(({ source }) => source);

interface Rule {
  pattern: RegExp;
  replacement: string;
}
const rule = (pattern: RegExp, replacement: string): Rule => ({ pattern, replacement });

/** White space between a scheme and its credentials, as it is or as addresses, JSON and nginx write it. */
const GAP = '((?:\\s|\\+|%(?:25){0,4}(?:20|09)|\\\\(?:u00|x)(?:20|09))+)';

// Behind a letter none of these begins, but for that of an escape: `\\nBearer …`; behind a digit it may: `#22Bearer …`.
const RULES: readonly Rule[] = [
  rule(new RegExp(`(?<!(?<!\\\\)[A-Za-z])(bearer|dpop)${GAP}[A-Za-z0-9._~+/=-]{8,}`, 'gi'), '$1$2[redacted:bearer]'),
  rule(
    new RegExp(`(?<!(?<!\\\\)[A-Za-z])([Bb]asic)${GAP}(?=[a-z+/_-]*[A-Z0-9=])[A-Za-z0-9+/=_-]{8,}`, 'g'),
    '$1$2[redacted:basic]',
  ),
  // Keys that carry their maker's mark.
  rule(
    /(?<!(?<!\\)[A-Za-z])(?:(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}(?![A-Z0-9])|AIza[A-Za-z0-9_-]{16,}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{15,}|xox[abprs]-[A-Za-z0-9-]{10,}|whsec_[A-Za-z0-9+/=]{16,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})/g,
    '[redacted:key]',
  ),
  rule(
    /(?<!(?<!\\)[A-Za-z])(?:hf_[A-Za-z0-9]{20,}|ya29\.[\w-]{20,}|sk-(?=[a-z\d_-]{0,99}[A-Z])(?=[A-Za-z_-]{0,99}\d)[\w-]{20,})/g,
    '[redacted:key]',
  ),
  // PASETO, and sessions of ASP.NET that go without cookies.
  rule(/(?<![\w.])v[1-4]\.(?:local|public)\.[\w-]{20,}(?:\.[\w-]{1,2048})?/g, '[redacted:token]'),
  rule(/(\(S\()[A-Za-z0-9]{16,}(?=\))/g, '$1[redacted:token]'),
  // A password in front of a host.
  rule(/(\/\\{0,8}\/[^/\s:@]{0,64}:)[^/\s?#"<>]{1,256}@/g, '$1[redacted:password]@'),
  rule(
    /((?:%(?:25){0,4}2F){2}(?:(?!%(?:25){0,4}(?:3A|2F|40))[^/\s:@]){0,64}%(?:25){0,4}3A)(?:(?!%(?:25){0,4}(?:40|2F))[^/\s?#"<>]){1,256}(%(?:25){0,4}40)/gi,
    '$1[redacted:password]$2',
  ),
  // The same, cut off; a port is none.
  rule(/(\/\\{0,8}\/[^/\s:@]{0,64}:)(?!\d{1,5}$)[^/\s:@"]{1,256}$/g, '$1[redacted:password]'),
  // `/reset-password/<secret>`, `/token/<secret>`: what follows the word, when it is long and random.
  rule(
    /(\/(?:reset|reset-?password|password-?reset|forgot-?password|token|access-?token|verify(?:-email)?(?:\/\d{1,18})?|confirm(?:ation)?(?:-email)?|activat(?:e|ion)|invites?|invitations?|magic(?:-?links?)?|unsubscribe|secret|api[-_]?key)\\{0,8}\/)(?=[A-Za-z_~.-]{0,63}\d)(?=[\d_~.-]{0,63}[A-Za-z])(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:\\{0,8}\/|$))[A-Za-z0-9_~.=-]{20,}/gi,
    '$1[redacted:token]',
  ),
  // The same behind words that ids of other kinds follow too: only what changes between letters and figures as tokens do.
  rule(
    /(\/(?:session|sess|sid|auth|log-?in|sign-?in|auto-?login|email-?login|passwordless|sso|unlock|join|(?:set|new|change)-?password)\\{0,8}\/)(?=(?:[A-Za-z_~.=-]{0,63}\d{1,63}[A-Za-z]){3})(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:\\{0,8}\/|$))[A-Za-z0-9_~.=-]{20,}/gi,
    '$1[redacted:token]',
  ),
  // Web hooks and bots, whose address is the secret; tokens of Kubernetes in the protocol of a web socket.
  rule(/(\/bot\d{6,12}(?::|%3A))[\w-]{30,}/gi, '$1[redacted:token]'),
  rule(/(\/services\/T[A-Z0-9]{6,16}\/B[A-Z0-9]{6,16}\/)[A-Za-z0-9]{16,}/g, '$1[redacted:token]'),
  rule(/(\/webhooks\/\d{16,20}\/)[\w-]{40,}/g, '$1[redacted:token]'),
  rule(/(base64url\.bearer\.authorization\.k8s\.io\.)[\w-]{8,}/g, '$1[redacted:bearer]'),
];

const PEM = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g;
const PEM_END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/g;
const LONGEST_PEM = 8192;

/** A private key as a file has it, to its end; what is cut off before its end is a key to the end. */
function withoutPem(text: string): string {
  if (!text.includes('-----BEGIN ')) return text;
  const ends = [...text.matchAll(PEM_END)].map((match) => match.index + match[0].length);
  let clean = '';
  let done = 0;
  let next = 0;
  for (const { index } of text.matchAll(PEM)) {
    if (index < done) continue;
    while (next < ends.length && (ends[next] ?? 0) < index) next++;
    clean += `${text.slice(done, index)}[redacted:key]`;
    done = Math.min(ends[next] ?? text.length, index + LONGEST_PEM);
  }
  return clean + text.slice(done);
}

/** Words joined by dots, as JWTs are; matched whole, as looking for `eyJ` everywhere would take quadratic time. */
const DOTTED = /(?<![\w.-])[\w-]*(?:(?:\.|%(?:25){0,4}2[Ee])[\w-]*)+/g;
/** Servers decode `%2E` in a path, and proxies before them `%252E`. */
const DOT = /\.|%(?:25){0,4}2[Ee]/g;

/** Header, payload and signature of a JWT or JWE in their encoding, to the end; the signature may be cut off. */
function withoutJwt(dotted: string): string {
  if (!dotted.includes('ey') && !dotted.includes('ew')) return dotted;
  let from = 0;
  for (const { 0: dot, index } of dotted.matchAll(DOT)) {
    const next = index + dot.length;
    const at = headerIn(dotted.slice(from, index), dotted.slice(next, next + LONGER_THAN_AN_ENDING));
    if (at >= 0) return `${dotted.slice(0, from + at)}[redacted:jwt]`;
    from = next;
  }
  return dotted;
}

/** `{` and white space in base64url, then what may follow: more of it, or a quote. */
const SPACED_HEADER = /(?:eyA|ew[o0k])[giJKN]/g;
const SHORTEST_HEADER = 11;
/** Enough of a header for its first name, behind white space as editors write it. */
const HEADER_START = 64;
/** `.json`, `.html`: what follows base64 that is no token. */
const LONGER_THAN_AN_ENDING = 8;

/** Where the header of a token begins in what stands before a dot; -1: nowhere. */
function headerIn(part: string, next: string): number {
  const compact = part.indexOf('eyJ');
  if (compact >= 0 && part.length - compact >= SHORTEST_HEADER) return compact;
  // With white space in it a header has a less telling beginning, so that it must be JSON, and something follow.
  if (!/^(?:[\w-]{8}|[.%])/.test(next)) return -1;
  for (const { index } of part.matchAll(SPACED_HEADER)) {
    if (part.length - index < SHORTEST_HEADER) break;
    const text = Buffer.from(part.slice(index, index + HEADER_START), 'base64url').toString('latin1');
    if (/^\{\s+(?:"\w|$)/.test(text)) return index;
  }
  return -1;
}

/** Replaces every secret that is known by form or by the name in front of it. Cheap when nothing looks like one. */
export const redact: Redact = createRedact();

/** @param names that this install uses for secrets beside the usual ones, as those of headers in its credentials. */
export function createRedact(names: readonly string[] = []): Redact {
  const suspicious = gateOf(names);
  const isSecret = createNamesSecret(names);
  return (text) => {
    if (text.length < 8 || !suspicious.test(text)) return text;
    return withoutForms(withoutNamed(text, isSecret).text);
  };
}

/** A text, and the people, sessions and devices that it named. */
export type RedactPeople = (text: string) => { text: string; identities: string[] };

/** The same, and takes out whom a text names by members, parameters and headers, as `[redacted:identity]`. */
export function createRedactPeople(names: readonly string[] = []): RedactPeople {
  const isNamed: NamesSecret = withIdentities(createNamesSecret(names));
  return (text) => {
    const { text: clean, identities } = withoutNamed(text, isNamed);
    return { text: withoutForms(clean), identities };
  };
}

function gateOf(names: readonly string[]): RegExp {
  const own = names.map((name) => name.replace(/[^\w-]/g, '').replace(/[-_]/g, '[-_]')).filter((name) => name !== '');
  return new RegExp([...SUSPICIOUS, ...own].join('|'), 'i');
}

function withoutForms(text: string): string {
  let clean = withoutPem(text).replace(DOTTED, withoutJwt);
  for (const { pattern, replacement } of RULES) clean = clean.replace(pattern, replacement);
  return clean;
}
