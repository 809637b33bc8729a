import { parseArgs } from 'node:util';
import { z } from 'zod';
import { EXPLAINED_KINDS, type ScoreExplainAnswer, scoreExplainAnswer } from '../../schemas/api-explain.ts';
import { CommandError, type Io } from './command.ts';
import { readRunning } from './running.ts';
import { settingsFor } from './runtime.ts';
import { derivationText } from './score-explain-text.ts';

export const help = `Usage: bonafide score-explain KIND:ID [options]

Prints how the risk of an entity (user, session, device, ip, net, client, cohort) came about: raw counts by window, what is
usual and by which tail, heights on the scale of genuine peers in force then, parts by weight, the score, the calibration
curve around it, decibels, the lines of the policy, and what would have been allowed. By the same SQL that scores.
Talks to the Bonafide that runs on the data folder (BONAFIDE_DATA_DIR, .bonafide).

  --at TIME      ISO 8601 with zone, to the second; events before it count; default now. Any second of which events
                 are still stored
  --scope NAME   default the scope in which it was seen last
  --json         the same as JSON, as GET /api/v1/score-explain answers it

Exit codes: 0 explained; 1 no event carried it, or nothing of it counts at that time; 2 wrong usage.

Example: bonafide score-explain ip:203.0.113.9 --at 2026-11-28T06:40:00Z
`;

const DETAIL = z.object({ detail: z.string() });

export async function run(args: string[], io: Io): Promise<number> {
  const { entity, scope, at, json } = readOptions(args);
  const { url, adminToken } = readRunning(settingsFor(io).dataDir);
  const query = new URLSearchParams({ entity, scope, ...(at === undefined ? {} : { at }) });
  const response = await fetch(`${url}/api/v1/score-explain?${query}`, {
    headers: { authorization: `Bearer ${adminToken}` },
    signal: io.signal,
  }).catch((error: unknown) => {
    throw new CommandError(`${url} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  });
  const body: unknown = await response.json();
  if (!response.ok) {
    const { detail } = DETAIL.safeParse(body).data ?? { detail: `The service answers ${response.status}.` };
    throw new CommandError(`${entity}: ${detail}`);
  }
  const answer = scoreExplainAnswer.parse(body);
  if (isEmpty(answer)) throw new CommandError(nothingThere(answer));
  io.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : derivationText(answer));
  return 0;
}

function readOptions(args: string[]): { entity: string; scope: string; at: string | undefined; json: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      scope: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  });
  const [entity, ...more] = positionals;
  if (entity === undefined || more.length > 0) throw new CommandError(`Whose score?\n\n${help}`, 2);
  const colon = entity.indexOf(':');
  if (!EXPLAINED_KINDS.some((kind) => kind === entity.slice(0, colon)) || colon === entity.length - 1)
    throw new CommandError(`"${entity}" is no entity: write kind:id, with one of ${EXPLAINED_KINDS.join(', ')}.`, 2);
  const { at, scope, json } = values;
  if (at !== undefined && !(z.iso.datetime({ offset: true }).safeParse(at).success && Number.isFinite(Date.parse(at))))
    throw new CommandError(`"${at}" is no time: write one as 2026-11-28T06:40:00Z, with its zone.`, 2);
  if (at !== undefined && Date.parse(at) > Date.now() + 60_000)
    throw new CommandError(`${at} is still to come: risk is explained up to now.`, 2);
  return { entity, scope, at, json };
}

/** Neither counts nor a score of the 24 hours before. */
const isEmpty = ({ counts, published, terms }: ScoreExplainAnswer) =>
  counts.length === 0 && terms.length === 0 && (published === null || published.score === 0);

function nothingThere({ kind, id, scope, step, first_seen, last_seen }: ScoreExplainAnswer): string {
  const seen = first_seen === null ? '' : ` It was first seen ${first_seen}, last ${last_seen ?? first_seen}.`;
  return `${kind}:${id}: nothing of it counts in scope ${scope} in the 24 hours before ${step}.${seen}`;
}
