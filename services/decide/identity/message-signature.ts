import { type InnerList, type Item, parseDictionary, serializeInnerList } from 'structured-headers';
import type { LateCode, TokenFault } from '../../../schemas/reasons.ts';
import type { KeyAlgorithm } from './keys.ts';
import { createMessageComponents } from './message-components.ts';
import type { IdentityRequest } from './request.ts';

/** One signature of a request (RFC 9421), read and not yet verified. */
export interface MessageSignature {
  readonly label: string;
  /** Names of what is covered, in lower case. */
  readonly covers: readonly string[];
  readonly created: number | null;
  readonly expires: number | null;
  readonly keyid: string | null;
  readonly alg: string | null;
  readonly tag: string | null;
  readonly nonce: string | null;
  /** Base64url, canonical. */
  readonly signature: string;
  /** The list as the signer wrote it, for the components that carry parameters. */
  readonly input: InnerList;
}

/** Every signature of a request; `fault` when the two headers cannot be read. */
export type SignaturesRead = { signatures: readonly MessageSignature[] } | { fault: TokenFault };

const NONE: SignaturesRead = { signatures: [] };
const MALFORMED: SignaturesRead = { fault: 'malformed' };
/** Each limit lies well over what clients send, and keeps the worst that a stranger can send under a millisecond or so. */
const LONGEST_INPUT = 4096;
const LONGEST = 8192;
const MOST = 8;
/** Components of all signatures of a request together. */
const MOST_COMPONENTS = 32;
const LONGEST_BASE = 16_384;
/** Approov's Android SDK sends a string where a byte sequence belongs. */
const STRING_FOR_BYTES = /(^|,\s*)(install|account)="([A-Za-z0-9+/]+={0,2})"/g;
const CLOCK_SKEW_S = 60;
const ASCII = /^[\x20-\x7e\n]*$/;

/** Reads `Signature-Input` and `Signature`, once a request. Total. */
export function readSignatures(request: IdentityRequest): SignaturesRead {
  request.signatures ??= parse(request);
  return request.signatures;
}

function parse({ headers }: IdentityRequest): SignaturesRead {
  const inputText = headers('signature-input');
  const text = headers('signature');
  // Other schemes use a header of the name `Signature` too.
  if (inputText === null) return NONE;
  if (text === null || inputText.length > LONGEST_INPUT || text.length > LONGEST) return MALFORMED;
  try {
    const inputs = parseDictionary(inputText);
    const values = parseDictionary(text.replace(STRING_FOR_BYTES, '$1$2=:$3:'));
    if (inputs.size > MOST) return MALFORMED;
    const signatures: MessageSignature[] = [];
    let components = 0;
    for (const [label, input] of inputs) {
      const value = values.get(label)?.[0];
      if (!isInnerList(input) || !(value instanceof ArrayBuffer)) return MALFORMED;
      components += input[0].length;
      if (components > MOST_COMPONENTS) return MALFORMED;
      const signature = signatureOf(label, input, Buffer.from(value).toString('base64url'));
      if (signature === null) return MALFORMED;
      signatures.push(signature);
    }
    return { signatures };
  } catch {
    return MALFORMED;
  }
}

const isInnerList = (member: Item | InnerList): member is InnerList => Array.isArray(member[0]);

function signatureOf(label: string, input: InnerList, signature: string): MessageSignature | null {
  const [items, parameters] = input;
  const covers: string[] = [];
  const seen = new Set<string>();
  for (const item of items) {
    const [name] = item;
    if (typeof name !== 'string' || name !== name.toLowerCase()) return null;
    // RFC 9421 section 2.5: a component is covered once.
    const whole = serializeInnerList([[item], new Map()]);
    if (seen.has(whole)) return null;
    seen.add(whole);
    covers.push(name);
  }
  const number = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
  };
  const text = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : null;
  };
  for (const name of ['created', 'expires']) if (parameters.has(name) && number(name) === null) return null;
  return {
    label,
    covers,
    created: number('created'),
    expires: number('expires'),
    keyid: text('keyid'),
    alg: text('alg'),
    tag: text('tag'),
    nonce: text('nonce'),
    signature,
    input,
  };
}

/** The text that was signed (RFC 9421 section 2.5), or why there is none. */
function signatureBase(
  { input }: MessageSignature,
  request: IdentityRequest,
): { text: string } | { fault: 'bound_elsewhere' | 'malformed' } {
  request.components ??= createMessageComponents(request);
  let base = '';
  for (const item of input[0]) {
    const value = request.components.valueOf(item);
    if (value === null) return { fault: 'bound_elsewhere' };
    const identifier = serializeInnerList([[item], new Map()]).slice(1, -1);
    base += `${identifier}: ${value}\n`;
    if (base.length > LONGEST_BASE) return { fault: 'malformed' };
  }
  const text = `${base}"@signature-params": ${serializeInnerList(input)}`;
  return ASCII.test(text) ? { text } : { fault: 'malformed' };
}

const NAME_OF: Readonly<Record<KeyAlgorithm, string>> = {
  HS256: 'hmac-sha256',
  ES256: 'ecdsa-p256-sha256',
  EdDSA: 'ed25519',
  RS256: 'rsa-v1_5-sha256',
  PSS512: 'rsa-pss-sha512',
  // No registered name: such a key signs tokens only.
  PS256: '',
};

export interface SignatureDemand {
  /** What must be covered at least; a list within is any of them. */
  covers: readonly (string | readonly string[])[];
  /** Seconds from `created` on. */
  windowS: number;
}

export interface SignatureKey {
  algorithm: KeyAlgorithm;
  verify(signed: string, signature: string): boolean;
}

/**
 * Judges one signature: time, coverage, algorithm, and only then the signature itself.
 * @param keys those that the signature may have been made with.
 * @param name whose they are, for the budget of signatures.
 */
export function signatureFault(
  found: MessageSignature,
  keys: readonly SignatureKey[],
  demand: SignatureDemand,
  request: IdentityRequest,
  name: string,
): TokenFault | LateCode | 'not_verified' | null {
  const seconds = request.now / 1000;
  const { created, expires, alg } = found;
  if (created === null) return 'claim_missing';
  const covered = demand.covers.every((one) =>
    typeof one === 'string' ? found.covers.includes(one) : one.some((name) => found.covers.includes(name)),
  );
  if (!covered) return 'claim_missing';
  const usable = keys.filter(
    (key) => NAME_OF[key.algorithm] !== '' && (alg === null || alg === NAME_OF[key.algorithm]),
  );
  if (usable.length === 0) return 'algorithm_not_allowed';
  const costly = usable.some(({ algorithm }) => algorithm !== 'HS256');
  const { budget, raw } = request;
  const signer = { address: raw.address, name: () => name };
  if (costly && !budget.allows(signer, request.now, usable.length)) return 'not_verified';
  const base = signatureBase(found, request);
  if ('fault' in base) return base.fault;
  if (!usable.some((key) => key.verify(base.text, found.signature))) {
    if (costly) budget.spend(signer, request.now, usable.length);
    return 'signature_invalid';
  }
  if (created > seconds + CLOCK_SKEW_S) return 'issued_in_future';
  const end = Math.min(expires ?? Number.POSITIVE_INFINITY, created + demand.windowS);
  if (seconds >= end) return 'proof_expired';
  // One that is over may have been copied.
  if (costly) budget.earn(signer);
  return null;
}
