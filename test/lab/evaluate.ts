import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createJudge, type Verdict } from './judge.ts';
import type { Reliability } from './reliability.ts';
import { readRivals } from './rivals/files.ts';

/** The parts of the three files that judging reads. */
interface EventLine {
  time: number;
  event_id: string;
  'client.address': string;
  'attestation.status'?: string;
}
interface LabelLine {
  event_id: string;
  label: string;
  kind: string;
  instance: string;
  caller: string;
  platform?: string;
  victim?: boolean;
}
interface DecisionLine {
  event_id: string;
  outcome: string;
  entity?: string | { kind: string } | null;
  risk: number;
  reasons?: (string | { code: string })[];
  /** What the decibels rest on. */
  calibration?: string;
}

const EVIDENCE: Readonly<Record<string, number>> = { failed: 3, missing: 2, expired: 1 };

/** An event with its label and what was answered. */
export interface Row {
  event: EventLine;
  label: LabelLine;
  decision: DecisionLine;
}

/**
 * The rows of the world in a folder with the decisions in `name`, in the order of its events.
 * @throws Error when the files do not belong together.
 */
export async function* rowsOf(folder: string, name: string): AsyncGenerator<Row> {
  const labels = lines<LabelLine>(join(folder, 'labels.ndjson'));
  const decisions = lines<DecisionLine>(join(folder, name));
  let row = 0;
  // The contract of an event has both forms of a time.
  type Written = Omit<EventLine, 'time'> & { time: number | string };
  for await (const event of lines<Written>(join(folder, 'events.ndjson'))) {
    row++;
    const label = (await labels.next()).value;
    const decision = (await decisions.next()).value;
    if (label?.event_id !== event.event_id || decision?.event_id !== event.event_id)
      throw new Error(
        `${folder}: row ${row} is event ${event.event_id}, label ${label?.event_id}, decision ${decision?.event_id}; ` +
          'the files are of different runs',
      );
    yield { event: { ...event, time: new Date(event.time).getTime() }, label, decision };
  }
}

/** The two plain rules that need nothing but the events. */
export const PLAIN_RULES = ['requests per address in 60 s', 'attestation alone'] as const;

/** A world's verdict, and the caller-hours that an interval over several worlds needs. */
export interface Judgement {
  verdict: Verdict;
  reliability: Reliability;
}

/**
 * Judges the world in a folder by the decisions in `name`, with the rivals whose scores lie there.
 * @throws Error when the files do not belong together.
 */
export async function judgeWorld(folder: string, name: string): Promise<Judgement> {
  const others = readRivals(folder);
  const judge = createJudge([...PLAIN_RULES, ...others.map((one) => one.name)]);
  const rate = createAddressRate();
  let row = 0;
  for await (const { event, label, decision } of rowsOf(folder, name)) {
    row++;
    judge.add({
      time: event.time,
      attack: label.label === 'attack',
      kind: label.kind,
      instance: label.instance,
      caller: label.caller,
      victim: label.victim === true,
      genuine: event['attestation.status'] === 'genuine',
      platform: label.platform ?? 'unknown',
      status: event['attestation.status'] ?? '',
      calibration: decision.calibration,
      risk: decision.risk,
      refused: decision.outcome !== 'allow',
      entity: entityKind(decision.entity),
      address: event['client.address'],
      reasons: (decision.reasons ?? []).map((reason) => (typeof reason === 'string' ? reason : reason.code)),
      rivals: [
        rate(event['client.address'], event.time),
        EVIDENCE[event['attestation.status'] ?? ''] ?? 0,
        ...others.map((one) => one.scores[row - 1] ?? 0),
      ],
    });
  }
  return { verdict: judge.verdict(), reliability: judge.reliability };
}

/** The verdict alone. */
export async function evaluateWorld(folder: string, name: string): Promise<Verdict> {
  return (await judgeWorld(folder, name)).verdict;
}

function entityKind(entity: DecisionLine['entity']): string {
  if (!entity) return '-';
  return typeof entity === 'string' ? (entity.split(':')[0] as string) : entity.kind;
}

/** The plain rate limit beside which everything is shown: requests of the address in the last 60 s, with this one. */
function createAddressRate(): (address: string, time: number) => number {
  const recent = new Map<string, number[]>();
  return (address, time) => {
    const times = recent.get(address) ?? [];
    let gone = 0;
    while (gone < times.length && (times[gone] as number) <= time - 60_000) gone++;
    if (gone > 0) times.splice(0, gone);
    times.push(time);
    recent.set(address, times);
    return times.length;
  };
}

async function* lines<T>(path: string): AsyncGenerator<T, undefined> {
  const input = createReadStream(path, { highWaterMark: 1 << 20 });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line !== '') yield JSON.parse(line) as T;
  return undefined;
}
