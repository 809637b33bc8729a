import type { FalsePositiveView, WeightView } from '../../../../schemas/api-attestation.ts';
import { count, decibels, percent, precisely } from '../format.ts';
import { TableFrame } from './basics.tsx';
import { LogText } from './log-text.tsx';

/** What a failed, expired or missing token adds to the score of its request, and why. */
export function Weights(props: { rows: readonly WeightView[] }) {
  if (props.rows.length === 0) {
    return <p class="empty">Nothing was scored yet: what is shipped holds.</p>;
  }
  return (
    <TableFrame label="What a status weighs">
      <table>
        <thead>
          <tr>
            <th scope="col">Issuer</th>
            <th scope="col">Platform</th>
            <th scope="col" class="number">
              Measured on
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
                <LogText text={row.issuer} most={40} empty="any" />
              </th>
              <td>
                <LogText text={row.platform} most={40} empty="any" />
                {row.scope === 'default' || row.scope === '' ? null : <span class="quiet"> of {row.scope}</span>}
              </td>
              <td class="number">{row.scope === '' ? 'shipped' : count(row.caller_hours)}</td>
              {row.statuses.map(({ status, genuine, bad, decibels: db }) => (
                <td key={status} class="number">
                  <b>{decibels(db)}</b>
                  <br />
                  <span class="quiet">
                    {percent(bad)} to {percent(genuine)}
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

/** The realised false-positive share beside its budget, with attestation and without. */
export function FalsePositives(props: { rows: readonly FalsePositiveView[]; days: number }) {
  if (props.rows.length === 0) {
    return <p class="empty">No hour of a genuine caller that is kept for measuring yet.</p>;
  }
  return (
    <TableFrame label={`What genuine callers pay, the last ${props.days} days`}>
      <table>
        <thead>
          <tr>
            <th scope="col">API</th>
            <th scope="col">Line</th>
            <th scope="col" class="number">
              Caller-hours
            </th>
            <th scope="col" class="number">
              Budget
            </th>
            <th scope="col" class="number">
              With attestation
            </th>
            <th scope="col" class="number">
              Without
            </th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={`${row.scope} ${row.outcome}`}>
              <th scope="row">{row.scope}</th>
              <td>{row.outcome}</td>
              <td class="number">{count(row.caller_hours)}</td>
              <td class="number">{share(row.budget)}</td>
              {[row.with_attestation, row.without_attestation].map((realised, i) => (
                <td
                  key={i === 0 ? 'with' : 'without'}
                  class="number"
                  title={`${count(realised.caller_hours)} caller-hours`}
                >
                  <b>{share(realised.share)}</b>
                  <br />
                  <span class="quiet">
                    {share(realised.low)} to {share(realised.high)}
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

/** Budgets are small: two more digits than elsewhere. */
const share = (value: number) => precisely(value, 2);
