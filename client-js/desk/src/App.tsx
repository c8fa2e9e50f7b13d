// The whole desk: login, or the three panes with what floats above them.

import { useEffect, useState } from 'preact/hooks';
import { followChannels } from '../../sdk/src/channels.ts';
import { followNotes } from '../../sdk/src/notes.ts';
import { followRights } from '../../sdk/src/rights.ts';
import { TandemError, type InboxView, type Me } from '../../sdk/src/index.ts';
import { Announcer, Notices } from './Announcer.tsx';
import { currentInbox, desk, hasSession, isPaneOpen, keepTextsOf, route, setSession, type Route } from './app-state.ts';
import { ring } from './bell-state.ts';
import { HelpDialog } from './HelpDialog.tsx';
import { useGlobalKeys } from './keys.ts';
import { Login } from './Login.tsx';
import { Mark } from './icons.tsx';
import { Rail } from './Rail.tsx';
import { team } from './team-state.ts';
import { TeamPane } from './TeamPane.tsx';
import { SettingsPane } from './settings/SettingsPane.tsx';
import { ThreadListPane } from './ThreadListPane.tsx';
import { ThreadPane } from './ThreadPane.tsx';
import { useListener, useStore } from './use.ts';

const RETRY_MS = 2_000;
const PANEL_NAMES = { team: 'Team', settings: 'Settings' } as const;

export function App() {
  const connection = useStore(desk.connection);
  const me = useStore(desk.me);
  const [started, setStarted] = useState(0);

  useEffect(() => {
    if (!hasSession()) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    desk.connect().catch((cause: unknown) => {
      if (desk.connection.get().state === 'denied') setSession(false);
      else timer = setTimeout(() => setStarted((n) => n + 1), ((cause instanceof TandemError && cause.retryAfterMs) || RETRY_MS) * (1 + Math.random()));
    });
    return () => clearTimeout(timer);
  }, [started]);

  const state = connection.state;
  if (state === 'denied') {
    const ended = connection.reason.key === 'session_revoked' || me !== null;
    return <Login reason={ended ? connection.reason.message : null} last={me} done={() => setStarted((n) => n + 1)} />;
  }
  if (!me) {
    if (!hasSession()) return <Login reason={null} last={null} done={() => setStarted((n) => n + 1)} />;
    return <Splash />;
  }
  return <Panes me={me} />;
}

function Splash() {
  return (
    <main class="splash">
      <Mark />
      <p role="status">Connecting…</p>
    </main>
  );
}

function Panes({ me }: { me: Me }) {
  const { thread, panel } = route.value;
  const inbox = currentInbox(me);
  useGlobalKeys();
  useEffect(() => team.attend(), []);
  useEffect(() => followRights(desk), []);
  useEffect(() => keepTextsOf(me.agent.id), [me.agent.id]);
  useEffect(() => followNotes(desk), []);
  useEffect(() => ring(), []);
  useEffect(() => (inbox ? followChannels(desk, inbox.id) : undefined), [inbox?.id]);
  useListener(window, 'beforeunload', (event) => {
    // What was not sent yet lives in this page alone.
    if (desk.pending.get().commands > 0) event.preventDefault();
  });
  if (!inbox) {
    return (
      <main class="splash">
        <Mark />
        <p>You are not a member of any inbox yet.</p>
      </main>
    );
  }
  return (
    <div class={isPaneOpen.value ? 'desk thread-open' : 'desk'}>
      <Rail me={me} inbox={inbox} />
      <main class="work">
        <ThreadListPane key={inbox.id} me={me} inbox={inbox} />
        <section class="pane" aria-label={thread || !panel ? 'Thread' : PANEL_NAMES[panel]}>
          {thread ? <ThreadPane key={thread} id={thread} me={me} inbox={inbox} /> : <Panel me={me} inbox={inbox} panel={panel} />}
        </section>
      </main>
      <HelpDialog />
      <Notices />
      <Announcer me={me} />
    </div>
  );
}

function Panel({ me, inbox, panel }: { me: Me; inbox: InboxView; panel: Route['panel'] }) {
  if (panel === 'team') return <TeamPane me={me} inbox={inbox} />;
  if (panel === 'settings') return <SettingsPane me={me} inbox={inbox} />;
  return <Nothing />;
}

function Nothing() {
  return (
    <div class="nothing">
      <Mark />
      <h1>No thread is open</h1>
      <p>
        Choose one from the list, or press <kbd>j</kbd>. All shortcuts: <kbd>?</kbd>
      </p>
    </div>
  );
}
