import type { EntityAnswer } from '../../../../schemas/api.ts';
import { attackWords, bytes, count, plural } from '../format.ts';
import { EntityLink, RiskMeter } from './basics.tsx';
import { LogText } from './log-text.tsx';

function Shares(props: {
  title: string;
  rows: readonly { value: string; requests: number }[];
  total: number;
  empty: string;
}) {
  return (
    <div class="shares">
      <h3>{props.title}</h3>
      {props.rows.length === 0 ? <p class="quiet">nothing</p> : null}
      <ul>
        {props.rows.map((row) => (
          <li key={row.value}>
            <span
              class="share-bar"
              style={{ width: `${props.total === 0 ? 0 : (100 * row.requests) / props.total}%` }}
              aria-hidden="true"
            />
            <span class="share-value">
              <LogText text={row.value} most={56} empty={props.empty} />
            </span>
            <span class="number">{count(row.requests)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What it did, counted. */
export function Evidence(props: { answer: EntityAnswer }) {
  const { evidence } = props.answer;
  const total = evidence.requests;
  return (
    <>
      <p class="sum">
        {plural(total, 'request')} in the span, {bytes(evidence.bytes_out)} sent back,{' '}
        {plural(evidence.objects, 'different object')}, {plural(evidence.login_subjects, 'different account name')}{' '}
        tried at sign-in.
      </p>
      <div class="share-grid">
        <Shares title="Routes" rows={evidence.routes} total={total} empty="unreadable" />
        <Shares title="Statuses" rows={evidence.statuses} total={total} empty="none" />
        <Shares title="Agents" rows={evidence.agents} total={total} empty="no agent" />
        <Shares title="Attestation" rows={evidence.attestation} total={total} empty="not observed" />
        <Shares
          title="Attacks in the request"
          rows={evidence.attacks.map((row) => ({ ...row, value: attackWords(row.value) }))}
          total={total}
          empty="none"
        />
      </div>
    </>
  );
}

/** Who shares its log lines. */
export function Related(props: { answer: EntityAnswer }) {
  const { related, policy, entity } = props.answer;
  if (related.length === 0) return <p class="empty">Nobody else appears in its log lines.</p>;
  return (
    <ul class="related">
      {related.map((other) => (
        <li key={`${other.kind} ${other.id}`}>
          <EntityLink kind={other.kind} id={other.id} scope={entity.scope} />
          <span class="quiet">{plural(other.requests, 'request')} together</span>
          <RiskMeter risk={other.risk_db} over={other.over} lines={policy} />
        </li>
      ))}
    </ul>
  );
}
