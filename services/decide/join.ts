import type { Attestation } from '../../schemas/decision.ts';
import type { Outcome } from '../../schemas/event.ts';
import type { PolicySignal } from '../../schemas/integrity.ts';
import type { RouteSettings } from '../../shared/policy-routes.ts';

/**
 * The table of docs/operators.md ("Policy"): what the route's rule says of this request's attestation.
 * `allow` leaves it to risk, because the most severe of rule, limit and risk wins.
 */
export function ruleOutcome(status: Attestation['status'], route: RouteSettings): Outcome {
  if (route.attestation === 'off') return 'allow';
  const require = route.attestation === 'require';
  switch (status) {
    case 'genuine':
      return 'allow';
    case 'failed':
      return require ? route.onFailed : 'challenge';
    case 'expired':
      return require ? 'challenge' : 'allow';
    case 'missing':
      return require ? route.onMissing : 'allow';
    case 'none':
    case null:
      return require ? (route.onNone ?? 'allow') : 'allow';
  }
}

/** What the route says of a device that its own verified token reports something about. */
export const signalOutcome = (signal: PolicySignal, route: RouteSettings): Outcome =>
  route.attestation === 'off' ? 'allow' : (route.onSignals[signal] ?? 'allow');
