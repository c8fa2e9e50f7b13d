// Who is signed in, and which programs work in whose name: one's own, and everybody's for who may.

import { useState } from 'preact/hooks';
import { INBOX_PERMISSIONS, ORGANISATION_PERMISSIONS } from '../../../sdk/src/permissions.ts';
import { mayInOrganisation } from '../../../sdk/src/rights.ts';
import type { Me, NewToken, Permission, Sessions, SessionView, TokenMade, Tokens, TokenView } from '../../../sdk/src/index.ts';
import { agentName, wholeTime } from '../words.ts';
import { Checks } from './fields.tsx';
import { useLoaded } from './loading.tsx';
import { Act, Copied, Field, Form, text } from './parts.tsx';
import { askFor } from './api.ts';

const NAME = { name: 'name', title: 'Name', help: 'What it is for', required: true, long: false };
const DAYS = { name: 'expires_in_days', title: 'Days', help: 'After which it ends: 1 to 366', required: true, long: false };

export function AccessSection({ me }: { me: Me }) {
  const allSessions = mayInOrganisation(me, 'sessions.revoke');
  const allTokens = mayInOrganisation(me, 'tokens.manage');
  const sessionsAt = allSessions ? 'admin/sessions' : 'sessions';
  const tokensAt = allTokens ? 'admin/tokens' : 'tokens';
  const sessions = useLoaded('sessions', () => askFor<Sessions>('GET', sessionsAt));
  const tokens = useLoaded('tokens', () => askFor<Tokens>('GET', tokensAt));
  const [made, setMade] = useState<TokenMade | null>(null);
  const end = async (path: string, again: () => Promise<void>) => {
    await askFor<unknown>('DELETE', path);
    await again();
  };
  return (
    <>
      <section aria-labelledby="settings-sessions">
        <h2 id="settings-sessions">{allSessions ? 'Sessions of everybody' : 'Your sessions'}</h2>
        {sessions.notice}
        <ul>
          {sessions.value?.sessions.map((one) => (
            <Session key={one.id} me={me} one={one} end={() => end(`${sessionsAt}/${one.id}`, sessions.again)} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="settings-tokens">
        <h2 id="settings-tokens">{allTokens ? 'API tokens of everybody' : 'Your API tokens'}</h2>
        <p class="muted">A program with a token sees what its person sees, and may do what its scopes name.</p>
        {tokens.notice}
        <ul>
          {tokens.value?.tokens.map((one) => (
            <Token key={one.id} me={me} one={one} end={() => end(`${tokensAt}/${one.id}`, tokens.again)} />
          ))}
        </ul>
        {made && (
          <div class="setting" role="status" data-testid="token-made">
            <p>
              The token of <bdi>{made.made.name}</bdi>. It is not shown again.
            </p>
            <Copied what={made.made.name} kind="token" text={made.token} />
          </div>
        )}
        {mayInOrganisation(me, 'tokens.create') && (
          <Form
            title="Make a token"
            action="Make"
            submit={async (form) => {
              setMade(await askFor<TokenMade>('POST', 'tokens', wanted(form)));
              await tokens.again();
            }}
          >
            {(wrong) => (
              <>
                <Field field={NAME} wrong={wrong} />
                <Field field={DAYS} wrong={wrong} value="90" />
                <Checks name="scopes" title="Scopes" help="What it may do, as far as you may" options={scopesOf(me)} ticked={['threads.read']} wrong={wrong} />
              </>
            )}
          </Form>
        )}
      </section>
    </>
  );
}

function Session({ me, one, end }: { me: Me; one: SessionView; end(): Promise<void> }) {
  const name = agentName(me, one.agent_id);
  return (
    <li class="setting" data-testid="setting-session">
      <p class="setting-name">
        <bdi>{name}</bdi>
        {one.current && <small>(this one)</small>}
      </p>
      <p class="muted">
        <bdi>{one.client ?? 'A client that does not say what it is'}</bdi>
      </p>
      <p class="muted">
        Signed in {wholeTime(one.created_at)}, used {wholeTime(one.used_at)}
      </p>
      {!one.current && (
        <div class="setting-foot">
          <Act name={`End the session of ${name}`} act={end} />
        </div>
      )}
    </li>
  );
}

function Token({ me, one, end }: { me: Me; one: TokenView; end(): Promise<void> }) {
  return (
    <li class="setting" data-testid="setting-token">
      <p class="setting-name">
        <bdi>{one.name}</bdi>
        <small>{agentName(me, one.agent_id)}</small>
      </p>
      <p class="muted">{one.scopes.join(', ')}</p>
      <p class="muted">
        Used {wholeTime(one.used_at)}, ends {wholeTime(one.expires_at)}
      </p>
      <div class="setting-foot">
        <Act name={`Revoke ${one.name}`} act={end} />
      </div>
    </li>
  );
}

/** What somebody may do anywhere, and so may let a program do. */
function scopesOf(me: Me): (readonly [Permission, string])[] {
  const own = new Set<Permission>([...me.may, ...me.inboxes.flatMap((inbox) => inbox.may)]);
  return [...INBOX_PERMISSIONS, ...ORGANISATION_PERMISSIONS].filter(([permission]) => own.has(permission)).map(([permission, help]) => [permission, `${permission}: ${help}`] as const);
}

function wanted(form: FormData): NewToken {
  return { name: text(form, 'name'), expires_in_days: Number(text(form, 'expires_in_days')), scopes: form.getAll('scopes').map(String) as Permission[] };
}
