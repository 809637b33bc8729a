import type { ReasonView } from '../../schemas/api.ts';

interface RawReason {
  feature: string;
  value: number;
  usual: number;
  part: number;
}

/** A number as a person reads it: no noise digits. */
const short = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toString();

/** A reason of the risk tables in words. */
export function reasonView(reason: RawReason): ReasonView {
  const window = /_(10s|1m|10m|1h|24h)$/.exec(reason.feature)?.[1] ?? '';
  const name = reason.feature.replace(/_(10s|1m|10m|1h|24h)$/, '');
  return {
    feature: reason.feature,
    title: name.replaceAll('_', ' '),
    unit: '',
    window,
    owasp: '',
    sentence: `${name.replaceAll('_', ' ')} is ${short(reason.value)}, usual is up to ${short(reason.usual)}`,
    value: reason.value,
    usual: reason.usual,
    part_db: reason.part,
  };
}
