import type { EntityView, LinesView, ReasonView } from '../../../../schemas/api.ts';
import { count } from '../format.ts';
import { EntityLink, RiskMeter, Time } from './basics.tsx';

/** The OWASP API Security Top 10 (2023) entry that a reason speaks of. */
export function Owasp(props: { id: string }) {
  return props.id === '' ? null : (
    <abbr class="owasp" title="OWASP API Security Top 10">
      {props.id}
    </abbr>
  );
}

export function Why(props: { reasons: readonly ReasonView[]; held: string }) {
  const [first, ...rest] = props.reasons;
  if (first === undefined) {
    return (
      <span class="quiet">
        {props.held === 'none' ? 'no single reason' : 'refused attempts go on, so the refusal is held'}
      </span>
    );
  }
  return (
    <span>
      {first.sentence} <Owasp id={first.owasp} />
      {rest.length === 0 ? null : <span class="quiet"> and {rest.length} more</span>}
    </span>
  );
}

/** Who is risky and why, the riskiest first. Columns on a desk, cards on a phone. */
export function RiskList(props: { entities: readonly EntityView[]; lines: LinesView }) {
  return (
    <div class="risk-list">
      <div class="risk-head" aria-hidden="true">
        <span>Risk</span>
        <span>Who</span>
        <span>Why</span>
        <span class="number">Requests, 1 h</span>
        <span class="number">Refused, 1 h</span>
        <span class="number">Last scored</span>
      </div>
      <ol>
        {props.entities.map((entity) => (
          <li key={`${entity.scope} ${entity.kind} ${entity.id}`} class="risk-row">
            <RiskMeter risk={entity.risk_db} over={entity.over} lines={props.lines} />
            <EntityLink kind={entity.kind} id={entity.id} scope={entity.scope} most={40} />
            <span class="why">
              <Why reasons={entity.reasons} held={entity.held} />
            </span>
            <span class="number" data-label="requests, 1 h">
              {count(entity.requests_1h)}
            </span>
            <span class="number" data-label="refused, 1 h">
              {count(entity.refused_1h)}
            </span>
            <span class="number" data-label="last scored">
              <Time at={entity.step} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
