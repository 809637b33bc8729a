/**
 * Takes secrets out of texts before anything is written or logged (law 7): each becomes `[redacted:<kind>]`, kinds
 * `jwt`, `bearer`, `basic`, `cookie`, `key`, `token`, `password`. UUIDs, hashes and ids in paths are no secrets.
 */

/** Without one of these in it a text holds no secret that we know; nearly all texts end here. */
const SUSPICIOUS =
  /eyJ|bearer|dpop|basic(?:[ +]|%20)|AKIA|ASIA|AIza|sk_|rk_|pk_|gh[opsur]_|github_pat|glpat|xox|whsec|SG\.|-----BEGIN|cookie|session|token|secret|passw|passphrase|pwd|api[-_]?key|apikey|auth|credential|signature|\bsig=|\bjwt|\bsid\b|sessid|assertion|\bsaml|appcheck|accesskey|\bkey=|\bcode=|\bpin=|\botp=|\/\/[^/\s:@]{1,64}:/i;

/** Names whose values are secrets, as query parameters, matrix parameters, JSON members and headers. */
const TOKEN_NAMES =
  'access[-_]?token|refresh[-_]?token|id[-_]?token|auth[-_]?token|csrf[-_]?token|xsrf[-_]?token|session[-_]?token|reset[-_]?token|token|jwt|assertion|client[-_]?assertion|saml(?:request|response)|code|code[-_]?verifier|nonce[-_]?token|sid|jsessionid|phpsessid|asp\\.net_sessionid|session[-_]?id|approov-token|x-firebase-appcheck|x-amz-security-token|oauth-client-attestation(?:-pop)?|dpop|signature|sig|x-amz-signature|x-goog-signature';
const KEY_NAMES =
  'api[-_]?key|apikey|app[-_]?key|access[-_]?key(?:[-_]?id)?|x-api-key|x-bonafide-key|x-crowdsec-appsec-api-key|subscription[-_]?key|key|client[-_]?secret|secret|secret[-_]?key|private[-_]?key|awsaccesskeyid|x-amz-credential|credentials?';
const PASSWORD_NAMES =
  'password|passwd|passphrase|passwort|pass|pwd|pin|otp|totp|mfa[-_]?code|new[-_]?password|old[-_]?password';

const NAME_HEAD = '(?<=^|[?&;/"\'\\s{,\\[(])';
/** `name=value` up to the next separator. */
const parameter = (names: string) => new RegExp(`${NAME_HEAD}((?:${names})(?:\\[\\]|%5b%5d)?=)[^&;#\\s"'<>,]+`, 'gi');
/** What may stand before a name: `http.request.header.`, and Traefik's words for the same. */
const PREFIX = '(?:[\\w.-]{1,40}[.]|(?:request|origin|downstream)_)?';
/** A text, a number or a list of them as in JSON, escaped or not, closed or cut. */
const VALUE = `(?:\\[[^\\]]*\\]?|\\\\{0,8}"(?:[^"\\\\]|\\\\[^"])*\\\\{0,8}"?|-?\\d+)`;
/** A quote, which JSON inside of JSON escapes again and again. */
const Q = '\\\\{0,8}["\']';
const COLON = '\\s{0,8}:\\s{0,8}';
/** `"name": "value"` as in JSON. */
const member = (names: string) => new RegExp(`(${Q}${PREFIX}(?:${names})${Q}${COLON})${VALUE}`, 'gi');
/** `"key": "name", "value": {"stringValue": "value"}` as attributes of OpenTelemetry are. */
const attribute = (names: string) =>
  new RegExp(
    `(${Q}key${Q}${COLON}${Q}${PREFIX}(?:${names})${Q}\\s{0,8},\\s{0,8}${Q}value${Q}${COLON}\\{\\s{0,8}${Q}[a-zA-Z]{1,16}${Q}${COLON})(?:\\{\\s{0,8}${Q}values${Q}${COLON})?${VALUE}`,
    'gi',
  );
const AUTHORIZATION = '(?:proxy-)?authorization';

interface Rule {
  pattern: RegExp;
  replacement: string;
}
const rule = (pattern: RegExp, replacement: string): Rule => ({ pattern, replacement });

const RULES: readonly Rule[] = [
  rule(
    /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
    '[redacted:key]',
  ),
  rule(/\b(cookie2?\s{0,3}[:=]\s{0,3})[^\r\n"<>]+/gi, '$1[redacted:cookie]'),
  rule(member('(?:set-)?cookies?'), '$1"[redacted:cookie]"'),
  rule(
    new RegExp(`(${Q}${PREFIX}${AUTHORIZATION}${Q}${COLON})(?!${Q}(?:bearer|basic|dpop)\\b)${VALUE}`, 'gi'),
    '$1"[redacted:token]"',
  ),
  rule(
    attribute(`${TOKEN_NAMES}|${KEY_NAMES}|${PASSWORD_NAMES}|(?:set-)?cookies?|${AUTHORIZATION}`),
    '$1"[redacted:key]"',
  ),
  rule(/\b(bearer|dpop)((?:\s|\+|%20)+)[A-Za-z0-9._~+/=-]{8,}/gi, '$1$2[redacted:bearer]'),
  rule(/\b([Bb]asic)((?:\s|\+|%20)+)(?=[a-z+/_-]*[A-Z0-9=])[A-Za-z0-9+/=_-]{8,}/g, '$1$2[redacted:basic]'),
  rule(
    /(\bauthorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)(?!\[redacted)(?!(?:bearer|basic|dpop)\b)[^\s"'&,\\]{4,}/gi,
    '$1[redacted:token]',
  ),
  // Keys that carry their maker's mark.
  rule(
    /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{16,}|\b[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|\bgh[opsur]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{15,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g,
    '[redacted:key]',
  ),
  rule(parameter(TOKEN_NAMES), '$1[redacted:token]'),
  rule(parameter(KEY_NAMES), '$1[redacted:key]'),
  rule(parameter(PASSWORD_NAMES), '$1[redacted:password]'),
  rule(member(TOKEN_NAMES), '$1"[redacted:token]"'),
  rule(member(KEY_NAMES), '$1"[redacted:key]"'),
  rule(member(PASSWORD_NAMES), '$1"[redacted:password]"'),
  // A password in front of a host.
  rule(/(\/\/[^/\s:@]{1,64}:)[^/\s:@]{1,256}@/g, '$1[redacted:password]@'),
  // The same, cut off; a port is none.
  rule(/(\/\/[^/\s:@]{1,64}:)(?!\d{1,5}$)[^/\s:@"]{1,256}$/g, '$1[redacted:password]'),
  // `/reset-password/<secret>`, `/token/<secret>`: what follows the word, when it is long and random.
  rule(
    /(\/(?:reset|reset-?password|password-?reset|token|verify(?:-email)?|confirm(?:ation)?|invite|invitation|magic-?link|unsubscribe|secret)\/)(?=[A-Za-z_~.-]{0,63}\d)(?=[\d_~.-]{0,63}[A-Za-z])(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:\/|$))[A-Za-z0-9_~.=-]{20,}/gi,
    '$1[redacted:token]',
  ),
];

/** Words joined by dots, as JWTs are; matched whole, as looking for `eyJ` everywhere would take quadratic time. */
const DOTTED = /(?<![\w.-])[\w-]*(?:\.[\w-]*)+/g;

/** Header, payload and signature of a JWT or JWE in their encoding, to the end; the signature may be cut off. */
function withoutJwt(dotted: string): string {
  if (!dotted.includes('eyJ')) return dotted;
  let from = 0;
  for (const part of dotted.split('.')) {
    const at = part.indexOf('eyJ');
    const isLast = from + part.length === dotted.length;
    if (at >= 0 && part.length - at >= 11 && !isLast) return `${dotted.slice(0, from + at)}[redacted:jwt]`;
    from += part.length + 1;
  }
  return dotted;
}

/** Replaces every secret that is known by form or by the name in front of it. Cheap when nothing looks like one. */
export function redact(text: string): string {
  if (text.length < 8 || !SUSPICIOUS.test(text)) return text;
  let clean = text.replace(DOTTED, withoutJwt);
  for (const { pattern, replacement } of RULES) clean = clean.replace(pattern, replacement);
  return clean;
}
