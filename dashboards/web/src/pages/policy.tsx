import type { ComponentChildren } from 'preact';
import type { PolicyAnswer, PolicyVersionsAnswer } from '../../../../schemas/api.ts';
import { decibels, oneIn, precisely } from '../format.ts';
import { Facts, Fault, Section, TableFrame, Time, Waiting } from '../parts/basics.tsx';
import { LogText } from '../parts/log-text.tsx';
import { useApi } from '../use-api.ts';

type Policy = PolicyAnswer['policy'];

const line = (budget: number) => decibels(-10 * Math.log10(budget), 0);
const percent = (share: number) => precisely(share, 3);

/** The version in force and those before it; changed by the command line or the API, not here. */
export function PolicyPage() {
  const current = useApi<PolicyAnswer>('/api/v1/policy', 30_000);
  const versions = useApi<PolicyVersionsAnswer>('/api/v1/policy/versions', 30_000);
  return (
    <>
      <header class="answer">
        <h1>
          {current.data !== null
            ? sentence(current.data.policy)
            : current.error === ''
              ? 'Reading the policy…'
              : 'The policy cannot be read now.'}
        </h1>
        <p>
          {current.data === null ? (
            ' '
          ) : (
            <>
              Version {current.data.version} is in force. Try a change with{' '}
              <code>bonafide backtest LOG --policy FILE</code>, apply it with <code>bonafide policy apply FILE</code>.
            </>
          )}
        </p>
      </header>
      {current.error === '' ? null : <Fault text={current.error} retry={current.reload} />}
      {current.data === null ? (
        <Waiting height={420} text={current.error === '' ? 'Reading…' : ''} />
      ) : (
        <>
          <InForce policy={current.data.policy} />
          <Section title="History">
            {versions.error === '' ? null : <Fault text={versions.error} retry={versions.reload} />}
            {versions.data === null ? <Waiting height={100} /> : <History versions={versions.data.versions} />}
          </Section>
        </>
      )}
    </>
  );
}

function sentence(policy: Policy): string {
  return policy.mode === 'shadow'
    ? 'Shadow mode: decisions are logged, nobody is refused.'
    : `Enforcing${policy.rollout < 1 ? ` for ${percent(policy.rollout)} of callers` : ''}: the budget is ${percent(policy.budgets.challenge)} of genuine caller-hours challenged, ${percent(policy.budgets.block)} blocked.`;
}

function InForce(props: { policy: Policy }) {
  const { policy } = props;
  return (
    <>
      <Facts
        items={[
          {
            label: 'Challenge line',
            value: line(policy.budgets.challenge),
            note: `${oneIn(-10 * Math.log10(policy.budgets.challenge))} genuine caller-hours`,
          },
          {
            label: 'Block line',
            value: line(policy.budgets.block),
            note: `${oneIn(-10 * Math.log10(policy.budgets.block))} genuine caller-hours`,
          },
          {
            label: 'Holdout',
            value: percent(policy.holdout),
            note: 'genuine callers never refused on behaviour below 60 dB',
          },
          { label: 'Snapshot too old', value: `after ${policy.max_snapshot_age}`, note: `then ${policy.on_stale}` },
        ]}
      />
      <Section title="Attestation">
        <dl class="pairs">
          <Pair name="Tokens are">
            {policy.attestation === 'require'
              ? 'required'
              : policy.attestation === 'observe'
                ? 'observed'
                : 'not looked at'}
          </Pair>
          <Pair name="A token that does not verify, where required">{policy.on_failed_attestation}</Pair>
          <Pair name="No token from a client that can attest, where required">{policy.on_missing_attestation}</Pair>
          <Pair name="No token from a client that cannot attest, where required">
            {policy.on_no_attestation ?? 'by risk'}
          </Pair>
          <Pair name="Behaviour alone may block before calibration is genuine">
            {policy.trust_uncalibrated ? 'yes' : 'no, it challenges'}
          </Pair>
        </dl>
      </Section>
      <Rows
        title="Routes"
        none="No route differs from the top level."
        head={['Match', 'Mode', 'Attestation', 'Lines', 'Answers']}
        wide={['Match']}
        rows={policy.routes.map((route) => [
          <LogText
            key="match"
            text={[
              route.match.method ?? 'any method',
              route.match.host,
              route.match.path,
              route.match.api_client === undefined ? undefined : `client ${route.match.api_client}`,
            ]
              .filter(Boolean)
              .join(' ')}
            most={120}
          />,
          route.mode ?? INHERITED,
          [route.attestation ?? INHERITED, route.one_time === true ? ', each token once' : null],
          linesOf(route.budgets) || INHERITED,
          answersOf(route, route.on_stale) || INHERITED,
        ])}
      />
      <Rows
        title="Overrides"
        none="No override."
        head={['Entity', 'Scope', 'Answer', 'Until', 'Why']}
        wide={['Entity', 'Why']}
        rows={policy.overrides.map((override) => [
          [
            <span key="kind" class="kind">
              {override.entity.kind}
            </span>,
            ' ',
            <LogText key="id" text={override.entity.id} most={60} />,
          ],
          override.scope ?? 'all',
          <Outcome key="outcome" outcome={override.outcome} />,
          [
            <Time key="until" at={new Date(override.until).toISOString()} />,
            Date.parse(override.until) < Date.now() ? (
              <span key="ended" class="quiet">
                {' '}
                ended
              </span>
            ) : null,
          ],
          <LogText key="reason" text={override.reason} most={120} />,
        ])}
      />
      <Rows
        title="Limits"
        none="No limit."
        head={['Name', 'Match', 'Rate', 'By', 'Beyond it']}
        wide={['Match']}
        rows={policy.limits.map((limit) => [
          limit.name,
          <LogText
            key="match"
            text={[limit.match.method ?? '', limit.match.host ?? '', limit.match.path ?? ''].filter(Boolean).join(' ')}
            most={120}
            empty="everything"
          />,
          `${limit.rate}, burst ${limit.burst}`,
          limit.by,
          <Outcome key="outcome" outcome={limit.outcome} />,
        ])}
      />
      <Rows
        title="Clients"
        none="No client is named: none is expected to attest."
        head={['Match', 'Platform', 'Can attest', 'Issuer', 'Attestation', 'Answers']}
        wide={['Match']}
        rows={policy.clients.map((client) => [
          <LogText
            key="match"
            text={[client.match.api_client, client.match.user_agent, client.match.host].filter(Boolean).join(' · ')}
            most={120}
            empty="everything"
          />,
          client.platform ?? (
            <span key="none" class="quiet">
              none
            </span>
          ),
          client.can_attest ? 'yes' : 'no',
          client.issuer ?? (
            <span key="any" class="quiet">
              any
            </span>
          ),
          client.attestation ?? INHERITED,
          answersOf(client) || INHERITED,
        ])}
      />
    </>
  );
}

/** What a route or a client says for itself of each case; `''`: nothing. */
function answersOf(
  of: Omit<Policy['clients'][number], 'match' | 'can_attest'>,
  stale?: Policy['on_stale'] | undefined,
): string {
  return [
    ['failed', of.on_failed_attestation],
    ['missing', of.on_missing_attestation],
    ['none', of.on_no_attestation],
    ['identity', of.on_failed_identity],
    ['revoked', of.on_revoked],
    ...Object.entries(of.on_signals ?? {}),
    ['stale', stale],
  ]
    .filter(([, outcome]) => outcome !== undefined)
    .map(([name, outcome]) => `${name}: ${outcome}`)
    .join(', ');
}

/** The lines of a route; `''`: those of the top level. */
function linesOf(budgets: Policy['routes'][number]['budgets']): string {
  return [
    budgets?.challenge === undefined ? '' : `challenge ${line(budgets.challenge)}`,
    budgets?.block === undefined ? '' : `block ${line(budgets.block)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

const INHERITED = (
  <span key="inherited" class="quiet">
    as above
  </span>
);

const Outcome = (props: { outcome: string }) => <span class={`badge badge-${props.outcome}`}>{props.outcome}</span>;

function Pair(props: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** A table of the policy; on a phone each row stands as a block. @param props.wide names of columns that take what room there is. */
function Rows(props: {
  title: string;
  none: string;
  head: readonly string[];
  wide: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}) {
  return (
    <Section title={props.title}>
      {props.rows.length === 0 ? (
        <p class="empty">{props.none}</p>
      ) : (
        <TableFrame label={props.title}>
          <table class="stacks">
            <thead>
              <tr>
                {props.head.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {props.rows.map((cells, i) => (
                <tr key={i}>
                  {props.head.map((name, column) => {
                    const about = { class: props.wide.includes(name) ? 'wide' : undefined, 'data-label': name };
                    return column === 0 ? (
                      <th key={name} scope="row" {...about}>
                        {cells[column]}
                      </th>
                    ) : (
                      <td key={name} {...about}>
                        {cells[column]}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </Section>
  );
}

function History(props: { versions: PolicyVersionsAnswer['versions'] }) {
  if (props.versions.length === 0) return <p class="empty">Only the default policy so far.</p>;
  return (
    <TableFrame label="Versions of the policy, newest first" bounded>
      <table class="stacks">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Applied</th>
            <th scope="col">By</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {props.versions.map((version) => (
            <tr key={version.version}>
              <th scope="row" data-label="Version">
                {version.version}
              </th>
              <td data-label="Applied">
                <Time at={version.applied_at} />
              </td>
              <td data-label="By">
                <LogText text={version.applied_by} most={40} />
              </td>
              <td class="wide" data-label="Why">
                <LogText text={version.reason} most={120} empty="no reason given" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
