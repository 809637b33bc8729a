import type { AttestationAnswer } from '../../../../schemas/api-attestation.ts';
import { count, percent } from '../format.ts';
import { EntityLink, TableFrame, Time } from './basics.tsx';
import { Spark } from './spark.tsx';

const EXPIRED =
  'Their token was signed for a genuine app and is over: a phone that slept, a clock. They are in no share.';

/** Why there is no share to show. */
function NoShare({ expired }: { expired: number }) {
  return expired > 0 ? (
    <span class="quiet" title={EXPIRED}>
      only expired
    </span>
  ) : (
    <span class="quiet" title="Nobody looked at the attestation of these requests.">
      not observed
    </span>
  );
}

/** Per API key: how much of what is sent with it does not come from a genuine app. The measure of a leaked key. */
export function ApiKeys(props: { answer: AttestationAnswer; span: string }) {
  const { keys } = props.answer;
  if (keys.length === 0) {
    return <p class="empty">Keys are known by the credentials file; what is logged is their id.</p>;
  }
  return (
    <TableFrame label={`API keys in ${props.span}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">API key</th>
            <th scope="col" class="number">
              Not genuine
            </th>
            <th scope="col">Over time</th>
            <th scope="col" class="number">
              Requests
            </th>
            <th scope="col" class="number">
              Addresses
            </th>
            <th scope="col">Last not genuine</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={`${key.scope} ${key.id}`}>
              <th scope="row">
                <EntityLink kind="client" id={key.id} scope={key.scope} />
              </th>
              <td class="number">
                {key.not_genuine_share === null ? (
                  <NoShare expired={key.expired} />
                ) : (
                  <b
                    title={
                      key.genuine > 0
                        ? `${count(key.not_genuine + key.not_observed)} of ${count(key.requests - key.expired)} requests`
                        : `${count(key.not_genuine)} of ${count(key.not_genuine)} requests that were looked at`
                    }
                  >
                    {percent(key.not_genuine_share)}
                  </b>
                )}
                {key.genuine > 0 && key.not_observed > 0 ? (
                  <span
                    class="quiet"
                    title="Genuine apps use this key, and these requests showed no token. Name the key in the policy's clients, and they are called missing."
                  >
                    {' '}
                    {count(key.not_observed)} not observed
                  </span>
                ) : null}
                {key.not_genuine_share !== null && key.expired > 0 ? (
                  <span class="quiet" title={EXPIRED}>
                    {' '}
                    {count(key.expired)} expired
                  </span>
                ) : null}
              </td>
              <td>
                <Spark
                  values={key.series}
                  label={`Share of requests that were not genuine over ${props.span}, for the key ${key.id}`}
                />
              </td>
              <td class="number">{count(key.requests)}</td>
              <td class="number" title={`${count(key.not_genuine_addresses)} of them not genuine`}>
                {count(key.addresses)}
              </td>
              <td>
                <Time at={key.last_not_genuine} />
              </td>
              <td>
                <Time at={key.last_seen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
