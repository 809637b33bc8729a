import { useState } from 'preact/hooks';
import type { DeadLettersAnswer, DeadLetterView, ResendAnswer } from '../../../../schemas/api.ts';
import { request } from '../api.ts';
import { count, plural } from '../format.ts';
import { useApi } from '../use-api.ts';
import { Fault, TableFrame, Time, Waiting } from './basics.tsx';
import { LogText } from './log-text.tsx';

const REASONS: Readonly<Record<string, string>> = {
  not_utf8: 'bytes that are not UTF-8',
  too_large: 'one record over 1 MiB',
  partial_line: 'a part of a line that a container runtime cut, without the rest',
  unknown_format: 'no format recognises the line',
  malformed: 'the format does not fit: broken JSON, a missing quote, a wrong number of columns',
  not_an_object: 'JSON, but not an object',
  missing_field: 'a required field is absent',
  invalid_field: 'a field has a wrong type or form',
  invalid_time: 'the time cannot be read',
  invalid_address: 'the client address is no IP address',
  time_in_future: 'more than 60 s ahead of the clock',
};

const keyOf = (letter: DeadLetterView) =>
  `${letter.source}/${letter.partition}/${letter.offset}/${letter.element ?? 0}`;

/** Records that could not be read: why, their beginning, and a way to send them again after a fix. */
export function DeadLetters() {
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
      <TableFrame label="Dead letters, newest first" bounded>
        <table class="stacks">
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
                <td data-label="Received">
                  <Time at={letter.received_at} />
                </td>
                <td class="wide" data-label="Reason">
                  <b>{letter.reason.replaceAll('_', ' ')}</b>
                  <br />
                  <span class="quiet">
                    {letter.detail === '' ? (REASONS[letter.reason] ?? '') : <LogText text={letter.detail} most={80} />}
                  </span>
                </td>
                <td class="wide" data-label="Sample">
                  <code>
                    <LogText text={letter.sample} most={90} empty="empty" />
                  </code>
                </td>
                <td data-label="Source">
                  <LogText text={letter.source} most={32} />
                  <br />
                  <span class="quiet">
                    partition {letter.partition}, offset {letter.offset}
                    {letter.element === undefined || letter.element === 0 ? '' : `, element ${letter.element}`}
                  </span>
                </td>
                <td data-label="Again">
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
