import { useMemo } from 'preact/hooks';
import type { HealthAnswer } from '../../../../schemas/api.ts';
import { age, count, duration, plural, short } from '../format.ts';
import type { LiveState } from '../live.ts';
import { Facts, Fault, Section, TableFrame, Time, Waiting } from '../parts/basics.tsx';
import { Calibration } from '../parts/calibration.tsx';
import { Chart } from '../parts/chart.tsx';
import { DeadLetters } from '../parts/dead-letters.tsx';
import { LogText } from '../parts/log-text.tsx';
import { useApi } from '../use-api.ts';

/** Does everything arrive, how old is what decisions rest on, and what could not be read. */
export function IngestPage(props: { live: LiveState }) {
  const health = useApi<HealthAnswer>('/api/v1/health', 5000);
  const { data } = health;
  return (
    <>
      <header class="answer">
        <h1>
          {data !== null
            ? verdict(data)
            : health.error === ''
              ? 'Reading the state of every part…'
              : 'The state cannot be read now.'}
        </h1>
        <p>{data === null ? ' ' : freshnessSentence(data)}</p>
      </header>
      {health.error === '' ? null : <Fault text={health.error} retry={health.reload} />}
      {data === null ? (
        <Waiting height={420} text={health.error === '' ? 'Reading…' : ''} />
      ) : (
        <>
          <IngestFacts health={data} live={props.live} />
          <Section title="Records by minute of arrival">
            <Arrivals health={data} />
          </Section>
          <Section title="Dead letters">
            <DeadLetters />
          </Section>
          <Section title="What decibels rest on">
            <Calibration rows={data.calibration} />
          </Section>
          <Section title="Parts and sources">
            <Parts health={data} />
          </Section>
        </>
      )}
    </>
  );
}

function verdict(health: HealthAnswer): string {
  const bad = health.parts.filter((part) => part.state !== 'ok');
  if (bad.length === 0) return 'Everything works.';
  const stopped = bad.filter((part) => part.state === 'stopped');
  const names = (stopped.length > 0 ? stopped : bad).map((part) => part.part).join(', ');
  return stopped.length > 0 ? `Stopped: ${names}.` : `Working, but degraded: ${names}.`;
}

function freshnessSentence(health: HealthAnswer): string {
  const { freshness } = health;
  if (freshness.last_event === null) return 'No event has arrived yet.';
  const waits =
    freshness.lag_messages === null || freshness.lag_messages === 0
      ? 'Nothing waits'
      : `${plural(freshness.lag_messages, 'message')} ${freshness.lag_messages === 1 ? 'waits' : 'wait'} in Kafka`;
  const delay =
    freshness.delay_p50_s === null
      ? ''
      : `; half of the records were stored within ${duration(Math.max(0, freshness.delay_p50_s))} of their own time, 95 % within ${duration(Math.max(0, freshness.delay_p95_s ?? 0))}`;
  return `${waits}${delay}.`;
}

function IngestFacts(props: { health: HealthAnswer; live: LiveState }) {
  const fresh = props.live.tick?.freshness ?? props.health.freshness;
  const { scoring } = props.health;
  return (
    <Facts
      items={[
        {
          label: 'Stored',
          value: `${fresh.rate_per_s < 10 ? fresh.rate_per_s.toFixed(1) : short(fresh.rate_per_s)} /s`,
          note: 'over the last minute',
        },
        {
          label: 'Waiting in Kafka',
          value: fresh.lag_messages === null ? 'not used' : count(fresh.lag_messages),
          note:
            fresh.caught_up === null
              ? 'records come over HTTP or from files'
              : fresh.caught_up
                ? 'caught up'
                : 'catching up',
        },
        { label: 'Newest event', value: <Time at={fresh.last_event} none="none" />, note: 'its own time' },
        {
          label: 'Newest snapshot',
          value: fresh.snapshot_age_ms === null ? 'none yet' : age(fresh.snapshot_age_ms),
          note:
            scoring.elapsed_ms === null
              ? 'nothing was scored'
              : `step took ${duration(scoring.elapsed_ms / 1000)}, changed ${count(scoring.changed ?? 0)}`,
        },
        { label: 'Dead letters, 24 h', value: count(fresh.dead_letters), note: 'not sent again' },
      ]}
    />
  );
}

function Arrivals(props: { health: HealthAnswer }) {
  const { arrivals } = props.health;
  const times = useMemo(() => arrivals.map((point) => Date.parse(point.time) / 1000), [arrivals]);
  const series = useMemo(
    () => [
      { label: 'stored', color: '--allow', values: arrivals.map((p) => p.stored) },
      { label: 'dead letters', color: '--block', values: arrivals.map((p) => p.dead_letters) },
    ],
    [arrivals],
  );
  return (
    <Chart
      title="Records stored and dead letters by minute, the last hour"
      times={times}
      series={series}
      form="stack"
      unit="records per minute"
      height={180}
    />
  );
}

function Parts(props: { health: HealthAnswer }) {
  const { parts, sources } = props.health;
  return (
    <div class="two">
      <TableFrame label="Parts">
        <table>
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">State</th>
              <th scope="col">What it says</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.part}>
                <th scope="row">{part.part}</th>
                <td>
                  <span class={`badge state-${part.state}`}>{part.state}</span>
                </td>
                <td class="wide">
                  <LogText text={part.detail} most={160} empty="all is well" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      <TableFrame label="Sources of the last 24 hours">
        <table>
          <thead>
            <tr>
              <th scope="col">Source, last 24 h</th>
              <th scope="col" class="number">
                Records
              </th>
              <th scope="col">Newest event</th>
            </tr>
          </thead>
          <tbody>
            {sources.length === 0 ? (
              <tr>
                <td colSpan={3} class="quiet">
                  Nothing arrived in the last 24 hours.
                </td>
              </tr>
            ) : null}
            {sources.map((source) => (
              <tr key={source.source}>
                <th scope="row">
                  <LogText text={source.source} most={40} />
                </th>
                <td class="number">{count(source.stored)}</td>
                <td>
                  <Time at={source.last_event} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </div>
  );
}
