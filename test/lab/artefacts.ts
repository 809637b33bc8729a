import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Looks for a generator that gives itself away: a single value of a single field (paths and queries by their first
 * parts, numbers by size) that is precise for attacks and covers many of them. Values that are evidence by nature
 * (a failed token, a scanner's path, a 401) may show up here; an agent, a country, a provider or a size must not.
 */
export async function findArtefacts(folder: string): Promise<string> {
  const counts = new Map<string, { benign: number; attack: number; instances: Set<string> }>();
  let attacks = 0;
  const labels = createInterface({ input: createReadStream(join(folder, 'labels.ndjson')) })[Symbol.asyncIterator]();
  for await (const line of createInterface({ input: createReadStream(join(folder, 'events.ndjson')) })) {
    const label = JSON.parse((await labels.next()).value as string) as { label: string; instance: string };
    const attack = label.label === 'attack';
    if (attack) attacks++;
    for (const [field, value] of Object.entries(JSON.parse(line) as Record<string, unknown>))
      for (const key of keysOf(field, value)) {
        const count = counts.get(key) ?? { benign: 0, attack: 0, instances: new Set() };
        counts.set(key, count);
        if (attack) {
          count.attack++;
          count.instances.add(label.instance);
        } else count.benign++;
      }
  }
  const suspects = [...counts]
    .map(([key, { benign, attack, instances }]) => ({
      key,
      precision: attack / (attack + benign),
      recall: attack / attacks,
      instances: instances.size,
    }))
    .filter((one) => one.precision > 0.8 && one.instances >= 3 && one.recall > 0.01)
    .sort((x, y) => y.recall - x.recall)
    .slice(0, 15);
  if (suspects.length === 0) return '  no single value separates';
  return suspects
    .map(
      (one) =>
        `  ${one.key}: precision ${one.precision.toFixed(2)}, recall ${one.recall.toFixed(3)}, ${one.instances} instances`,
    )
    .join('\n');
}

/** Fields that are ids: every value is its own. */
const IDS = new Set(['time', 'event_id', 'attestation.token', 'session.id']);

function keysOf(field: string, value: unknown): string[] {
  if (IDS.has(field)) return [];
  if (typeof value === 'number' && field !== 'network.asn' && field !== 'http.response.status_code')
    return [`${field} ~2^${Math.round(Math.log2(value + 1e-9) * 2) / 2}`];
  const text = String(value);
  if (field === 'url.path') return [`path ${text.split('/').slice(0, 4).join('/')}`];
  if (field === 'url.query') return [`query ${text.split('=')[0]}`];
  if (field === 'user_agent.original') return [`agent ${text}`, `agent family ${text.split(/[/ ]/)[0]}`];
  return [`${field} ${text}`];
}
