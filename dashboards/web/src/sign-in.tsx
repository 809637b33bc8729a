import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { request } from './api.ts';
import { Mark } from './parts/mark.tsx';
import './style.css';

/** The code of a sign-in link lies behind `#`: it is posted from here, so that no link preview can burn it. */
const code = location.pathname === '/sign-in' ? location.hash.slice(1) : '';

const TRIED = 'bonafide-tried-at';

/**
 * A strict cookie is not sent along when a page of another site (a chat, a ticket) leads here: whoever is signed in
 * already is taken on by a step of our own. Not twice within moments, so that it cannot go round in circles.
 */
async function enterBySession(): Promise<void> {
  const session = await request<{ signed_in: boolean }>('/api/v1/session').catch(() => null);
  const tried = Number(sessionStorage.getItem(TRIED) ?? 0);
  if (session?.signed_in !== true || Date.now() - tried < 10_000) return;
  sessionStorage.setItem(TRIED, String(Date.now()));
  location.replace(location.pathname === '/sign-in' ? '/' : location.href);
}

function SignIn() {
  const [token, setToken] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(code !== '');
  const asked = useRef(false);

  async function enter(body: { code: string } | { token: string }): Promise<void> {
    setBusy(true);
    try {
      await request('/api/v1/session', { method: 'POST', body });
      location.replace(location.pathname === '/sign-in' ? '/' : location.href);
    } catch (fault) {
      // A link that is opened twice by the same person need not trouble them.
      const session = await request<{ signed_in: boolean }>('/api/v1/session').catch(() => null);
      if ('code' in body && session?.signed_in === true) location.replace('/');
      else setError(fault instanceof Error ? fault.message : String(fault));
      setBusy(false);
    }
  }
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    if (code === '') {
      enterBySession();
      return;
    }
    // The code is of no more use to anybody: it need not stay in the history.
    history.replaceState(null, '', '/sign-in');
    enter({ code });
  }, []);

  return (
    <main class="sign-in">
      <p class="brand">
        <Mark />
        Bonafide
      </p>
      <h1>Sign in</h1>
      <p class="quiet">
        Open the sign-in link that was printed when the service started, or paste the admin token (
        <code>BONAFIDE_ADMIN_TOKEN</code>, or <code>adminToken</code> in <code>keys.json</code> of the data folder).
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() === '') setError('Paste the admin token first.');
          else enter({ token: token.trim() });
        }}
      >
        {/* Password managers keep a secret beside a name. */}
        <input type="text" name="username" autocomplete="username" value="admin" readOnly hidden />
        <label>
          <span>Admin token</span>
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            value={token}
            aria-invalid={error !== ''}
            aria-describedby="fault"
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <p id="fault" class="fault" role="alert">
          {error}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
render(<SignIn />, root);
