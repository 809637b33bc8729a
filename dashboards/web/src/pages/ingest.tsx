import { useMemo, useState } from 'preact/hooks';
import type { DeadLettersAnswer, DeadLetterView, HealthAnswer, ResendAnswer } from '../../../../schemas/api.ts';
import { request } from '../api.ts';
import { count, duration, plural, short } from '../format.ts';
import type { LiveState } from '../live.ts';
import { Facts, Fault, Section, TableFrame, Time, Waiting } from '../parts/basics.tsx';
import { Calibration } from '../parts/calibration.tsx';
import { Chart } from '../parts/chart.tsx';
import { LogText } from '../parts/log-text.tsx';
import { useApi } from '../use-api.ts';

/** Does everything arrive, how old is what decisions rest on, and what could not be read. */
export function IngestPage(props: { live: LiveState }) {
  const health = useApi<HealthAnswer>('/api/v1/health', 5000);
  const { data } = health;
  return (
    <>
      <header class="answer">
        <h1>{data === null ? 'Reading the state of every part…' : verdict(data)}</h1>
        <p>{data === null ? ' ' : freshnessSentence(data)}</p>
      </header>
      {health.error === '' ? null : <Fault text={health.error} retry={health.reload} />}
      {data === null ? <Waiting height={78} text=" " /> : <IngestFacts health={data} live={props.live} />}
      <Section title="Records by minute of arrival">
        {data === null ? <Waiting height={228} /> : <Arrivals health={data} />}
      </Section>
      <Section title="Dead letters">
        <DeadLetters />
      </Section>
      <Section title="What decibels rest on">
        {data === null ? <Waiting height={160} /> : <Calibration rows={data.calibration} />}
      </Section>
      <Section title="Parts and sources">{data === null ? <Waiting height={120} /> : <Parts health={data} />}</Section>
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
          label: 'Snapshot age',
          value: fresh.snapshot_age_ms === null ? 'none yet' : duration(fresh.snapshot_age_ms / 1000),
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

const REASONS: Readonly<Record<string, string>> = {
  not_utf8: 'bytes that are not UTF-8',
  too_large: 'one record over 1 MiB',
  unknown_format: 'no format recognises the line',
  malformed: 'the format does not fit: broken JSON, a missing quote, a wrong number of columns',
  not_an_object: 'JSON, but not an object',
  missing_field: 'a required field is absent',
  invalid_field: 'a field has a wrong type or form',
  invalid_time: 'the time cannot be read',
  invalid_address: 'the client address is no IP address',
  time_in_future: 'more than 60 s ahead of the clock',
};

const keyOf = (letter: DeadLetterView) => `${letter.source}/${letter.partition}/${letter.offset}`;

function DeadLetters() {
  const [reason, setReason] = useState('');
  const list = useApi<DeadLettersAnswer>(
    `/api/v1/dead-letters?limit=50${reason === '' ? '' : `&reason=${encodeURIComponent(reason)}`}`,
    10_000,
  );
  const [older, setOlder] = useState<{ letters: DeadLetterView[]; next: string | null } | null>(null);
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);
  if (list.data === null)
    return list.error === '' ? <Waiting height={120} /> : <Fault text={list.error} retry={list.reload} />;
  const { data } = list;
  if (data.total === 0) return <p class="empty">Every record could be read.</p>;
  const letters = [...data.dead_letters, ...(older?.letters ?? [])];
  const next = older === null ? data.next : older.next;
  const waiting = letters.filter((letter) => letter.resent_at === null);

  async function act(work: () => Promise<string>): Promise<void> {
    setBusy(true);
    try {
      setSaid(await work());
    } catch (fault) {
      setSaid(fault instanceof Error ? fault.message : String(fault));
    }
    setBusy(false);
    list.reload();
  }
  const resend = (places: DeadLetterView[]) =>
    act(async () => {
      const answer = await request<ResendAnswer>('/api/v1/dead-letters/resend', {
        method: 'POST',
        body: { places: places.map(({ source, partition, offset }) => ({ source, partition, offset })) },
      });
      const refused =
        answer.refused.length === 0
          ? ''
          : ` ${plural(answer.refused.length, 'record was', 'records were')} refused again.`;
      return `${plural(answer.resent, 'record was', 'records were')} sent again.${refused}`;
    });
  const more = () =>
    act(async () => {
      const page = await request<DeadLettersAnswer>(
        `/api/v1/dead-letters?limit=50&cursor=${next}&reason=${encodeURIComponent(reason)}`,
      );
      setOlder({ letters: [...(older?.letters ?? []), ...page.dead_letters], next: page.next });
      return '';
    });

  return (
    <>
      <div class="filters">
        <label>
          <span>Reason</span>
          <select
            value={reason}
            onChange={(event) => {
              setReason(event.currentTarget.value);
              setOlder(null);
            }}
          >
            <option value="">all ({count(data.total)})</option>
            {data.by_reason.map((row) => (
              <option key={row.reason} value={row.reason}>
                {row.reason.replaceAll('_', ' ')} ({count(row.count)})
              </option>
            ))}
          </select>
        </label>
        {data.can_resend && waiting.length > 0 ? (
          <button type="button" disabled={busy} onClick={() => resend(waiting)}>
            Send these {count(waiting.length)} again
          </button>
        ) : null}
        <span role="status">{said}</span>
      </div>
      <TableFrame label="Dead letters, newest first">
        <table>
          <thead>
            <tr>
              <th scope="col">Received</th>
              <th scope="col">Reason</th>
              <th scope="col">Sample, redacted</th>
              <th scope="col">Source</th>
              <th scope="col">Again</th>
            </tr>
          </thead>
          <tbody>
            {letters.map((letter) => (
              <tr key={keyOf(letter)}>
                <td>
                  <Time at={letter.received_at} />
                </td>
                <td class="wide">
                  <b>{letter.reason.replaceAll('_', ' ')}</b>
                  <br />
                  <span class="quiet">
                    {letter.detail === '' ? (REASONS[letter.reason] ?? '') : <LogText text={letter.detail} most={80} />}
                  </span>
                </td>
                <td class="wide">
                  <code>
                    <LogText text={letter.sample} most={90} empty="empty" />
                  </code>
                </td>
                <td>
                  <LogText text={letter.source} most={32} />
                  <br />
                  <span class="quiet">
                    partition {letter.partition}, offset {letter.offset}
                  </span>
                </td>
                <td>
                  {letter.resent_at !== null ? (
                    <span class="quiet">
                      sent <Time at={letter.resent_at} />
                    </span>
                  ) : data.can_resend ? (
                    <button type="button" disabled={busy} onClick={() => resend([letter])}>
                      Send again
                    </button>
                  ) : (
                    <span class="quiet">waiting</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      <div class="table-foot">
        <span class="quiet">{count(letters.length)} shown</span>
        {next === null ? null : (
          <button type="button" disabled={busy} onClick={more}>
            Older
          </button>
        )}
      </div>
    </>
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
