// Signing in. A session that ended comes here too, with the reason and the address filled in.

import { useEffect, useState } from 'preact/hooks';
import { TandemError, type Me, type SignInWays } from '../../sdk/src/index.ts';
import { desk, forgetTexts, refusedElsewhere, setSession } from './app-state.ts';
import { Mark } from './icons.tsx';

interface LoginProps {
  reason: string | null;
  /** Who was signed in before. */
  last: Me | null;
  done(): void;
}

const EMAIL_KEY = 'tandem.email';

/** What a sign-in elsewhere can end with. */
const REFUSALS: Readonly<Record<string, string>> = {
  refused: 'The sign-in was not finished.',
  expired: 'The sign-in took too long, or was begun in another browser. Try again.',
  unknown: 'Nobody here has your address. An administrator can add you.',
  disabled: 'You may not sign in any more.',
  unavailable: 'The sign-in cannot be reached now. Try again, or use your password.',
};

export function Login({ reason, last, done }: LoginProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(refusedElsewhere && (REFUSALS[refusedElsewhere] ?? 'Signing in did not work.'));
  const [oidc, setOidc] = useState<SignInWays['oidc']>(null);

  useEffect(() => {
    // Without an answer there is the password, which says what is wrong.
    fetch('/api/v1/sessions/ways')
      .then((answer) => (answer.ok ? (answer.json() as Promise<SignInWays>) : null))
      .then((ways) => setOidc(ways?.oidc ?? null))
      .catch(() => setOidc(null));
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const email = String(form.get('email') ?? '').trim();
    setBusy(true);
    setError(null);
    try {
      const signedIn = await desk.signIn(email, String(form.get('password') ?? ''));
      localStorage.setItem(EMAIL_KEY, email);
      setSession(true);
      if (last && last.agent.id !== signedIn.agent.id) {
        // Somebody else: nothing of the one before may stay, least of all unsent replies.
        forgetTexts();
        location.reload();
        return;
      }
      done();
    } catch (cause) {
      setError(cause instanceof TandemError ? refusal(cause) : 'Signing in did not work.');
      setBusy(false);
    }
  };

  return (
    <main class="login">
      <form onSubmit={(event) => void submit(event)} aria-labelledby="login-title">
        <Mark />
        <h1 id="login-title">Sign in to Tandem</h1>
        {reason && <p class="hint">{reason}. Sign in to go on.</p>}
        <label>
          E-mail
          <input name="email" type="email" autocomplete="username" required autofocus value={localStorage.getItem(EMAIL_KEY) ?? ''} />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="form-error" role="alert">
          {error}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        {oidc && (
          <a class="button" href={oidc.path}>
            {oidc.name}
          </a>
        )}
      </form>
    </main>
  );
}

function refusal(error: TandemError): string {
  if (error.code === 'bad_credentials') return 'E-mail and password do not belong together.';
  if (error.code === 'network') return 'The server cannot be reached.';
  if (error.code === 'rate_limited') return 'Too many tries. Wait a little.';
  return error.message;
}
