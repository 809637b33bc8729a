/** What a name says of its value; `weak` names are words of everyday use too, believed only where values are named. */
export interface NamedSecret {
  kind: 'token' | 'key' | 'password' | 'cookie' | 'authorization' | 'identity';
  weak: boolean;
}

export type NamesSecret = (name: string) => NamedSecret | null;

// Of names in lower case, their last words; `userPassword` is `user-password` by then.
const TAIL =
  '(?:s|[-_.]?(?:confirm|confirmation|repeat|again|value|new|old|hash|v?\\d{1,4}|sha[-_]?\\d{1,3}|md5|ed25519|raw|encoded|header))?(?:\\[\\])?$';
const PARTS = {
  // `cookie_shop`, as nginx calls one cookie.
  cookie: new RegExp(`cookie2?${TAIL}|(?:^|[-_.])cookies?[-_.][\\w.-]{1,64}$`),
  // `X-Zumo-Auth`, `X-Registry-Auth`, `X-DocuSign-Authentication`.
  authorization: new RegExp(`authorization${TAIL}|(?:^|[-_.])x[-_](?:[a-z0-9-]{1,40}[-_])?(?:auth|authentication)$`),
  password: new RegExp(
    `(?:passw(?:or)?d|passwort|passphrase|passcode|passkey|(?:user|db|admin|root)pass|(?:^|[-_.])(?:pwd|pass|pw|pin|otp|totp|psk))${TAIL}|(?:^|[-_.])(?:mfa|otp|totp|2?fa|pin)[-_]?code${TAIL}`,
  ),
  key: new RegExp(
    `(?:secret|credential|(?:api|app|access|secret|private|subscription|master|auth|account|encryption|signing|license|service|client|admin|functions|bonafide|shared|storage|server)[-_]?key(?:[-_]?id)?|apikey|x-amz-credential|(?:client|ssl|tls)[-_]?cert(?:ificate)?(?:[-_](?:chain|leaf))?|client[-_]escaped[-_]cert)${TAIL}`,
  ),
  token: new RegExp(
    `(?:token|jwt|assertion|signature|saml(?:request|response)|sess(?:ion)?[-_]?id|code[-_]verifier|dpop|appcheck|client-attestation(?:-pop)?|(?:csrf|xsrf)|captcha[-_]response|turnstile[-_]response|(?:^|[-_.])(?:sid|sig|hmac)|(?:auth|authorization|device|user|verification|confirmation|activation|pairing|one[-_]?time|two[-_]?factor|reset|security|backup|recovery|invite|login|sms|access)[-_]code|x[-_](?:[a-z0-9]{1,40}[-_])?session|session[-_]?ticket|oauth[-_]verifier|appsecret[-_]proof|(?:access|api|bapi)[-_]sign|(?:^|[-_.])crumb)${TAIL}`,
  ),
} as const;
/** Secrets whose makers call them as if they were none: names that nothing but a list tells, with dashes. */
const BY_MAKER =
  /(?:^|[-.])(?:x-honeycomb-team|x-jfrog-art-api|x-vercel-protection-bypass|x-prerender-revalidate|x-ms-client-principal|x-amzn-oidc-data|x-datadome-clientid|x-kpsdk-c[td]|x-wp-nonce|wpnonce)$/;
/** `user_key`, `Fastly-Key`, `sessionKey`: what makers call their keys has no end. */
const SOME_KEY = /[a-z0-9][-_]key$/;
/** Keys that open nothing. */
const HARMLESS_KEY =
  /(?:^|[-_.])(?:idempotency|cache|surrogate|public|partition|primary|foreign|candidate|unique|sort|range|routing|row|shard|group|object|event|message|record|index|lookup|translation|i18n|web-?socket|order(?:ing)?|dedup(?:e|lication)?|hot|map|dict|metric|label)[-_]key$/;
const KINDS = ['cookie', 'authorization', 'password', 'key', 'token'] as const;

const WEAK = new Map<string, NamedSecret['kind']>([
  ['key', 'key'],
  ['bearer', 'token'],
  ['auth', 'authorization'],
  ['x-auth', 'authorization'],
  ...['code', 'ticket', 'session', 'sess', 'sid', 'sig', 'mac'].map((name) => [name, 'token'] as const),
  ...['pass', 'pw', 'pin', 'otp', 'totp'].map((name) => [name, 'password'] as const),
]);

/** The end of a name says what it is; nothing longer is looked at. */
const LONGEST = 80;

/** In lower case, and with dashes between the words of `userPassword`. */
function formsOf(name: string): readonly string[] {
  const last = name.slice(-LONGEST);
  const lower = last.toLowerCase();
  const divided = last.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  return divided === lower ? [lower] : [lower, divided];
}

/** @param more names that this install uses for secrets, as those of headers in its credentials. */
export function createNamesSecret(more: readonly string[] = []): NamesSecret {
  const own = more.map((name) => name.toLowerCase().replaceAll('_', '-')).filter((name) => name !== '');
  return (name) => {
    const forms = formsOf(name);
    const [lower = ''] = forms;
    const weak = WEAK.get(lower.slice(lower.lastIndexOf('.') + 1));
    if (weak !== undefined) return { kind: weak, weak: true };
    for (const kind of KINDS) if (forms.some((form) => PARTS[kind].test(form))) return { kind, weak: false };
    if (BY_MAKER.test(lower.replaceAll('_', '-'))) return { kind: 'token', weak: false };
    if (forms.some((form) => SOME_KEY.test(form) && !HARMLESS_KEY.test(form))) return { kind: 'key', weak: false };
    if (own.length === 0) return null;
    const dashed = name.slice(-LONGEST).toLowerCase().replaceAll('_', '-');
    return own.some((each) => dashed.endsWith(each) && !/[a-z0-9]/.test(dashed.charAt(dashed.length - each.length - 1)))
      ? { kind: 'key', weak: false }
      : null;
  };
}

const PERSON =
  /(?:^|[-_.])(?:(?:(?:end|remote|basic|client|auth|login)[-_.]?)?users?(?:[-_.]?(?:id|name|email))?|username|login|subject|sub|principal(?:[-_.]?id)?|session(?:[-_.]?id)?|device(?:[-_.]?id)?|installation(?:[-_.]?id)?|consumer(?:[-_.]?(?:id|name|username))?|custom-id|account(?:[-_.]?(?:id|name))?|customer(?:[-_.]?(?:id|name))?|member(?:[-_.]?id)?|e?mail(?:[-_.]?address)?|phone(?:[-_.]?number)?|authenticated-entity)(?:\[\])?$/;

/** Names of people, sessions and devices besides, where they are to be hidden too. */
export function withIdentities(secret: NamesSecret): NamesSecret {
  return (name) => {
    const found = secret(name);
    if (found !== null && !(found.weak && found.kind === 'token')) return found;
    return formsOf(name).some((form) => PERSON.test(form.replaceAll('_', '-')))
      ? { kind: 'identity', weak: false }
      : found;
  };
}
