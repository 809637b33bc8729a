import { useEffect, useState } from 'preact/hooks';
import type { EntityAnswer, ReasonView } from '../../../../schemas/api.ts';
import type { ExplainedReason, ScoreExplainAnswer } from '../../../../schemas/api-explain.ts';
import { decibels } from '../format.ts';
import { useApi } from '../use-api.ts';
import { Time } from './basics.tsx';
import { Owasp } from './risk-list.tsx';

/** A derivation costs the service most of a second: an open page asks for it this often at most. */
const AGAIN_S = 30;

/** Why an entity is risky, the loudest reason first: as published at once, then with what is usual and what would be allowed. */
export function Reasons(props: { answer: EntityAnswer }) {
  const { entity } = props.answer;
  if (entity.reasons.length === 0) {
    return (
      <p class="empty">
        {entity.held === 'none'
          ? 'Nothing about it is unusual now.'
          : 'Its evidence has aged out, but refused attempts go on.'}
      </p>
    );
  }
  return <Explained answer={props.answer} />;
}

function Explained(props: { answer: EntityAnswer }) {
  const { entity } = props.answer;
  const at = useNowAndThen(entity.step);
  const query = new URLSearchParams({ entity: `${entity.kind}:${entity.id}`, scope: entity.scope, at });
  const { data, error } = useApi<ScoreExplainAnswer>(`/api/v1/score-explain?${query}`, null, true);
  const loudest = Math.max(...entity.reasons.map((reason) => reason.part_db), 1);
  return (
    <>
      <ol class="reasons">
        {entity.reasons.map((reason) => (
          <Reason
            key={reason.feature}
            reason={reason}
            loudest={loudest}
            more={data?.reasons.find(({ feature }) => feature === reason.feature.split(':')[0])}
            waiting={data === null && error === ''}
          />
        ))}
      </ol>
      <details class="joins">
        <summary>What a request meets of it</summary>
        <ul>
          {(data?.joins ?? []).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        <p>
          From raw counts to decibels: <code>bonafide score-explain {entity.kind}:…</code>, or{' '}
          <a href={`/api/v1/score-explain?${query}`}>as JSON</a>.
        </p>
      </details>
    </>
  );
}

function Reason(props: { reason: ReasonView; loudest: number; more: ExplainedReason | undefined; waiting: boolean }) {
  const { reason, more } = props;
  return (
    <li>
      <div class="reason-text">
        <p>
          {more?.shows ?? reason.sentence} <Owasp id={reason.owasp} />
          {more?.since == null ? null : (
            <span class="quiet">
              {' '}
              Without a pause since <Time at={more.since} />.
            </span>
          )}
        </p>
        <p class="quiet reason-more">
          {more === undefined ? (props.waiting ? 'Reading what is usual…' : '') : `${more.usual} ${more.allows}`}
        </p>
      </div>
      <span class="part">
        <span class="part-track">
          <span class="part-fill" style={{ width: `${(100 * reason.part_db) / props.loudest}%` }} />
        </span>
        <span class="quiet">{decibels(reason.part_db)} alone, before calibration</span>
      </span>
    </li>
  );
}

/** The step that is explained: the newest one, but not another one every few seconds. */
function useNowAndThen(step: string): string {
  const [at, setAt] = useState(step);
  useEffect(() => {
    if (Math.abs(Date.parse(step) - Date.parse(at)) >= AGAIN_S * 1000) setAt(step);
  }, [step, at]);
  return at;
}
