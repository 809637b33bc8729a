import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalEvent } from '../../schemas/event.ts';
import { policySchema } from '../../schemas/policy.ts';
import { findTells } from '../lab/artefacts.ts';
import { ATTACKS, UNSEEN_ATTACKS } from '../lab/attacks/kinds.ts';
import { SEEDS } from '../lab/commit.ts';
import { evaluateWorld } from '../lab/evaluate.ts';
import { auc, callerInterval, thresholdAt } from '../lab/metrics.ts';
import { busyness, DAY, drawPlan, KINDS, UNSEEN_KINDS } from '../lab/plan.ts';
import { Random } from '../lab/random.ts';
import { createSchedule } from '../lab/schedule.ts';
import { playWorld } from '../lab/world.ts';
import { writeWorld } from '../lab/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-lab-'));
afterAll(() => rmSync(folder, { recursive: true }));

function digest(kind: string, seed: number): string {
  const hash = createHash('sha256');
  playWorld(kind, seed, 3000, { write: (event, label) => hash.update(`${event}\n${label}\n`) });
  return hash.digest('hex');
}

/** What worlds of the tuning set show: benign kinds, tactics of each kind of attack, addresses of the attack from most of them. */
function tuning(): { benign: Set<string>; attacks: Map<string, Set<string>>; most: number } {
  const benign = new Set<string>();
  const attacks = new Map<string, Set<string>>();
  const addresses = new Map<string, Set<string>>();
  for (const kind of ['shop', 'b2b'])
    for (const seed of SEEDS.tuning)
      playWorld(kind, seed, 16_000, {
        write(event, line) {
          const label = JSON.parse(line);
          if (label.label === 'benign') {
            benign.add(label.kind);
            return;
          }
          const [id = '', ...tactics] = label.instance.split('/');
          attacks.set(label.kind, new Set([...(attacks.get(label.kind) ?? []), ...tactics]));
          const from = addresses.get(`${kind} ${seed} ${id}`) ?? new Set();
          addresses.set(`${kind} ${seed} ${id}`, from.add(JSON.parse(event)['client.address']));
        },
      });
  return { benign, attacks, most: Math.max(...[...addresses.values()].map(({ size }) => size)) };
}

describe('a world of the laboratory', () => {
  it.each(KINDS)('%s: the same seed gives the same bytes, another seed others', (kind) => {
    const first = digest(kind, 4);
    expect(digest(kind, 4)).toBe(first);
    expect(digest(kind, 5)).not.toBe(first);
  });

  it.each([...KINDS, ...UNSEEN_KINDS])(
    '%s: events keep the contract and the order of time, and each has its label',
    (kind) => {
      let last = 0;
      const faults: string[] = [];
      const ids = new Set<string>();
      const kinds = new Set<string>();
      const known = new Set(Object.keys(canonicalEvent.shape));
      playWorld(kind, 11, 5000, {
        write(eventLine, labelLine) {
          const fields = JSON.parse(eventLine);
          const label = JSON.parse(labelLine);
          const unknown = Object.keys(fields).find((name) => !known.has(name));
          if (!canonicalEvent.safeParse(fields).success || unknown) faults.push(`contract: ${eventLine}`);
          if (label.event_id !== fields.event_id) faults.push(`label of another event: ${labelLine}`);
          if (fields.time < last) faults.push(`out of order: ${eventLine}`);
          if ((label.instance === '') !== (label.label === 'benign')) faults.push(`instance: ${labelLine}`);
          last = fields.time;
          ids.add(label.event_id);
          if (label.label === 'attack') kinds.add(label.kind);
        },
      });
      expect(faults).toEqual([]);
      expect(ids.size).toBeGreaterThan(2500);
      expect([...kinds].sort()).toEqual(Object.keys(ATTACKS).sort());
    },
  );

  it('keeps some kinds of attack for seeds that nobody tunes on', () => {
    const kinds = (seed: number) => {
      const found = new Set<string>();
      playWorld('shop', seed, 2000, {
        write(_event, label) {
          const { label: side, kind } = JSON.parse(label);
          if (side === 'attack') found.add(kind);
        },
      });
      return found;
    };
    for (const kind of Object.keys(UNSEEN_ATTACKS)) {
      expect(kinds(3).has(kind)).toBe(false);
      expect(kinds(1234).has(kind)).toBe(true);
    }
  });

  it.each([...KINDS, ...UNSEEN_KINDS])('%s: no single field gives attacks away but by what they do', async (kind) => {
    writeWorld(kind, 77, 12_000, folder);
    const tells = (await findTells(folder)).filter((one) => !one.evidence && one.precision > 0.8 && one.recall > 0.1);
    expect(tells).toEqual([]);
  });

  it('has the oddities of benign life, and evidence from outside where the world logs it', () => {
    const kinds = new Set<string>();
    const fields = new Set<string>();
    for (const seed of [1, 5, 8])
      playWorld('shop', seed, 8000, {
        write(event, label) {
          for (const field of Object.keys(JSON.parse(event))) fields.add(field);
          const { label: side, kind } = JSON.parse(label);
          if (side === 'benign') kinds.add(kind);
        },
      });
    const usual = ['office-nat', 'carrier-nat', 'power-user', 'traveller', 'vpn', 'shared-device'];
    const odd = ['app-release', 'flash-sale', 'retry-storm', 'forgetful', 'batch', 'monitor', 'crawler', 'support'];
    expect([...kinds]).toEqual(expect.arrayContaining([...usual, ...odd, 'clock-skew', 'provider-outage', 'script']));
    expect([...fields]).toEqual(expect.arrayContaining(['waf.score', 'captcha.score', 'geo.location.lat']));
  });

  it('is as quiet on a holiday as on a Sunday', () => {
    const plan = drawPlan('shop', 1, 1000, new Random('holiday'));
    // A Wednesday at noon, local time, and the Sunday before it.
    const wednesday = Date.UTC(2026, 2, 11, 12 - plan.timezone);
    for (const hours of ['office', 'leisure'] as const) {
      const closed = busyness({ ...plan, holiday: Date.UTC(2026, 2, 11) / DAY }, hours, wednesday);
      expect(closed).toBe(busyness({ ...plan, holiday: null }, hours, wednesday - 3 * DAY));
      expect(closed).not.toBe(busyness({ ...plan, holiday: null }, hours, wednesday));
    }
  });

  it('comes with a policy that the product accepts', () => {
    for (const kind of [...KINDS, ...UNSEEN_KINDS]) {
      writeWorld(kind, 2, 1000, folder);
      policySchema.parse(parse(readFileSync(join(folder, 'policy.yaml'), 'utf8')));
    }
  });
});

describe('worlds of the tuning set', () => {
  let worlds: ReturnType<typeof tuning>;
  beforeAll(() => {
    worlds = tuning();
  });

  it('have rarer people too: new phones, partners, passers-by, phones whose attestation fails or never comes', () => {
    expect([...worlds.benign]).toEqual(
      expect.arrayContaining(['new-phone', 'partner', 'passer-by', 'failed-device', 'no-token']),
    );
  });

  it('play each attack fast and slow, from one address and from many, naive and as the app, but where its kind is only one of them', () => {
    const { attacks, most } = worlds;
    const free = ['fast', 'slow', 'one', 'many', 'naive', 'app'];
    const bound: Readonly<Record<string, readonly string[]>> = {
      'search-flood': ['fast', 'one', 'many', 'naive', 'app'],
      scanner: ['fast', 'slow', 'one', 'many', 'naive'],
      'leaked-key': ['fast', 'slow', 'one', 'many', 'naive'],
      'repackaged-app': ['fast', 'slow', 'one', 'many', 'app', 'failed'],
      'token-replay': ['fast', 'slow', 'many', 'app', 'replayed'],
      'device-farm': ['fast', 'slow', 'few', 'app', 'genuine'],
      insider: ['fast', 'slow', 'one', 'app'],
      'slow-poisoning': ['slow', 'few', 'app', 'genuine'],
    };
    for (const kind of Object.keys(ATTACKS))
      expect([kind, [...(attacks.get(kind) ?? [])]]).toEqual([
        kind,
        expect.arrayContaining([...(bound[kind] ?? free)]),
      ]);
    expect(most).toBeGreaterThan(50);
  });
});

describe('the schedule', () => {
  it('lets actors act in time order, those of one time in the order they came', () => {
    const schedule = createSchedule();
    const seen: string[] = [];
    const actor = (name: string, times: number[]) => ({
      act(now: number) {
        seen.push(`${name}${now}`);
        return times.shift() ?? Number.POSITIVE_INFINITY;
      },
    });
    schedule.add(actor('a', [5, 7]), 3);
    schedule.add(actor('b', []), 5);
    schedule.add(actor('c', [3.5]), 1);
    schedule.run(7);
    expect(seen).toEqual(['c1', 'a3', 'c3.5', 'b5', 'a5']);
  });
});

describe('figures', () => {
  it('AUC counts ties half', () => {
    // Pairs: 3 beats 1, 2, 2 (3 wins); 2 beats 1 and ties twice (1 + 2/2).
    expect(auc(Float64Array.of(1, 2, 2), Float64Array.of(3, 2))).toBeCloseTo(5 / 6, 12);
  });

  it('a threshold never flags more benign events than its share, ties included', () => {
    const benign = Float64Array.of(0, 0, 1, 2, 3, 3, 3, 4, 5, 6);
    expect(thresholdAt(benign, 0.2)).toBe(4); // 5 and 6 lie over it
    expect(thresholdAt(benign, 0.5)).toBe(3); // five allowed, only three lie strictly over 3
    expect(thresholdAt(benign, 0.05)).toBe(6); // none allowed
  });

  it('an interval over callers is wide when one caller carries everything', () => {
    const random = new Random('interval');
    const [low, high] = callerInterval(Float64Array.of(10, 0, 0, 0), Float64Array.of(10, 10, 10, 10), random);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(0.5);
  });
});

describe('the evaluator', () => {
  const T = Date.UTC(2026, 0, 1);
  const rows = [
    // [minute, address, token, label, kind, instance, caller, victim, risk, outcome, reasons]
    [0, '192.0.2.1', 'genuine', 'benign', 'ordinary', '', 'device:a', false, 0, 'allow', []],
    [1, '192.0.2.1', 'missing', 'benign', 'ordinary', '', 'device:a', false, 5, 'challenge', ['behaviour.x']],
    [61, '192.0.2.1', 'genuine', 'benign', 'ordinary', '', 'device:a', false, 0, 'allow', []],
    [62, '192.0.2.2', 'none', 'benign', 'office-nat', '', 'ip:192.0.2.2', false, 3, 'allow', []],
    [63, '192.0.2.3', 'none', 'benign', 'ordinary', '', 'user:v', true, 90, 'block', ['behaviour.y']],
    [64, '192.0.2.9', 'none', 'attack', 'bola', 'bola-1/fast', 'ip:192.0.2.9', false, 5, 'allow', []],
    [64, '192.0.2.9', 'none', 'attack', 'bola', 'bola-1/fast', 'ip:192.0.2.9', false, 50, 'block', ['behaviour.y']],
    [65, '192.0.2.8', 'none', 'attack', 'scraping', 'scraping-1/slow', 'ip:192.0.2.8', false, 4, 'allow', []],
  ] as const;

  it('gives the figures of a hand-made world', async () => {
    const write = (name: string, line: (row: (typeof rows)[number], i: number) => object) =>
      writeFileSync(join(folder, name), rows.map((row, i) => `${JSON.stringify(line(row, i))}\n`).join(''));
    write('events.ndjson', (row, i) => ({
      event_id: `e${i}`,
      time: T + row[0] * 60_000,
      'client.address': row[1],
      'attestation.status': row[2],
    }));
    write('labels.ndjson', (row, i) => ({
      event_id: `e${i}`,
      label: row[3],
      kind: row[4],
      instance: row[5],
      caller: row[6],
      ...(row[7] ? { victim: true } : {}),
    }));
    write('decisions.ndjson', (row, i) => ({
      event_id: `e${i}`,
      risk: row[8],
      outcome: row[9],
      entity: row[8] > 0 ? { kind: 'device', id: 'a' } : null,
      reasons: row[10],
    }));

    const verdict = await evaluateWorld(folder, 'decisions.ndjson');
    // Benign risks 0 5 0 3 (the victim is no part of them), attack risks 5 50 4.
    expect(verdict.auc).toBeCloseTo((3.5 + 4 + 3) / 12, 12);
    expect(verdict.threshold01).toBe(5);
    expect(verdict.recall01).toBeCloseTo((0.5 + 0) / 2, 12); // bola: 50 of {5, 50}; scraping: none
    expect(verdict.benignRefused).toBe(1 / 4);
    expect(verdict.victimsRefused).toBe(1);
    expect(verdict.callerHours).toBe(2); // device a in two hours; the others never showed a genuine token
    expect(verdict.callerHoursRefused).toBe(1 / 2);
    expect(verdict.attacksRefused).toBeCloseTo(1 / 3, 12);
    expect(verdict.instances).toBe(2);
    expect(verdict.instancesIn20).toBe(1 / 2);
    expect(verdict.attackKinds.map((kind) => [kind.kind, kind.refused])).toEqual([
      ['scraping', 0],
      ['bola', 0.5],
    ]);
    expect(verdict.benignKinds[0]).toMatchObject({
      kind: 'ordinary',
      refused: 1 / 3,
      reasons: [['device behaviour.x', 1]],
    });
    // Requests per address in 60 s: benign 1 1 1 1 (a minute apart is out of the window), attacks 1 2 1.
    // Attestation alone: benign 0 2 0 0, attacks none.
    expect(verdict.rivals[1]?.auc).toBeCloseTo((1.5 * 3) / 12, 12);
    expect(verdict.rivals[0]?.auc).toBeCloseTo((2 + 4 + 2) / 12, 12);
  });

  it('reads times in both forms of the contract', async () => {
    const verdict = await evaluateWorld(folder, 'decisions.ndjson');
    const path = join(folder, 'events.ndjson');
    const inWords = readFileSync(path, 'utf8').replace(
      /"time":(\d+)/g,
      (_, ms) => `"time":"${new Date(Number(ms)).toISOString()}"`,
    );
    writeFileSync(path, inWords);
    expect(await evaluateWorld(folder, 'decisions.ndjson')).toEqual(verdict);
  });

  it('refuses files of different runs', async () => {
    writeFileSync(join(folder, 'decisions.ndjson'), '{"event_id":"other","risk":0,"outcome":"allow"}\n');
    await expect(evaluateWorld(folder, 'decisions.ndjson')).rejects.toThrow('different runs');
  });
});
