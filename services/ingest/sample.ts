import { redact } from '../../shared/redact.ts';

const MAX_SAMPLE = 2048;
/** Identities in JSON records, by canonical and shipped names. */
const IDENTITIES =
  /("(?:user\.id|session\.id|device\.id|login\.subject|user|session|device|subject)"\s*:\s*)"(?:[^"\\]|\\.)*"?/g;
/** The user of a line of Apache or nginx, before its time. */
const LINE_USER = /^("?(?:\S+ ){2,3}?)(?!- \[)\S[^"]{0,200}?( \[\d\d\/)/;

/**
 * The first 2 KiB of a record that could not be read, redacted. More is taken before the cut, so that a secret which
 * the cut would halve is still known as one.
 * @param hideIdentities also take out the identities that can be told in JSON.
 */
export function sampleOf(bytes: Buffer, hideIdentities: boolean): string {
  let text = redact(bytes.subarray(0, 2 * MAX_SAMPLE).toString('utf8'));
  if (hideIdentities) {
    text = text.replace(IDENTITIES, '$1"[redacted:identity]"').replace(LINE_USER, '$1[redacted:identity]$2');
  }
  const encoded = Buffer.from(text, 'utf8');
  return encoded.length <= MAX_SAMPLE
    ? text
    : encoded
        .subarray(0, MAX_SAMPLE)
        .toString('utf8')
        .replace(/\ufffd+$/, '');
}
