import type { Derivation, ExplainedKind } from '../../schemas/api-explain.ts';
import type { Policy } from '../../schemas/policy.ts';
import { normaliseAddress } from '../../shared/address.ts';
import { toDecibels, toScore } from '../../shared/calibration.ts';
import type { ClickHouse } from '../../shared/clickhouse/client.ts';
import type { Clock } from '../../shared/clock.ts';
import { SCORED_KINDS } from '../../shared/kinds.ts';
import { type Pseudonymise, storedForms } from '../../shared/pseudonym.ts';
import { WINDOW_NAMES, WINDOWS, type WindowName } from '../../shared/windows.ts';
import { curveView, featuresOf, iso, linesOf, routeLines, termsOf, withAllowed } from './derivation.ts';
import { createReferences, type Reference } from './explain-reference.ts';
import {
  type Counted,
  countsOf,
  curvesAt,
  evidenceAt,
  namedSince,
  publishedUntil,
  type Sighting,
  sightings,
  type TermRow,
  termsAt,
} from './explain-rows.ts';
import { firstHour } from './progress.ts';
import { rebuildPast } from './rebuild.ts';
import { learntShare } from './reference.ts';
import { createRiskQuery } from './risk-query.ts';
import { openScratch } from './scratch.ts';
import { TERM_COLUMNS } from './terms-query.ts';

export interface ExplainerDeps {
  /** A lane of its own: a derivation takes a second. */
  clickhouse: ClickHouse;
  clock: Clock;
  /** The policy that was in force at a moment, epoch ms. */
  policyAt(ms: number): Promise<Policy>;
  pseudonymise: Pseudonymise;
  /** Pseudonyms by the key before, while it is being replaced. */
  formerly?: Pseudonymise | undefined;
}

export interface Asked {
  kind: ExplainedKind;
  /** As people know it: any address of an IPv6 /64, a name or its pseudonym. */
  id: string;
  /** `''`: the scope in which it was seen last. */
  scope: string;
  /** Epoch seconds. */
  at: number;
}

/** null: no event carried the entity. */
export type Explain = (asked: Asked) => Promise<Derivation | null>;

/** Roll-ups are kept for so long (`schemas/clickhouse/010_entity_1s_v1.sql`), seconds. */
const KEPT_S = 25 * 3600;
const HELD = ['none', 'challenge', 'block'] as const;

/**
 * How the risk of one entity at one second comes about, by the very SQL that scores, on scratch tables of its own, on
 * the reference that was in force. One derivation at a time.
 */
export function createExplainer({ clickhouse, clock, policyAt, ...pseudonyms }: ExplainerDeps): Explain {
  const query = createRiskQuery();
  const putReference = createReferences(clickhouse, clock, query);
  let last: Promise<unknown> = Promise.resolve();

  /** Under the first of the forms in which it was seen by then; while a key is replaced old rows have the old one. */
  async function seenAs(question: Asked) {
    const all = await Promise.all(
      storedIds(question, pseudonyms).map(async (id) => {
        const seen = await sightings(clickhouse, SCORED_KINDS.indexOf(question.kind) + 1, id);
        const here = question.scope === '' ? seen[0] : seen.find(({ scope }) => scope === question.scope);
        return here === undefined ? [] : [{ asked: { ...question, id }, seen, here }];
      }),
    );
    const found = all.flat();
    return found.find(({ here }) => here.first_seen <= question.at) ?? found[0] ?? null;
  }

  async function derive(question: Asked): Promise<Derivation | null> {
    const found = await seenAs(question);
    if (found === null) return null;
    const { asked, seen, here } = found;
    const origin = (await firstHour(clickhouse)) ?? asked.at;
    const scratch = openScratch(clickhouse);
    try {
      for (const statement of query.prepare) await scratch.clickhouse.run(statement);
      await scratch.clickhouse.run(`CREATE TABLE {db}.score_terms (${TERM_COLUMNS}) ENGINE = Memory`);
      const reference = await putReference(scratch.clickhouse, asked.at, origin);
      const aged = agedWindows(asked.at, here.first_seen, clock.now() / 1000);
      const past = {
        kind: SCORED_KINDS.indexOf(asked.kind) + 1,
        id: asked.id,
        scope: here.scope,
        at: asked.at,
        origin,
      };
      const incomplete = aged.length > 0 && !(await rebuildPast(scratch, past)) ? aged : [];
      const row = await termsAt(scratch.clickhouse, query, here.entity, asked.at);
      const counts = await countsOf(scratch.clickhouse, query, asked.at);
      return await assemble(asked, here, seen, { reference, row, counts, incomplete });
    } finally {
      await scratch.drop();
    }
  }

  async function assemble(
    { kind, id, at }: Asked,
    here: Sighting,
    seen: readonly Sighting[],
    found: {
      reference: Reference;
      row: TermRow | undefined;
      counts: Counted[];
      incomplete: string[];
    },
  ): Promise<Derivation> {
    const number = SCORED_KINDS.indexOf(kind) + 1;
    const { reference, row, counts } = found;
    const curves = await curvesAt(clickhouse, here.scope, at);
    const published = await publishedUntil(clickhouse, here.entity, at);
    const basis = reference.bases.get(number);
    const policy = await policyAt(at * 1000);
    const lines = linesOf(policy.budgets);
    const [whole] = curves;
    if (whole === undefined) throw new Error('a scope has a curve, shipped if no other');

    const score = row?.score ?? 0;
    const ofKind = reference.scales.find((learnt) => learnt.kind === number);
    const terms = termsOf(query.features, query.termNames, number, row, ofKind);
    const known = ofKind ?? { learnt: 0, proven: 0 };
    const parts = featuresOf(query.features, kind, known, terms);
    const room = toScore(whole.curve, lines.challenge_db) - score;
    const since = await namedSince(
      clickhouse,
      here.entity,
      at,
      parts.map(({ feature }) => feature),
    );
    const held = row?.held ?? 0;
    const line = held === 2 ? lines.block_db : held === 1 ? lines.challenge_db : 0;
    const risk = Math.max(toDecibels(whole.curve, score).decibels, line);
    return {
      scope: here.scope,
      kind,
      id,
      step: iso(at),
      scopes: seen.map(({ scope }) => scope),
      first_seen: here.first_seen === 0 ? null : iso(here.first_seen),
      last_seen: here.last_seen === 0 ? null : iso(here.last_seen),
      counts,
      incomplete_windows: found.incomplete,
      reference: {
        period: iso(reference.period),
        basis: basis?.basis ?? 'genuine',
        entity_hours: basis?.entityHours ?? 0,
        weight: learntShare(basis?.entityHours ?? 0),
      },
      terms: withAllowed(query.features, kind, known.proven, terms, parts, room),
      features: parts.map((part) => {
        const from = since.get(part.feature) ?? 0;
        return { ...part, since: from === 0 ? null : iso(from) };
      }),
      score,
      held: HELD[held] ?? 'none',
      published:
        published === undefined
          ? null
          : { step: iso(published.step), score: published.score, held: HELD[published.held] ?? 'none' },
      curves: curves.map((curve) => curveView(curve, score, lines)),
      policy: { version: policy.version, mode: policy.mode, ...lines, trust_uncalibrated: policy.trust_uncalibrated },
      routes: routeLines(policy),
      evidence: await evidenceAt(clickhouse, here.scope, at),
      risk_db: risk,
      over: risk >= lines.block_db ? 'block' : risk >= lines.challenge_db ? 'challenge' : 'allow',
    };
  }

  return (asked) => {
    const answer = last.then(() => derive(asked));
    last = answer.catch(() => {});
    return answer;
  };
}

/** Windows before a second that reach further back than roll-ups are kept, for an entity that was there by then. */
function agedWindows(at: number, firstSeen: number, now: number): WindowName[] {
  return WINDOW_NAMES.filter((name) => Math.max(at - WINDOWS[name], firstSeen) < now - KEPT_S);
}

function storedIds({ kind, id }: Asked, pseudonyms: Pick<ExplainerDeps, 'pseudonymise' | 'formerly'>): string[] {
  if (kind === 'ip') return [normaliseAddress(id)?.ip ?? id];
  if (kind === 'net') return [normaliseAddress(id)?.net ?? id];
  const isPerson = kind === 'user' || kind === 'session' || kind === 'device';
  return isPerson ? storedForms(pseudonyms, kind, id) : [id];
}
