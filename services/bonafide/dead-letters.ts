import { parseArgs } from 'node:util';
import { type DeadLetterPlace, type DeadLettersAnswer, deadLettersAnswer, resendAnswer } from '../../schemas/api.ts';
import { REJECT_REASONS } from '../../schemas/reasons.ts';
import { CommandError, type Io } from './command.ts';
import { type Running, readRunning } from './running.ts';
import { settingsFor } from './runtime.ts';

export const help = `Usage: bonafide dead-letters [options]

What was refused and why, newest first, from the Bonafide that runs on the data folder (BONAFIDE_DATA_DIR, .bonafide).

  --reason NAME    only this reason: ${REJECT_REASONS.join(', ')}
  --limit N        how many; default 20
  --json           one JSON object a line
  --resend         send those shown again, through the whole pipeline, after a fix; the whole record is
                   fetched again from Kafka or from a followed file, where it still exists

Example: npm run -s bonafide -- dead-letters --reason invalid_time --resend
`;

type Letter = DeadLettersAnswer['dead_letters'][number];

export async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      reason: { type: 'string', default: '' },
      limit: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      resend: { type: 'boolean', default: false },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new CommandError('--limit is a number from 1.', 2);
  if (values.reason !== '' && !(REJECT_REASONS as readonly string[]).includes(values.reason))
    throw new CommandError(`There is no reason "${values.reason}". Choose one of: ${REJECT_REASONS.join(', ')}.`, 2);
  const running = readRunning(settingsFor(io).dataDir);
  const letters: Letter[] = [];
  let cursor: string | null = null;
  let counts = '';
  do {
    const query = new URLSearchParams({ reason: values.reason, limit: String(Math.min(limit - letters.length, PAGE)) });
    if (cursor !== null) query.set('cursor', cursor);
    const answer = deadLettersAnswer.parse(await ask(running, `/api/v1/dead-letters?${query}`));
    letters.push(...answer.dead_letters);
    cursor = answer.next;
    counts = answer.by_reason.map(({ reason, count, waiting }) => `${reason} ${count} (${waiting} waiting)`).join(', ');
  } while (cursor !== null && letters.length < limit);
  for (const letter of letters) io.stdout.write(values.json ? `${JSON.stringify(letter)}\n` : told(letter));
  if (!values.json) io.stdout.write(counts === '' ? 'There are no dead letters.\n' : `In all: ${counts}\n`);
  return values.resend ? resend(running, letters, io) : 0;
}

const PAGE = 100;
/** Control characters of log lines must not reach a terminal. */
const printable = (text: string) => text.replace(/\p{Cc}/gu, '·');

function told(letter: Letter): string {
  const { reason, detail, sample, received_at: at, resent_at: resent } = letter;
  return `${at}  ${reason}  ${toldPlace(letter)}${resent === null ? '' : `  sent again ${resent}`}\n    ${printable(detail)}\n    ${printable(sample).slice(0, 200)}\n`;
}

const toldPlace = ({ source, partition, offset, element = 0 }: DeadLetterPlace) =>
  `${printable(source)} partition ${partition} offset ${offset}${element === 0 ? '' : ` element ${element}`}`;

async function resend(running: Running, letters: readonly Letter[], io: Io): Promise<number> {
  // A record goes again whole, however many letters it left; pages must not ask twice for it.
  const waiting: DeadLetterPlace[] = [
    ...new Map(
      letters
        .filter((letter) => letter.resent_at === null)
        .map(({ source, partition, offset }) => [`${source} ${partition} ${offset}`, { source, partition, offset }]),
    ).values(),
  ];
  let sent = 0;
  let refusals = 0;
  for (let from = 0; from < waiting.length; from += PAGE) {
    const places = waiting.slice(from, from + PAGE);
    const answer = resendAnswer.parse(await ask(running, '/api/v1/dead-letters/resend', { places }));
    sent += answer.resent;
    refusals += answer.refused.length;
    for (const { reason, ...place } of answer.refused) io.stdout.write(`${toldPlace(place)}: ${printable(reason)}\n`);
  }
  io.stdout.write(`${sent} sent again, ${refusals} refused.\n`);
  return refusals > 0 && sent === 0 ? 1 : 0;
}

async function ask(running: Running, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${running.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${running.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new CommandError(`${running.url} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const detail = typeof answer === 'object' && answer !== null && 'detail' in answer ? String(answer.detail) : '';
  throw new CommandError(`The service answers ${response.status}: ${detail}`);
}
