import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hashText } from './random.ts';

/** What the precise values of one field say about attacks that did not choose them. */
export interface FieldTell {
  field: string;
  /** Share of attack events that show one of its precise values, and how many of all who show one are attacks. */
  recall: number;
  precision: number;
  /** The value that covers most. */
  example: string;
  /** Evidence by nature: what an attack does shows here, and should. */
  evidence: boolean;
}

/** Fields in which attacks differ by what they do: a failed token, a scanner's path, a 401, a firewall's score. */
const EVIDENCE = new Set([
  'http.response.status_code',
  'http.request.method',
  'url.path',
  'url.query',
  'attestation.status',
  'attestation.code',
  'waf.score',
  'captcha.score',
  'http.request.size',
  'http.response.size',
]);
/** Fields whose every value is its own. */
const IDS = new Set(['time', 'event_id', 'attestation.token', 'session.id']);
const PRECISE = 0.8;
const INSTANCES = 3;

interface Count {
  benign: number;
  attack: number;
  instances: Set<string>;
}

/**
 * Looks for a generator that gives itself away. Half of the callers and attack instances of the world choose the values
 * of each field that are precise for attacks (of at least three instances); the other half says how much of the attack
 * they give away. An absent field is a value too; paths and queries count by their first parts, numbers by size.
 */
export async function findTells(folder: string): Promise<FieldTell[]> {
  const chosen = new Map<string, Count>();
  const judged = new Map<string, Count>();
  let attacks = 0;
  const fields = new Set<string>();
  await eachEvent(folder, (event) => {
    for (const field of Object.keys(event)) fields.add(field);
  });
  await eachEvent(folder, (event, label) => {
    const isAttack = label.label === 'attack';
    const isChooser = hashText(isAttack ? label.instance : label.caller) % 2 === 0;
    if (isAttack && !isChooser) attacks++;
    const counts = isChooser ? chosen : judged;
    for (const field of fields) {
      if (IDS.has(field)) continue;
      const key = `${field}\u0000${shownAs(field, event[field])}`;
      const count = counts.get(key) ?? { benign: 0, attack: 0, instances: new Set() };
      counts.set(key, count);
      if (isAttack) {
        count.attack++;
        count.instances.add(label.instance);
      } else count.benign++;
    }
  });
  const tells = new Map<string, { benign: number; attack: number; example: string; most: number }>();
  for (const [key, { benign, attack, instances }] of chosen) {
    if (instances.size < INSTANCES || attack / (attack + benign) <= PRECISE) continue;
    const [field = '', value = ''] = key.split('\u0000');
    const of = judged.get(key) ?? { benign: 0, attack: 0 };
    const sum = tells.get(field) ?? { benign: 0, attack: 0, example: value, most: 0 };
    tells.set(field, sum);
    sum.benign += of.benign;
    sum.attack += of.attack;
    if (of.attack > sum.most) Object.assign(sum, { most: of.attack, example: value });
  }
  return [...tells]
    .map(([field, { benign, attack, example }]) => ({
      field,
      recall: attack / Math.max(1, attacks),
      precision: attack / Math.max(1, attack + benign),
      example,
      evidence: EVIDENCE.has(field),
    }))
    .sort((x, y) => y.recall - x.recall);
}

/** The tells of a world as lines of text. */
export async function findArtefacts(folder: string): Promise<string> {
  const tells = (await findTells(folder)).filter((one) => one.recall > 0.005 && one.precision > 0.5);
  if (tells.length === 0) return '  no single field gives attacks away';
  return tells
    .map(
      (one) =>
        `  ${one.field}: ${(100 * one.recall).toFixed(1)} % of attack events at a precision of ${one.precision.toFixed(2)}, ` +
        `mostly ${one.example}${one.evidence ? ' (evidence by nature)' : ''}`,
    )
    .join('\n');
}

async function eachEvent(
  folder: string,
  see: (event: Record<string, unknown>, label: { label: string; instance: string; caller: string }) => void,
): Promise<void> {
  const labels = createInterface({ input: createReadStream(join(folder, 'labels.ndjson')) })[Symbol.asyncIterator]();
  for await (const line of createInterface({ input: createReadStream(join(folder, 'events.ndjson')) }))
    see(JSON.parse(line), JSON.parse((await labels.next()).value as string));
}

function shownAs(field: string, value: unknown): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'number' && field !== 'network.asn' && field !== 'http.response.status_code')
    return `~2^${Math.round(Math.log2(Math.abs(value) + 1e-9) * 2) / 2}`;
  const text = String(value);
  if (field === 'url.path') return text.split('/').slice(0, 4).join('/');
  if (field === 'url.query') return text.split('=')[0] ?? '';
  return text;
}
