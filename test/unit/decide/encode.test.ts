import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Decision } from '../../../schemas/decision.ts';
import { ATTESTATION_STATUSES, ENTITY_KINDS, OUTCOMES } from '../../../schemas/event.ts';
import { ATTESTATION_CODES } from '../../../schemas/reasons.ts';
import { encodeDecision } from '../../../services/decide/gateways/encode.ts';

const text = fc.string({ unit: 'binary', maxLength: 30 });
const caller = fc.record({ user: text, session: text, device: text, api_client: text }, { requiredKeys: [] });
const decision: fc.Arbitrary<Decision> = fc.record({
  decision: fc.boolean(),
  context: fc.record(
    {
      id: text,
      outcome: fc.constantFrom(...OUTCOMES),
      risk: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((risk) => risk + 0),
      entity: fc.option(fc.record({ kind: fc.constantFrom(...ENTITY_KINDS), id: text })),
      reasons: fc.array(
        fc.record({
          code: text,
          entity: fc.option(text),
          evidence: text,
          risk: fc.double({ min: 0, max: 99, noNaN: true }),
        }),
        { maxLength: 5 },
      ),
      attestation: fc.record({
        status: fc.constantFrom(...ATTESTATION_STATUSES, null),
        code: fc.constantFrom(...ATTESTATION_CODES),
        issuer: fc.option(text),
      }),
      policy: fc.nat(),
      mode: fc.constantFrom('shadow' as const, 'enforce' as const),
      calibration: fc.constantFrom('genuine' as const, 'population' as const, 'shipped' as const),
      snapshot_age_ms: fc.nat(),
      ttl_ms: fc.nat(),
      caller,
      challenge: fc.oneof(
        fc.constant({ result: 'met' as const }),
        fc.record({ result: fc.constant('unmet' as const), nonce: text, expires_in_s: fc.nat() }),
      ),
    },
    {
      requiredKeys: [
        'id',
        'outcome',
        'risk',
        'entity',
        'reasons',
        'attestation',
        'policy',
        'mode',
        'calibration',
        'snapshot_age_ms',
        'ttl_ms',
      ],
    },
  ),
});

it('a decision is written exactly as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(decision, (value) => {
      expect(encodeDecision(value)).toBe(JSON.stringify(value));
    }),
  );
});
