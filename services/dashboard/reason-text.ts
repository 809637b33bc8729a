import type { ReasonView } from '../../schemas/api.ts';
import { featureText } from '../../shared/feature-text.ts';

/** A reason of the risk tables in words; its feature is written `<name>:<window>`. */
export function reasonView(reason: { feature: string; value: number; usual: number; part: number }): ReasonView {
  const text = featureText(reason.feature);
  return {
    feature: reason.feature,
    title: text.title,
    unit: text.unit,
    window: reason.feature.split(':')[1] ?? '',
    owasp: text.owasp,
    sentence: capital(text.sentence(reason.value, reason.usual)),
    value: reason.value,
    usual: reason.usual,
    part_db: reason.part,
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
