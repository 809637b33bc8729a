import { useState } from 'preact/hooks';
import type { AttestationAnswer } from '../../../../schemas/api-attestation.ts';
import { percent, plural } from '../format.ts';
import { ApiKeys } from '../parts/api-keys.tsx';
import { Cohorts, Measured } from '../parts/attestation-tables.tsx';
import { FalsePositives, Weights } from '../parts/attestation-weights.tsx';
import { Choice, Fault, Section, Waiting } from '../parts/basics.tsx';
import { useApi } from '../use-api.ts';

const SPANS = [
  { value: 60, label: '1 h', words: 'the last hour' },
  { value: 1440, label: '24 h', words: 'the last 24 hours' },
  { value: 10_080, label: '7 days', words: 'the last 7 days' },
] as const;
type Span = (typeof SPANS)[number]['value'];

/** Does attestation work, what do genuine callers show, and which API keys are used by what is no genuine app. */
export function AttestationPage() {
  const [minutes, choose] = useState<Span>(1440);
  const answer = useApi<AttestationAnswer>(`/api/v1/attestation?minutes=${minutes}`, 10_000, true);
  const { data } = answer;
  const span = SPANS.find(({ value }) => value === minutes)?.words ?? '';
  return (
    <>
      <header class="answer">
        <h1>
          {data !== null
            ? verdict(data)
            : answer.error === ''
              ? 'Reading how attestation does…'
              : 'How attestation does cannot be read now.'}
        </h1>
        <p>{data === null ? ' ' : keysSentence(data, span)}</p>
      </header>
      {answer.error === '' ? null : <Fault text={answer.error} retry={answer.reload} />}
      {data === null ? (
        <Waiting height={420} text={answer.error === '' ? 'Reading…' : ''} />
      ) : (
        <>
          <Section title="Issuers and platforms now">
            <Cohorts cohorts={data.cohorts} />
          </Section>
          <Section
            title="API keys"
            aside={<Choice label="Span of time" name="span" value={minutes} options={SPANS} onChange={choose} />}
          >
            <ApiKeys answer={data} span={span} />
          </Section>
          <Section title="What genuine callers show">
            <p class="quiet">
              Share of the hours of genuine callers in which each status was seen at least once, over{' '}
              {data.measured_days} days, with its 95 % interval. Whether a caller is genuine is decided by the days
              around an hour, never by the hour itself.
            </p>
            <Measured rows={data.measured} days={data.measured_days} />
          </Section>
          <Section title="What a status weighs">
            <p class="quiet">
              What a failed, expired or missing token adds to the score of its request, before calibration: 10·log10 of
              how often bad callers show it (the policy's <code>attestation_evidence</code>) to how often genuine ones
              do. Measured anew several times on the first day, once a day (UTC) later. A failed token is taken for no
              rarer than shipped: honest phones that never verify are no genuine callers, and nothing above counts them.
            </p>
            <Weights rows={data.weights} />
          </Section>
          <Section title="What genuine callers pay">
            <p class="quiet">
              Of the hours of genuine callers that are kept for measuring, the share whose risk reached a line, over{' '}
              {data.measured_days} days, with its 95 % interval: with the evidence of attestation, and by behaviour
              alone on a curve of its own.
            </p>
            <FalsePositives rows={data.false_positives} days={data.measured_days} />
          </Section>
        </>
      )}
    </>
  );
}

function verdict({ cohorts }: AttestationAnswer): string {
  const of = (state: AttestationAnswer['cohorts'][number]['state']) => cohorts.filter((c) => c.state === state).length;
  const attacks = of('attack');
  const outages = of('outage') + of('exhausted');
  if (attacks > 0) return `${plural(attacks, 'issuer')} on a platform ${attacks === 1 ? 'is' : 'are'} under attack.`;
  if (outages > 0) return `${plural(outages, 'issuer')} on a platform ${outages === 1 ? 'has' : 'have'} an outage.`;
  if (cohorts.length === 0) return 'No issuer has been watched for a day yet, so no outage could be told.';
  return 'Attestation works.';
}

function keysSentence({ keys }: AttestationAnswer, span: string): string {
  const [worst] = keys
    .filter((key) => (key.not_genuine_share ?? 0) > 0)
    .sort((a, b) => (b.not_genuine_share ?? 0) - (a.not_genuine_share ?? 0));
  if (keys.length === 0) return `No request with a known API key arrived in ${span}.`;
  const unseen = keys.filter((key) => key.not_genuine_share === null).length;
  if (unseen === keys.length)
    return `No token that still holds was seen with any API key in ${span}: which app sent what is not known.`;
  if (worst === undefined) {
    const others = unseen === 0 ? '' : ` With ${plural(unseen, 'more key')} no token that still holds was seen.`;
    return `Whoever used ${plural(keys.length - unseen, 'API key')} in ${span} was a genuine app.${others}`;
  }
  return `At most ${percent(worst.not_genuine_share ?? 0)} of what was sent with one API key in ${span} did not come from a genuine app.`;
}
