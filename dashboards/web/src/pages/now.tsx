import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EntitiesAnswer, OverviewAnswer } from '../../../../schemas/api.ts';
import { age, count, duration, headline, plural, short, subline } from '../format.ts';
import type { LiveState } from '../live.ts';
import { Choice, Facts, Fault, Link, Section, Waiting } from '../parts/basics.tsx';
import { BASIS } from '../parts/calibration.tsx';
import { Chart } from '../parts/chart.tsx';
import { RiskList } from '../parts/risk-list.tsx';
import { useApi } from '../use-api.ts';

const SPANS = [
  { value: 15, label: '15 min', words: 'the last 15 minutes' },
  { value: 60, label: '1 h', words: 'the last hour' },
  { value: 360, label: '6 h', words: 'the last 6 hours' },
  { value: 1440, label: '24 h', words: 'the last 24 hours' },
] as const;
type Span = (typeof SPANS)[number]['value'];

/** The answer first: who is over a line, what it meant for traffic, then the picture and the reasons. */
export function NowPage(props: { live: LiveState }) {
  const [chosen, choose] = useState<Span | null>(null);
  const [young, setYoung] = useState(false);
  const minutes = chosen ?? (young ? 15 : 60);
  const overview = useApi<OverviewAnswer>(`/api/v1/overview?minutes=${minutes}`, 5000, true);
  const entities = useApi<EntitiesAnswer>('/api/v1/entities?limit=12', 5000);
  const data = overview.data;
  const over = props.live.tick?.over ?? data?.over;
  // In the first minutes of an install an hour is an empty picture: until somebody chooses, show what there is.
  useEffect(() => {
    if (data !== null && chosen === null && !young) setYoung(startedLately(data.series));
  }, [data, chosen, young]);

  return (
    <>
      <header class="answer">
        <h1 aria-live="polite">
          {over !== undefined
            ? headline(over)
            : overview.error === ''
              ? 'Reading the risks…'
              : 'The risks cannot be read now.'}
        </h1>
        <p>{data === null ? ' ' : subline(data, wordsOf(data))}</p>
      </header>
      {overview.error === '' ? null : <Fault text={overview.error} retry={overview.reload} />}
      {data === null ? (
        <Waiting height={420} text={overview.error === '' ? 'Reading…' : ''} />
      ) : (
        <>
          <NowFacts overview={data} live={props.live} />
          <Section
            title="Requests by what they met"
            aside={<Choice label="Span of time" name="span" value={minutes} options={SPANS} onChange={choose} />}
          >
            <OutcomeChart overview={data} />
          </Section>
          <Section title="Riskiest now" aside={<Link href="/entity">All entities</Link>}>
            {entities.error === '' ? null : <Fault text={entities.error} retry={entities.reload} />}
            {entities.data === null ? (
              <Waiting height={200} />
            ) : entities.data.entities.length === 0 ? (
              <EmptyRisk requests={data.total.requests} />
            ) : (
              <RiskList entities={entities.data.entities} lines={entities.data.policy} />
            )}
          </Section>
        </>
      )}
    </>
  );
}

/** In words, the span that an answer covers: the one that was asked for may still be on its way. */
function wordsOf(overview: OverviewAnswer): string {
  const minutes = (Date.parse(overview.to) - Date.parse(overview.from)) / 60_000;
  return SPANS.find((span) => minutes <= span.value * 1.1)?.words ?? 'the span';
}

function startedLately(series: OverviewAnswer['series']): boolean {
  const first = series.findIndex((point) => point.allow + point.challenge + point.block > 0);
  return first > series.length * 0.75;
}

function NowFacts(props: { overview: OverviewAnswer; live: LiveState }) {
  const { overview } = props;
  const fresh = props.live.tick?.freshness ?? overview.freshness;
  const tick = props.live.tick;
  const whole = overview.calibration.filter((row) => row.segment === '');
  const basis = whole.find((row) => row.basis !== 'genuine') ?? whole[0];
  return (
    <Facts
      items={[
        {
          label: 'Requests, last minute',
          value: tick === null ? '–' : count(tick.requests_1m),
          note: tick === null ? ' ' : `${count(tick.refused_1m)} refused`,
        },
        {
          label: 'Mode',
          value: overview.policy.mode === 'shadow' ? 'Shadow' : 'Enforcing',
          note:
            overview.policy.mode === 'shadow' ? 'answers are only logged' : `policy version ${overview.policy.version}`,
        },
        {
          label: 'Risk is as of',
          value: fresh.snapshot_age_ms === null ? 'not yet' : age(fresh.snapshot_age_ms),
          note: fresh.snapshot_age_ms === null ? 'nothing was scored' : 'age of the newest snapshot',
        },
        {
          label: 'Ingest',
          value:
            fresh.lag_messages === null || fresh.lag_messages === 0
              ? `${short(fresh.rate_per_s)} /s`
              : `${short(fresh.lag_messages)} behind`,
          note:
            fresh.dead_letters > 0
              ? plural(fresh.dead_letters, 'dead letter')
              : fresh.caught_up === false
                ? 'catching up'
                : 'nothing waits',
        },
        {
          label: 'Decibels rest on',
          value: basis === undefined ? '–' : BASIS[basis.basis].short,
          note:
            basis === undefined ? (
              ' '
            ) : (
              <Link href="/ingest">
                {basis.basis === 'genuine' ? plural(basis.units, 'caller-hour') : 'when will it be genuine?'}
              </Link>
            ),
        },
      ]}
    />
  );
}

function OutcomeChart(props: { overview: OverviewAnswer }) {
  const { series, bucket_s, policy } = props.overview;
  const shadow = policy.mode === 'shadow';
  const times = useMemo(() => series.map((point) => Date.parse(point.time) / 1000), [series]);
  const layers = useMemo(() => {
    const challenge = series.map((p) => p.challenge + (shadow ? Math.min(p.allow, p.would_challenge) : 0));
    const block = series.map((p) => p.block + (shadow ? Math.min(p.allow, p.would_block) : 0));
    const all = series.map((p) => p.allow + p.challenge + p.block);
    return [
      {
        label: 'allowed',
        color: '--allow',
        values: all.map((n, i) => Math.max(0, n - (challenge[i] ?? 0) - (block[i] ?? 0))),
      },
      { label: shadow ? 'would be challenged' : 'challenged', color: '--challenge', values: challenge },
      { label: shadow ? 'would be blocked' : 'blocked', color: '--block', values: block },
    ];
  }, [series, shadow]);
  return (
    <Chart
      title="Requests over time, by what they met"
      times={times}
      series={layers}
      form="stack"
      unit={`requests per ${duration(bucket_s)}`}
      height={180}
    />
  );
}

const FIRST_STEPS = `npm start -- --file access.log --follow
npm run -s bonafide -- import access.log
curl -H "Authorization: Bearer <gateway key>" -H "Content-Type: application/x-ndjson" \\
  --data-binary @events.ndjson ${location.origin}/v1/events`;

function EmptyRisk(props: { requests: number }) {
  return (
    <div class="empty">
      {props.requests === 0 ? (
        <>
          <p>Nothing has arrived yet. Follow the access log of a gateway, bring its history along, or send records:</p>
          <pre>
            <code>{FIRST_STEPS}</code>
          </pre>
        </>
      ) : (
        <p>Everybody is at 0 dB: no behaviour stands out. Risk fades to zero when its evidence ages out.</p>
      )}
    </div>
  );
}
