import { useEffect, useState } from 'preact/hooks';
import type { EventsAnswer, EventView } from '../../../../schemas/api.ts';
import { request } from '../api.ts';
import { attackWords, bytes, count } from '../format.ts';
import { Fault, Outcome, TableFrame, Time, Waiting } from './basics.tsx';
import { LogText } from './log-text.tsx';

const PAGE = 50;

/** The log lines themselves, newest first, page by page; what is shown stays while older ones are added. */
export function EventsTable(props: { kind: string; id: string; scope: string }) {
  const [events, setEvents] = useState<EventView[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const base = `/api/v1/events?${new URLSearchParams({ entity: `${props.kind}:${props.id}`, scope: props.scope, limit: String(PAGE) })}`;

  async function load(cursor: string | null): Promise<void> {
    setBusy(true);
    try {
      const page = await request<EventsAnswer>(cursor === null ? base : `${base}&cursor=${cursor}`);
      setEvents((before) => (cursor === null ? page.events : [...(before ?? []), ...page.events]));
      setNext(page.next);
      setError('');
    } catch (fault) {
      setError(fault instanceof Error ? fault.message : String(fault));
    }
    setBusy(false);
  }
  useEffect(() => {
    setEvents(null);
    load(null);
  }, [base]);

  if (error !== '') return <Fault text={error} retry={() => load(events === null ? null : next)} />;
  if (events === null) return <Waiting height={200} />;
  return (
    <>
      <TableFrame label="Raw events, newest first">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Met</th>
              <th scope="col">Request</th>
              <th scope="col" class="number">
                Status
              </th>
              <th scope="col">Address</th>
              <th scope="col">User</th>
              <th scope="col">Device</th>
              <th scope="col">Attestation</th>
              <th scope="col">Agent</th>
              <th scope="col" class="number">
                Sent
              </th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <EventRow key={event.event_id} event={event} />
            ))}
          </tbody>
        </table>
      </TableFrame>
      <div class="table-foot">
        <span class="quiet">{count(events.length)} shown</span>
        <button type="button" disabled={busy} onClick={() => load(null)}>
          Newest
        </button>
        {next === null ? null : (
          <button type="button" disabled={busy} onClick={() => load(next)}>
            {busy ? 'Reading…' : 'Older'}
          </button>
        )}
      </div>
    </>
  );
}

function EventRow(props: { event: EventView }) {
  const { event } = props;
  return (
    <tr>
      <td>
        <Time at={event.time} />
      </td>
      <td>
        <Outcome outcome={event.outcome} />
        {event.would !== '' && event.would !== 'allow' && event.outcome !== event.would ? (
          <span class="quiet"> would {event.would}</span>
        ) : null}
        {event.challenge_result === 'met' ? <span class="quiet"> met a challenge</span> : null}
      </td>
      <td class="wide">
        <span class="method">
          <LogText text={event.method} />
        </span>{' '}
        <LogText text={event.path} most={60} empty="unreadable" />
        {event.query === '' ? null : (
          <span class="quiet">
            ?<LogText text={event.query} most={24} />
          </span>
        )}
        {event.attacks.length === 0 ? null : <span class="attack">{event.attacks.map(attackWords).join(', ')}</span>}
      </td>
      <td class="number">{event.status}</td>
      <td class="mid">
        <LogText text={event.client_address} most={40} />
      </td>
      <td class="mid">
        <LogText text={event.user_id} most={28} />
      </td>
      <td class="mid">
        <LogText text={event.device_id} most={28} />
      </td>
      <td>
        <LogText text={event.attestation_status} most={20} />
      </td>
      <td class="wide">
        <LogText text={event.user_agent} most={48} empty="no agent" />
      </td>
      <td class="number">{bytes(event.response_size)}</td>
    </tr>
  );
}
