import { describe, expect, it } from 'vitest';
import { createSummary } from '../../../services/bonafide/backtest-summary.ts';
import { policyOf } from '../../support/decision-app.ts';

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
});
