import { useEffect } from 'preact/hooks';
import { request } from './api.ts';
import { localTime } from './format.ts';
import { type LiveSource, type LiveState, useLive } from './live.ts';
import { AttestationPage } from './pages/attestation.tsx';
import { EntityPage } from './pages/entity.tsx';
import { IngestPage } from './pages/ingest.tsx';
import { NowPage } from './pages/now.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { Link } from './parts/basics.tsx';
import { Mark } from './parts/mark.tsx';
import { usePlace } from './router.ts';

const PAGES = [
  { path: '/', title: 'Now' },
  { path: '/entity', title: 'Entities' },
  { path: '/attestation', title: 'Attestation' },
  { path: '/ingest', title: 'Ingest & health' },
  { path: '/policy', title: 'Policy' },
] as const;

async function signOut(): Promise<void> {
  await request('/api/v1/session', { method: 'DELETE' }).catch(() => undefined);
  location.assign('/');
}

export function App(props: { live: LiveSource }) {
  const place = usePlace();
  const live = useLive(props.live);
  const page = PAGES.find((candidate) => candidate.path === place.path) ?? PAGES[0];
  useEffect(() => {
    document.title = `${page.title} · Bonafide`;
  }, [page]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="bar">
        <div class="bar-inner">
          <Link href="/" class="brand">
            <Mark />
            Bonafide
          </Link>
          <nav aria-label="Pages">
            {PAGES.map((candidate) => (
              <Link key={candidate.path} href={candidate.path} current={candidate === page}>
                {candidate.title}
              </Link>
            ))}
          </nav>
          <div class="bar-end">
            <LiveMark live={live} />
            <button type="button" class="plain" onClick={signOut}>
              Sign out
            </button>
          </div>
        </div>
      </div>
      {live.state === 'stale' ? (
        <p class="notice notice-stale" role="status">
          Stale since {live.since === null ? 'the start' : localTime(new Date(live.since).toISOString())}:{' '}
          {live.trouble === '' ? 'no live numbers arrive; this page keeps trying.' : live.trouble}
        </p>
      ) : null}
      <main id="main" tabIndex={-1}>
        {page.path === '/' ? <NowPage live={live} /> : null}
        {page.path === '/entity' ? <EntityPage place={place} /> : null}
        {page.path === '/attestation' ? <AttestationPage /> : null}
        {page.path === '/ingest' ? <IngestPage live={live} /> : null}
        {page.path === '/policy' ? <PolicyPage /> : null}
      </main>
    </>
  );
}

function LiveMark(props: { live: LiveState }) {
  const { live } = props;
  const words = live.state === 'live' ? 'Live' : live.state === 'stale' ? 'Stale' : 'Connecting';
  return (
    <span
      class={`live live-${live.state}`}
      title={live.tick === null ? undefined : `Last numbers ${live.tick.time.replace('T', ' ').replace('Z', ' UTC')}`}
    >
      <span class="live-dot" aria-hidden="true" />
      {words}
      {live.tick === null ? null : <time dateTime={live.tick.time}>{localTime(live.tick.time)}</time>}
    </span>
  );
}
