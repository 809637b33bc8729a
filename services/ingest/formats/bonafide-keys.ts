import type { Fields } from './adapter.ts';
import { setNumber, setText } from './pick.ts';

/** What only some gateways know, by the key that the configurations in `docs/gateways` give it in every JSON format. */
const TEXTS = [
  ['user', 'user.id'],
  ['session', 'session.id'],
  ['device', 'device.id'],
  ['api_client', 'api.client'],
  ['subject', 'login.subject'],
  ['app_version', 'app.version'],
  ['country', 'geo.country'],
  ['ja4', 'tls.client.ja4'],
  ['attestation', 'attestation.status'],
  ['attestation_code', 'attestation.code'],
  ['attestation_issuer', 'attestation.issuer'],
  ['attestation_token', 'attestation.token'],
  ['identity_code', 'identity.code'],
  ['outcome', 'risk.outcome'],
  ['would', 'risk.would'],
  ['decision', 'risk.decision_id'],
  ['challenge', 'challenge.result'],
] as const;

/** Reads the keys of the operator's own making; only for formats whose keys the operator names. */
export function setBonafideKeys(fields: Fields, object: Fields): void {
  for (const [key, name] of TEXTS) {
    const value = object[key];
    if (value !== undefined) setText(fields, name, value);
  }
  setNumber(fields, 'captcha.score', object.captcha);
  setNumber(fields, 'waf.score', object.waf);
}
