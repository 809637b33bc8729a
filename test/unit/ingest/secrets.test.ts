import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { manualClock } from '../../../shared/clock.ts';
import { found, leaves, MARK, SECRETS, withLeaf } from '../../support/canaries.ts';
import { ORDINARY } from '../formats/ordinary.ts';

/** Headers and attributes that carry secrets of no form: known by their names alone. */
const NAMED = [
  'Cookie',
  'Set-Cookie',
  'Authorization',
  'Proxy-Authorization',
  'X-Api-Key',
  'Approov-Token',
  'X-Firebase-AppCheck',
  'DPoP',
];

const NOW = Date.UTC(2026, 10, 24, 12, 0, 5);
const { ingest } = createPipeline({
  format: 'auto',
  scopes: () => ({ scopeOf: () => '', platformOf: () => ({ platform: '', canAttest: null, issuer: null }) }),
  routes: createRouteLearner(),
  clock: manualClock(NOW),
  pseudonymKey: null,
  live: true,
});
const stored = (line: string) =>
  JSON.stringify(ingest({ source: 'kafka:t', partition: 0, offset: 1, bytes: Buffer.from(line) }));

const JSON_LINES = Object.values(ORDINARY)
  .flat()
  .filter((line) => line.startsWith('{'));
const TEXT_LINES = Object.values(ORDINARY)
  .flat()
  .filter((line) => !line.startsWith('{'));

describe('secrets', () => {
  it('stay out of rows and dead letters wherever they stand in a JSON line, of every format', {
    timeout: 60_000,
  }, () => {
    for (const line of JSON_LINES) {
      for (const path of leaves(JSON.parse(line))) {
        for (const [kind, text] of Object.entries(SECRETS)) {
          for (const value of [text, `${text} and more`, JSON.stringify({ a: text })]) {
            const out = stored(withLeaf(line, path, value));
            if (found(out)) expect([kind, path.join('.'), value, out]).toEqual(['nothing of it is left']);
          }
        }
      }
    }
  });

  it('stay out of rows and dead letters in every part of a line of text that a client writes, cut or whole', () => {
    const parts = ['/v1/orders/12?page=1', 'Mozilla/5.0 (X11; Linux x86_64)', '198.51.100.7', 'api.example.com'];
    for (const line of TEXT_LINES) {
      for (const part of parts) {
        for (const [kind, text] of Object.entries(SECRETS)) {
          const values = part.startsWith('/') ? [`/x/${text}`, `/x?y=${text}`] : [text, `x ${text}`];
          // HAProxy writes quotes in what it captured as #22.
          if (part.startsWith('Mozilla')) values.push(`"${text}" "`);
          for (const value of values) {
            const whole = line.replace(part, value);
            // A logger that cuts long lines leaves half a secret at most.
            for (const cut of [whole, whole.slice(0, whole.indexOf(text) + text.length)]) {
              const out = stored(cut);
              if (found(out)) expect([kind, cut, out]).toEqual(['nothing of it is left']);
            }
          }
        }
      }
    }
  });

  it.each(NAMED)('of no form, named by %s, stay out in headers, lists and attributes', (name) => {
    const opaque = `${MARK}, ${MARK}`;
    const objects = [
      { request: { headers: { [name.toLowerCase()]: opaque } } },
      { request: { headers: { [name]: [opaque, opaque] } } },
      { [`http.request.header.${name.toLowerCase()}`]: [opaque] },
      { [`request_${name}`]: opaque, request: { headers: { [name]: opaque } } },
      { attributes: [{ key: `http.request.header.${name.toLowerCase()}`, value: { stringValue: opaque } }] },
      { attributes: [{ key: name.toLowerCase(), value: { arrayValue: { values: [{ stringValue: opaque }] } } }] },
    ];
    for (const object of objects) {
      for (const line of [
        JSON.stringify(object),
        JSON.stringify(object, null, 1),
        JSON.stringify({ other: JSON.stringify(object) }),
      ]) {
        if (found(stored(line))) expect([line, stored(line)]).toEqual(['nothing of it is left']);
      }
    }
  });
});
