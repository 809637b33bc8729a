import type { Attestation } from '../../schemas/decision.ts';
import type { Outcome } from '../../schemas/event.ts';

/** An attestation of a status, with a usual cause. */
export const attest = (status: Attestation['status']): Attestation => ({
  status,
  code:
    status === null
      ? 'not_observed'
      : status === 'genuine'
        ? 'ok'
        : status === 'failed'
          ? 'signature_invalid'
          : 'no_token',
  issuer: null,
});

// Rule × risk, every cell: what the route says, what the request shows, and the outcome at 0, 35 and 45 dB of the
// user's behaviour. Evidence of the request itself (failed 20, expired 2, missing 5) is added to the score.
export const TABLE: [mode: 'require' | 'observe' | 'off', status: Attestation['status'], Outcome, Outcome, Outcome][] =
  [
    ['require', 'genuine', 'allow', 'challenge', 'block'],
    ['require', 'failed', 'block', 'block', 'block'],
    ['require', 'expired', 'challenge', 'challenge', 'block'],
    ['require', 'missing', 'challenge', 'block', 'block'],
    ['require', 'none', 'allow', 'challenge', 'block'],
    ['require', null, 'allow', 'challenge', 'block'],
    ['observe', 'genuine', 'allow', 'challenge', 'block'],
    ['observe', 'failed', 'challenge', 'block', 'block'],
    ['observe', 'expired', 'allow', 'challenge', 'block'],
    ['observe', 'missing', 'allow', 'block', 'block'],
    ['observe', 'none', 'allow', 'challenge', 'block'],
    ['observe', null, 'allow', 'challenge', 'block'],
    ['off', 'genuine', 'allow', 'challenge', 'block'],
    ['off', 'failed', 'allow', 'block', 'block'],
    ['off', 'expired', 'allow', 'challenge', 'block'],
    ['off', 'missing', 'allow', 'block', 'block'],
    ['off', 'none', 'allow', 'challenge', 'block'],
    ['off', null, 'allow', 'challenge', 'block'],
  ];
