import type { ReasonView } from '../../schemas/api.ts';
import type { EntityKind } from '../../schemas/event.ts';
import { heightOf, kindTerm, scaleOf, tailOf } from '../../shared/feature-terms.ts';
import { featureText } from '../../shared/feature-text.ts';
import type { PeerScales } from '../../shared/peer-scales.ts';
import { capital, ONE_IN_100_DB, showsText, usualText } from '../../shared/reason-words.ts';
import { shippedAt, valueAt } from '../../shared/scale.ts';

/** A reason of the risk tables in words; its feature is written `<name>:<window>`. */
export function reasonView(
  kind: EntityKind,
  reason: { feature: string; value: number; usual: number; part: number },
  scales: PeerScales,
): ReasonView {
  const text = featureText(reason.feature);
  return {
    feature: reason.feature,
    title: text.title,
    unit: text.unit,
    window: reason.feature.split(':')[1] ?? '',
    owasp: text.owasp,
    ...usualOf(kind, reason, scales),
    value: reason.value,
    part_db: reason.part,
  };
}

/** What 1 in 100 hours of its peers reach, on the scale in force. */
function usualOf(
  kind: EntityKind,
  { feature, value, usual }: { feature: string; value: number; usual: number },
  scales: PeerScales,
): Pick<ReasonView, 'sentence' | 'usual'> {
  const term = kindTerm(feature, kind);
  // Of a feature that this version does not have, no more is known.
  if (term === undefined) return { sentence: capital(featureText(feature).sentence(value, usual)), usual };
  const learnt = scales.get(kind);
  const scale = scaleOf(learnt, feature);
  const tail = tailOf(term, usual);
  const placed = { kind, term: feature, value, tail, scale, height: heightOf(tail, scale, value) };
  const reached = valueAt(tail, shippedAt(scale, ONE_IN_100_DB));
  return {
    sentence: `${capital(showsText(placed))}. ${usualText(placed, learnt ?? null)}`,
    usual: reached ?? (tail.kind === 'share' ? tail.whole : usual),
  };
}
