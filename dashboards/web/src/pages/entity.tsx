import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EntityAnswer } from '../../../../schemas/api.ts';
import { count, decibels, duration, KIND_NAMES, oneIn } from '../format.ts';
import { ENTITY_KIND_LIST, type EntityKindName } from '../kinds.ts';
import { Choice, Facts, Fault, Link, Section, Time, Waiting } from '../parts/basics.tsx';
import { BASIS } from '../parts/calibration.tsx';
import { Chart } from '../parts/chart.tsx';
import { EventsTable } from '../parts/events-table.tsx';
import { Evidence, Related } from '../parts/evidence.tsx';
import { LogText } from '../parts/log-text.tsx';
import { Reasons } from '../parts/reasons.tsx';
import { entityHref, type Place } from '../router.ts';
import { useApi } from '../use-api.ts';
import { EntitiesPage } from './entities.tsx';

const SPANS = [
  { value: 15, label: '15 min' },
  { value: 60, label: '1 h' },
  { value: 360, label: '6 h' },
  { value: 1440, label: '24 h' },
] as const;
type Span = (typeof SPANS)[number]['value'];

/** One entity when the query names it, else all of them. */
export function EntityPage(props: { place: Place }) {
  const { query } = props.place;
  const kind = ENTITY_KIND_LIST.find((name) => name === query.get('kind'));
  const id = query.get('id') ?? '';
  if (kind === undefined || id === '') return <EntitiesPage />;
  return <OneEntity key={`${kind} ${id}`} kind={kind} id={id} scope={query.get('scope') ?? ''} />;
}

function OneEntity(props: { kind: EntityKindName; id: string; scope: string }) {
  const [chosen, choose] = useState<Span | null>(null);
  const [young, setYoung] = useState(false);
  const minutes = chosen ?? (young ? 15 : 60);
  // In a path the browser takes these for steps, also when they are escaped.
  const isStep = props.id === '.' || props.id === '..';
  const query = new URLSearchParams({
    minutes: String(minutes),
    ...(props.scope === '' ? {} : { scope: props.scope }),
    ...(isStep ? { id: props.id } : {}),
  });
  const answer = useApi<EntityAnswer>(
    `/api/v1/entities/${props.kind}/${isStep ? '-' : encodeURIComponent(props.id)}?${query}`,
    5000,
    true,
  );
  const { data } = answer;
  // Who came minutes ago has an hour of nothing behind: until somebody chooses, show the part that there is.
  useEffect(() => {
    if (data === null || data.first_seen === null || chosen !== null) return;
    setYoung(Date.parse(data.time) - Date.parse(data.first_seen) < 15 * 60_000);
  }, [data, chosen]);
  if (answer.missing) {
    return (
      <header class="answer">
        <h1>
          No event carried this {KIND_NAMES[props.kind].one}: <LogText text={props.id} />
        </h1>
        <p>Check the id, or it is older than what is kept.</p>
      </header>
    );
  }
  return (
    <>
      <header class="answer">
        <p class="overline">{KIND_NAMES[props.kind].one}</p>
        <h1>
          <LogText text={props.id} most={80} />
        </h1>
        {data === null ? <p> </p> : <Verdict answer={data} />}
      </header>
      {answer.error === '' ? null : <Fault text={answer.error} retry={answer.reload} />}
      {data === null ? (
        <Waiting height={420} text={answer.error === '' ? 'Reading…' : ''} />
      ) : (
        <>
          <EntityFacts answer={data} />
          <Section
            title="Risk over time"
            aside={<Choice label="Span of time" name="span" value={minutes} options={SPANS} onChange={choose} />}
          >
            <Timeline answer={data} />
          </Section>
          <Section title="Why">
            <Reasons answer={data} />
          </Section>
          <Section title="What it did">
            <Evidence answer={data} />
          </Section>
          <Section title="Seen together with">
            <Related answer={data} />
          </Section>
          <Section title="Raw events">
            <EventsTable kind={props.kind} id={props.id} scope={data.entity.scope} />
          </Section>
        </>
      )}
    </>
  );
}

function Verdict(props: { answer: EntityAnswer }) {
  const { entity, policy, basis } = props.answer;
  const where =
    entity.over === 'block'
      ? `over the block line of ${decibels(policy.block_db, 0)}`
      : entity.over === 'challenge'
        ? `over the challenge line of ${decibels(policy.challenge_db, 0)}`
        : `below the challenge line of ${decibels(policy.challenge_db, 0)}`;
  if (entity.risk_db === 0) return <p>0 dB: nothing about it stands out now.</p>;
  const population =
    basis === 'genuine'
      ? 'genuine caller-hours'
      : basis === 'population'
        ? 'caller-hours'
        : 'caller-hours of the shipped reference';
  return (
    <p>
      <b>{decibels(entity.risk_db)}</b>, {where}: {oneIn(entity.risk_db)} {population} ever peaks so high.
      {entity.over === 'allow' ? '' : ` Below ${decibels(policy.challenge_db, 0)} it would have been allowed.`}
      {entity.held === 'none' ? '' : ' Refused attempts go on, so the refusal is held.'}
      {entity.extrapolated ? ' This is beyond what the calibration resolves: an estimate, outside the promise.' : ''}
    </p>
  );
}

function EntityFacts(props: { answer: EntityAnswer }) {
  const { entity, evidence, first_seen, last_seen, basis, timeline } = props.answer;
  const others = props.answer.scopes.filter((scope) => scope !== entity.scope);
  return (
    <Facts
      items={[
        {
          label: 'Highest in the span',
          value: decibels(Math.max(...timeline.map((point) => point.risk_db))),
          note: `now ${decibels(entity.risk_db)}`,
        },
        { label: 'Requests in the span', value: count(evidence.requests), note: `${count(evidence.refused)} refused` },
        {
          label: 'First seen',
          value: <Time at={first_seen} />,
          note: (
            <>
              last seen <Time at={last_seen} />
            </>
          ),
        },
        {
          label: 'Scope',
          value: <LogText text={entity.scope} />,
          note:
            others.length === 0 ? 'the only one' : <OtherScopes kind={entity.kind} id={entity.id} scopes={others} />,
        },
        { label: 'Decibels rest on', value: BASIS[basis].short },
      ]}
    />
  );
}

/** The same id elsewhere is another entity: what it shows in one scope refuses nobody in another. */
function OtherScopes(props: { kind: EntityKindName; id: string; scopes: readonly string[] }) {
  return (
    <>
      also in{' '}
      {props.scopes.slice(0, 5).map((scope) => (
        <>
          <Link key={scope} href={entityHref(props.kind, props.id, scope)}>
            <LogText text={scope} />
          </Link>{' '}
        </>
      ))}
    </>
  );
}

function Timeline(props: { answer: EntityAnswer }) {
  const { timeline, policy, bucket_s } = props.answer;
  const times = useMemo(() => timeline.map((point) => Date.parse(point.time) / 1000), [timeline]);
  const risk = useMemo(() => [{ label: 'risk', color: '--risk', values: timeline.map((p) => p.risk_db) }], [timeline]);
  const met = useMemo(
    () => [
      { label: 'allowed', color: '--allow', values: timeline.map((p) => p.allow) },
      { label: 'challenged', color: '--challenge', values: timeline.map((p) => p.challenge) },
      { label: 'blocked', color: '--block', values: timeline.map((p) => p.block) },
    ],
    [timeline],
  );
  const lines = useMemo(
    () => [
      {
        at: policy.challenge_db,
        label: `challenge line, ${decibels(policy.challenge_db, 0)}`,
        color: '--challenge-ink',
      },
      { at: policy.block_db, label: `block line, ${decibels(policy.block_db, 0)}`, color: '--block-ink' },
    ],
    [policy.challenge_db, policy.block_db],
  );
  return (
    <>
      <Chart
        title="Risk over time, with both lines"
        times={times}
        series={risk}
        form="steps"
        unit="risk in decibels, largest of each moment"
        height={220}
        lines={lines}
        format={decibels}
      />
      <Chart
        title="Its requests over time, by what they met"
        times={times}
        series={met}
        form="stack"
        unit={`requests per ${duration(bucket_s)}`}
        height={140}
      />
    </>
  );
}
