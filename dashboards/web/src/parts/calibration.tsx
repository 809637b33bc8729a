import type { CalibrationView } from '../../../../schemas/api.ts';
import { count, duration, plural } from '../format.ts';
import { LogText } from './log-text.tsx';

export const BASIS: Readonly<Record<CalibrationView['basis'], { name: string; short: string; says: string }>> = {
  genuine: {
    name: 'genuine callers',
    short: 'Genuine callers',
    says: 'Decibels are measured on attested-genuine callers: budgets hold as a share of them.',
  },
  population: {
    name: 'the population',
    short: 'Population',
    says: 'Too little attested traffic yet: decibels are measured on everybody, the loudest left out.',
  },
  shipped: {
    name: 'the shipped reference',
    short: 'Shipped reference',
    says: 'Neither attested nor enough traffic yet: decibels come with the product and promise nothing about your callers.',
  },
};

function Progress(props: { label: string; have: number; need: number; expected: string | null }) {
  const share = Math.min(1, props.have / props.need);
  return (
    <div class="progress">
      <div class="progress-words">
        <span>{props.label}</span>
        <span>
          {count(Math.min(props.have, props.need))} of {count(props.need)} caller-hours
        </span>
      </div>
      <span class="progress-track">
        <span class="progress-fill" style={{ width: `${share * 100}%` }} />
      </span>
      <span class="quiet">
        {share === 1 ? (
          'enough to flag by this line'
        ) : props.expected === null ? (
          'no genuine callers in the last 24 h to tell by'
        ) : (
          <span title={`${props.expected.slice(0, 16).replace('T', ' ')} UTC`}>
            in about {duration((Date.parse(props.expected) - Date.now()) / 1000)}, at the pace of the last 24 h
          </span>
        )}
      </span>
    </div>
  );
}

/** What decibels rest on, and the way to `genuine`. */
export function Calibration(props: { rows: readonly CalibrationView[] }) {
  return (
    <div class="calibration">
      {props.rows.map((row) => (
        <article key={`${row.scope} ${row.segment}`}>
          <h3>
            <LogText text={row.scope} />
            {row.segment === '' ? '' : ' · '}
            {row.segment === '' ? null : <LogText text={row.segment} />}
          </h3>
          <p>
            Decibels rest on <b>{BASIS[row.basis].name}</b>
            {row.units > 0 ? ` (${plural(row.units, 'caller-hour')})` : ''}. {BASIS[row.basis].says}
          </p>
          {row.segment === '' ? (
            <>
              <Progress
                label="Challenge line"
                have={row.genuine_units}
                need={row.needed.challenge}
                expected={row.expected.challenge}
              />
              <Progress
                label="Block line"
                have={row.genuine_units}
                need={row.needed.block}
                expected={row.expected.block}
              />
            </>
          ) : null}
        </article>
      ))}
    </div>
  );
}
