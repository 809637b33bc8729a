import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../../services/ingest/pipeline.ts';
import { createRouteLearner } from '../../../services/ingest/route.ts';
import { manualClock } from '../../../shared/clock.ts';
import {
  asGo,
  fieldsOf,
  found,
  leaves,
  MARK,
  NAMED,
  OPAQUE,
  SECRETS,
  sayings,
  withLeaf,
} from '../../support/canaries.ts';
import { ORDINARY } from '../formats/ordinary.ts';

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

  it('stay out of rows and dead letters in every field of a line of text, cut or whole', { timeout: 60_000 }, () => {
    for (const line of TEXT_LINES) {
      for (const { from, to, bare } of fieldsOf(line)) {
        const field = line.slice(from, to);
        for (const [kind, text] of Object.entries(SECRETS)) {
          const values = [text, `x ${text}`];
          if (field.includes('/')) values.push(`/x/${text}`, `/x?y=${text}`, `GET /x?y=${text} HTTP/1.1`);
          // HAProxy writes quotes in what it captured as #22, nginx as \\x22, Apache as \\".
          for (const quote of ['"', '#22', '\\x22', '\\"']) values.push(`${quote}${text}${quote} ${quote}`);
          for (const value of values.filter((each) => !(bare && each.includes(' ')))) {
            const whole = `${line.slice(0, from)}${value}${line.slice(to)}`;
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

  it.each(NAMED)(
    'of no form, named by %s, stay out in headers, lists, pairs and attributes, escaped as Go does too',
    (name) => {
      for (const object of OPAQUE.flatMap((value) => sayings(name, value))) {
        const line = JSON.stringify(object);
        for (const form of [line, JSON.stringify(object, null, 1), JSON.stringify({ other: line }), asGo(line)])
          if (found(stored(form))) expect([form, stored(form)]).toEqual(['nothing of it is left']);
      }
    },
  );

  it.each(NAMED)('of no form, named by %s, stay out in every field of a line of text', (name) => {
    for (const line of TEXT_LINES) {
      for (const { from, to, bare } of fieldsOf(line)) {
        for (const value of [
          `${name}: ${MARK}`,
          `${name}: ${MARK}, ${MARK}`,
          `${name}=${MARK}`,
          `/a?x=1&${name}=a;${MARK}`,
        ]) {
          if (bare && value.includes(' ')) continue;
          const whole = `${line.slice(0, from)}${value}${line.slice(to)}`;
          if (found(stored(whole))) expect([whole, stored(whole)]).toEqual(['nothing of it is left']);
        }
      }
    }
  });
});
