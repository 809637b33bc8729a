import type { CohortView, MeasuredView } from '../../../../schemas/api-attestation.ts';
import { count, percent } from '../format.ts';
import { TableFrame, Time } from './basics.tsx';
import { LogText } from './log-text.tsx';

const STATES: Readonly<Record<CohortView['state'], { words: string; mark: 'ok' | 'degraded' | 'stopped' }>> = {
  learning: { words: 'learning', mark: 'ok' },
  normal: { words: 'works', mark: 'ok' },
  outage: { words: 'outage', mark: 'degraded' },
  attack: { words: 'attack', mark: 'stopped' },
  exhausted: { words: 'outage, no longer relaxed', mark: 'stopped' },
};

/** Each issuer on each platform, now. */
export function Cohorts(props: { cohorts: readonly CohortView[] }) {
  if (props.cohorts.length === 0) {
    return (
      <p class="empty">
        No caller with a genuine history has called lately. A caller has one from a day after its first genuine token.
      </p>
    );
  }
  return (
    <TableFrame label="Issuers on platforms, the last five minutes">
      <table>
        <thead>
          <tr>
            <th scope="col">Issuer</th>
            <th scope="col">Platform</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Failing
            </th>
            <th scope="col">Since</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {props.cohorts.map((cohort) => (
            <tr key={`${cohort.scope} ${cohort.platform} ${cohort.issuer}`}>
              <th scope="row">
                <LogText text={cohort.issuer} most={40} empty="not named" />
              </th>
              <td>
                <LogText text={cohort.platform} most={40} empty="not named" />
                {cohort.scope === 'default' ? null : <span class="quiet"> {cohort.scope}</span>}
              </td>
              <td>
                <span class={`badge state-${STATES[cohort.state].mark}`}>{STATES[cohort.state].words}</span>
              </td>
              <td class="number">
                {count(cohort.failing)} of {count(cohort.callers)}
              </td>
              <td>
                <Time at={cohort.since} />
              </td>
              <td class="wide">
                {cohort.detail === '' ? <span class="quiet">nothing unusual</span> : cohort.detail}
                {cohort.relaxed_until === null ? null : (
                  <span class="quiet">
                    {' '}
                    Relaxed until <Time at={cohort.relaxed_until} /> at most.
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

/** P(status | genuine caller) with its interval. */
export function Measured(props: { rows: readonly MeasuredView[]; days: number }) {
  if (props.rows.length === 0) {
    return (
      <p class="empty">
        Nothing to measure yet: a caller counts in an hour when it showed a genuine token in another hour of the days
        around.
      </p>
    );
  }
  return (
    <TableFrame label={`What genuine callers show, the last ${props.days} days`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Issuer</th>
            <th scope="col">Platform</th>
            <th scope="col" class="number">
              Caller-hours
            </th>
            {props.rows[0]?.statuses.map(({ status }) => (
              <th key={status} scope="col" class="number">
                {status}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={`${row.scope} ${row.platform} ${row.issuer}`}>
              <th scope="row">
                <LogText text={row.issuer} most={40} empty="not named" />
              </th>
              <td>
                <LogText text={row.platform} most={40} empty="not named" />
                {row.scope === 'default' ? null : <span class="quiet"> {row.scope}</span>}
              </td>
              <td class="number">{count(row.caller_hours)}</td>
              {row.statuses.map(({ status, share, low, high, caller_hours }) => (
                <td key={status} class="number" title={`${count(caller_hours)} caller-hours`}>
                  <b>{percent(share)}</b>
                  <br />
                  <span class="quiet">
                    {percent(low)} to {percent(high)}
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
