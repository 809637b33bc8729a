import { SPANS } from '../../../services/score/features.ts';
import { GROUPS, type GroupName } from './feature-text.ts';

/**
 * Lower bounds of weights, decibels for ten decibels of height, in the last spans. Laboratory worlds have learnt what is usual
 * before most attacks begin, and other features then say the same earlier, so that a fit gives plain evidence nothing; where
 * nothing has been learnt yet it is all there is. Small against what is fitted, but for heights that no person reaches.
 */
const LEAST: readonly { group: GroupName; features: readonly string[]; bounds: readonly number[] }[] = [
  { group: 'ip', features: ['signins'], bounds: [0.4, 2.2, 10.4] },
  {
    group: 'ip',
    features: ['payloads', 'scanning', 'signin_subjects', 'signin_subjects_failed', 'not_found', 'attestation_failed'],
    bounds: [0.4, 1.3, 6.5],
  },
  { group: 'ip', features: ['objects'], bounds: [0, 1.3, 6.5] },
  { group: 'ip', features: ['requests'], bounds: [0, 0.9, 3.9] },
  {
    group: 'ip',
    features: ['denied', 'bad_requests', 'signin_failures', 'writes', 'routes'],
    bounds: [0, 0.7, 2.2],
  },
  { group: 'own', features: ['payloads', 'scanning', 'not_found', 'attestation_failed'], bounds: [0.4, 1.3, 5.2] },
  {
    group: 'own',
    features: ['signins', 'signin_subjects', 'addresses', 'denied', 'bad_requests', 'routes'],
    bounds: [0, 0.7, 2.6],
  },
  {
    group: 'own',
    features: ['requests', 'signin_failures', 'signin_subjects_failed', 'writes', 'users'],
    bounds: [0, 0.4, 1.3],
  },
];

/** The features with a lower bound. */
export const BOUNDED = LEAST.flatMap(({ features }) => features);

/** By group, span and feature the lower bound of a weight. */
export function leastWeights(features: readonly string[]): number[][][] {
  return GROUPS.map(({ name }) => {
    const of = features.map((feature) => LEAST.find((one) => one.group === name && one.features.includes(feature)));
    return SPANS.map((_, span) => of.map((one) => one?.bounds[span - SPANS.length + one.bounds.length] ?? 0));
  });
}
