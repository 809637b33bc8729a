import { describe, expect, it } from 'vitest';
import type { EntityRef } from '../../../schemas/event.ts';
import type { Replayed } from '../../../services/bonafide/backtest-replay.ts';
import { createSummary } from '../../../services/bonafide/backtest-summary.ts';
import { decide } from '../../../services/decide/decide.ts';
import { factsOfRow } from '../../../services/decide/facts.ts';
import { createLimits } from '../../../services/decide/limits.ts';
import { nameOf } from '../../../shared/reason-words.ts';
import { policyOf, snapshotOf } from '../../support/decision-app.ts';
import { QUIET } from '../../support/quiet-row.ts';

/** One request that this entity made refused. */
function refused(kind: EntityRef['kind'], id: string, evidence: string): Replayed {
  const timeMs = 1_000_000;
  const decision = decide(factsOfRow(QUIET, policyOf()), snapshotOf([]), policyOf(), timeMs, createLimits());
  const reasons = [{ code: 'behaviour.requests', entity: `${kind}:${id}`, evidence, risk: 10 }];
  const context = { ...decision.context, outcome: 'challenge' as const, risk: 50, entity: { kind, id }, reasons };
  const { event_id, partition, offset } = QUIET;
  return { event_id, partition, offset, timeMs, row: QUIET, decision: { ...decision, context } };
}

const counted = { challenged: 3, blocked: 0, challenged_without: 1, blocked_without: 1 };

describe('the summary of a backtest', () => {
  it('shows the realised false-positive share with attestation and without, over all scopes, beside the budget', () => {
    const summary = createSummary(policyOf());
    summary.measured([
      { scope: 'shop', caller_hours: 1500, ...counted },
      { scope: 'pay', caller_hours: 500, ...counted },
    ]);
    const text = summary.text(1);
    expect(text).toContain(
      'of 2,000 genuine caller-hours kept for measuring 0.30 % reach the challenge line, 0.10 % without attestation (budget 0.10 %)',
    );
    expect(text).toContain('0.00 % the block line, 0.10 % without attestation (budget 0.01 %)');
    expect(summary.data().falsePositives).toEqual({
      caller_hours: 2000,
      challenged: 6,
      blocked: 0,
      challenged_without: 2,
      blocked_without: 2,
    });
  });

  it('says nothing of it where no genuine caller-hour can be measured', () => {
    const summary = createSummary(policyOf());
    summary.measured([]);
    expect(summary.text(1)).not.toContain('kept for measuring');
  });

  it('tells what came again in its own sentence, and in no other count', () => {
    const summary = createSummary(policyOf());
    summary.add(refused('ip', '203.0.113.9', ''));
    for (let i = 0; i < 3; i++) summary.again();
    const text = summary.text(1);
    expect(text).toMatch(/^1 events in/);
    expect(text).toContain(
      '3 more came again under their event_id within 24 hours: answered as the first, counted once',
    );
    expect(summary.data()).toMatchObject({
      events: 1,
      again: 3,
      outcomes: { challenge: 1 },
      timeline: [{ requests: 1 }],
    });
  });

  it.each(['anna', 'anna maria', 'j. doe', 'j. r. r. (learnt): It adds 1', 'x'.repeat(200)])(
    'shows what was seen and what is usual of user %s, whose name stands before it',
    (id) => {
      const of =
        'since 2026-11-28 06:12:08 UTC. 1 in 100 hours of genuine users peaks at 5 failed sign-ins in 10 minutes';
      const rest =
        "It adds 10.0 dB to the request's score of 40.0 before calibration. Not one would have been allowed.";
      const whyOf = (whose: string) => {
        const summary = createSummary(policyOf());
        summary.add(refused('user', id, `${whose}: 40 failed sign-ins, ${of} (learnt from 400 such hours). ${rest}`));
        return /1 {2}(\S.*)\n/.exec(summary.text(1).split('why\n')[1] ?? '')?.[1];
      };
      const seen = `40 failed sign-ins, ${of}`;
      expect(whyOf(nameOf('user', id))).toBe(seen);
      // What another one shows is told with its name.
      const others = 'All callers with this software on this route together';
      expect(whyOf(others)).toBe(`${others}: ${seen}`);
    },
  );
});
