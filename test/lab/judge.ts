import { auc, callerInterval, mean, median, shareOver, sum, thresholdAt } from './metrics.ts';
import { type Power, powerOf } from './power.ts';
import { Random } from './random.ts';
import { createReliability, type ReliabilityLine } from './reliability.ts';

const HOUR = 3_600_000;

/** One judged event. */
export interface Judged {
  time: number;
  attack: boolean;
  kind: string;
  instance: string;
  caller: string;
  victim: boolean;
  genuine: boolean;
  risk: number;
  refused: boolean;
  /** Kind of the entity that carries the risk, `-` for none. */
  entity: string;
  reasons: readonly string[];
  address: string;
  platform: string;
  /** Attestation status, '' for not observed. */
  status: string;
  /** What the decibels rest on, where the output says it. */
  calibration: string | undefined;
  /** What each rival says of this event, in the order of their names; the more, the worse. */
  rivals: readonly number[];
}

export interface KindLine {
  kind: string;
  events: number;
  refused: number;
  /** Over the threshold that 0.1 % and 1 % of benign events pass. */
  at01: number;
  at1: number;
  /** Reason codes of refused events, most frequent first, with their counts. */
  reasons: [string, number][];
}
/** The same figures for a rival on the same events. */
export interface RivalLine extends Power {
  name: string;
  /** Recall and false positives of a rival that says only yes or no, at that one point. */
  point: { recall: number; benign: number } | null;
}
export interface Verdict {
  events: number;
  attacks: number;
  auc: number;
  recall01: number;
  recall1: number;
  rivals: RivalLine[];
  benignRefused: number;
  benignInterval: [number, number];
  victimsRefused: number;
  callerHours: number;
  callerHoursRefused: number;
  callerHoursInterval: [number, number];
  attacksRefused: number;
  instances: number;
  instancesIn20: number;
  firstRefusal: number;
  threshold01: number;
  threshold1: number;
  reliability: ReliabilityLine[];
  /** Whether the output says what its decibels rest on. */
  calibrationSaid: boolean;
  attackKinds: KindLine[];
  benignKinds: KindLine[];
  /** The same by tactic: the words behind the instance's name. */
  tactics: KindLine[];
  attackInstances: InstanceLine[];
}

interface Instance {
  seen: number;
  first: number;
  from: number;
  until: number;
  addresses: Set<string>;
  risks: number[];
}
const newInstance = (time: number): Instance => ({
  seen: 0,
  first: Number.POSITIVE_INFINITY,
  from: time,
  until: time,
  addresses: new Set(),
  risks: [],
});

export interface InstanceLine {
  instance: string;
  events: number;
  minutes: number;
  addresses: number;
  /** Number of its first refused request; Infinity for never. */
  first: number;
  at01: number;
  at1: number;
}

interface Tally {
  kind: string;
  risks: number[];
  rivals: number[][];
  refused: number;
  reasons: Map<string, number>;
}

/**
 * Judges one world. Events come in time order. Victims of a takeover are a class of their own: neither benign nor attack.
 * A caller is genuine when any of its benign events showed a genuine token.
 */
export function createJudge(rivals: readonly string[]) {
  const reliability = createReliability();
  const attackKinds = new Map<string, Tally>();
  const benignKinds = new Map<string, Tally>();
  const tactics = new Map<string, Tally>();
  const instances = new Map<string, Instance>();
  const callers = new Map<string, { events: number; refused: number; genuine: boolean; hours: Map<number, boolean> }>();
  let victims = 0;
  let victimsRefused = 0;

  function count(map: Map<string, Tally>, kind: string, event: Judged): void {
    let tally = map.get(kind);
    if (!tally) {
      tally = { kind, risks: [], rivals: rivals.map(() => []), refused: 0, reasons: new Map() };
      map.set(kind, tally);
    }
    tally.risks.push(event.risk);
    for (let i = 0; i < rivals.length; i++) tally.rivals[i]?.push(event.rivals[i] ?? 0);
    if (!event.refused) return;
    tally.refused++;
    const reason = `${event.entity} ${event.reasons[0] ?? 'none'}`;
    tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
  }

  function add(event: Judged): void {
    if (event.attack) {
      count(attackKinds, event.kind, event);
      for (const tactic of event.instance.split('/').slice(1)) count(tactics, tactic, event);
      const instance = instances.get(event.instance) ?? newInstance(event.time);
      instance.risks.push(event.risk);
      instance.addresses.add(event.address);
      instance.until = event.time;
      instance.seen++;
      if (event.refused) instance.first = Math.min(instance.first, instance.seen);
      instances.set(event.instance, instance);
      return;
    }
    if (event.victim) {
      victims++;
      if (event.refused) victimsRefused++;
      return;
    }
    count(benignKinds, event.kind, event);
    reliability.add(event);
    let caller = callers.get(event.caller);
    if (!caller) {
      caller = { events: 0, refused: 0, genuine: false, hours: new Map() };
      callers.set(event.caller, caller);
    }
    caller.events++;
    if (event.refused) caller.refused++;
    if (event.genuine) caller.genuine = true;
    const hour = Math.floor(event.time / HOUR);
    caller.hours.set(hour, event.refused || caller.hours.get(hour) === true);
  }

  function verdict(): Verdict {
    const benign = gather(benignKinds, (tally) => tally.risks);
    const attack = gather(attackKinds, (tally) => tally.risks);
    const threshold01 = thresholdAt(benign, 0.001);
    const threshold1 = thresholdAt(benign, 0.01);
    const lines = (map: Map<string, Tally>) => [...map.values()].map((tally) => line(tally, threshold01, threshold1));
    const attackLines = lines(attackKinds).sort((x, y) => x.at01 - y.at01);
    const rivalLine = (name: string, i: number): RivalLine => {
      const pick = (tally: Tally) => tally.rivals[i] ?? [];
      const usual = gather(benignKinds, pick);
      const found = gather(attackKinds, pick);
      const yesNo = usual.every(isYesNo) && found.every(isYesNo);
      return {
        name,
        ...powerOf(
          usual,
          [...attackKinds.values()].map((tally) => ({ kind: tally.kind, scores: pick(tally) })),
        ),
        point: yesNo
          ? {
              recall: mean([...attackKinds.values()].map((tally) => shareOver(pick(tally), 0))),
              benign: mean(Array.from(usual)),
            }
          : null,
      };
    };
    const all = [...callers.values()];
    const genuine = all.filter((caller) => caller.genuine);
    const refusedHours = genuine.map((caller) => [...caller.hours.values()].filter(Boolean).length);
    const hours = genuine.map((caller) => caller.hours.size);
    const random = new Random('bootstrap');
    const firsts = [...instances.values()];
    return {
      events: benign.length + attack.length + victims,
      attacks: attack.length,
      auc: auc(benign, attack),
      recall01: mean(attackLines.map((kind) => kind.at01)),
      recall1: mean(attackLines.map((kind) => kind.at1)),
      rivals: rivals.map(rivalLine),
      benignRefused: sum(all.map((caller) => caller.refused)) / benign.length,
      benignInterval: callerInterval(
        Float64Array.from(all, (caller) => caller.refused),
        Float64Array.from(all, (caller) => caller.events),
        random,
      ),
      victimsRefused: victims === 0 ? Number.NaN : victimsRefused / victims,
      callerHours: sum(hours),
      callerHoursRefused: sum(refusedHours) / sum(hours),
      callerHoursInterval: callerInterval(Float64Array.from(refusedHours), Float64Array.from(hours), random),
      attacksRefused: sum([...attackKinds.values()].map((tally) => tally.refused)) / attack.length,
      instances: firsts.length,
      instancesIn20: mean(firsts.map((one) => (one.first <= 20 ? 1 : 0))),
      firstRefusal: median(firsts.map((one) => one.first)),
      threshold01,
      threshold1,
      reliability: reliability.lines(),
      calibrationSaid: reliability.said(),
      attackKinds: attackLines,
      benignKinds: lines(benignKinds).sort((x, y) => y.refused - x.refused),
      attackInstances: [...instances].map(([instance, one]) => ({
        instance,
        events: one.seen,
        minutes: (one.until - one.from) / 60_000,
        addresses: one.addresses.size,
        first: one.first,
        at01: shareOver(one.risks, threshold01),
        at1: shareOver(one.risks, threshold1),
      })),
      tactics: lines(tactics).sort((x, y) => x.at01 - y.at01),
    };
  }

  return { add, verdict, reliability };
}

function line(tally: Tally, threshold01: number, threshold1: number): KindLine {
  return {
    kind: tally.kind,
    events: tally.risks.length,
    refused: tally.refused / tally.risks.length,
    at01: shareOver(tally.risks, threshold01),
    at1: shareOver(tally.risks, threshold1),
    reasons: [...tally.reasons].sort((x, y) => y[1] - x[1]).slice(0, 3),
  };
}

function gather(map: Map<string, Tally>, pick: (tally: Tally) => number[]): Float64Array {
  const lists = [...map.values()].map(pick);
  const all = new Float64Array(sum(lists.map((list) => list.length)));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

function isYesNo(value: number): boolean {
  return value === 0 || value === 1;
}
