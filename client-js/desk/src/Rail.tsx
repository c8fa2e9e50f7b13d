// The left rail: which inbox, whose threads, in which status; the team, oneself, the connection.

import type { InboxView, Me, ThreadView } from '../../sdk/src/index.ts';
import { desk, filterOf, forgetTexts, go, helpOpen, notifyError, route, setSession, STATUSES, VIEWS, type StatusFilter, type View } from './app-state.ts';
import { AvailabilityMenu } from './Availability.tsx';
import { Bell } from './Bell.tsx';
import { ConnectionPill } from './ConnectionPill.tsx';
import { isIn, teamsOf } from './filters.ts';
import { Icon, Mark, type IconName } from './icons.tsx';
import { TeamRail } from './TeamRail.tsx';
import { useLease, useStore } from './use.ts';
import { STATUS_NAMES } from './words.ts';

const VIEW_ICONS: Readonly<Record<View, IconName>> = { mine: 'person', teams: 'people', none: 'tray', all: 'all' };

export function statusName(status: StatusFilter): string {
  return status === 'active' ? 'Active' : STATUS_NAMES[status];
}

export function Rail({ me, inbox }: { me: Me; inbox: InboxView }) {
  const base = useLease(inbox.id, () => desk.list(filterOf(inbox.id, 'all', 'active')));
  const threads = useStore(base.items);
  const hasMore = useStore(base.hasMore);
  const { view, status } = route.value;
  const count = (test: (thread: ThreadView) => boolean) => {
    const n = threads.filter(test).length;
    return n === 0 ? '' : hasMore ? `${n}+` : String(n);
  };
  const inView = (one: View) => (thread: ThreadView) => isIn(one, thread, me, inbox);
  const views = VIEWS.filter((one) => one.view !== 'teams' || teamsOf(me, inbox).length > 0);

  return (
    <header class="rail">
      <div class="brand">
        <Mark />
        <span class="brand-name">Tandem</span>
        <ConnectionPill />
      </div>
      {me.inboxes.length > 1 ? (
        <select class="inbox-picker" aria-label="Inbox" value={inbox.id} onChange={(event) => go({ inbox: event.currentTarget.value, thread: null })}>
          {me.inboxes.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      ) : (
        <p class="inbox-name">
          <bdi>{inbox.name}</bdi>
        </p>
      )}
      <nav class="filters" aria-label="Filters">
        <ul>
          {views.map((one) => (
            <li key={one.view}>
              <button type="button" aria-current={view === one.view ? 'true' : undefined} onClick={() => go({ view: one.view })}>
                <Icon name={VIEW_ICONS[one.view]} />
                <span>{one.name}</span>
                <Count text={count(inView(one.view))} />
              </button>
            </li>
          ))}
        </ul>
        <h2>Status</h2>
        <ul>
          {STATUSES.map((one) => (
            <li key={one}>
              <button type="button" aria-current={status === one ? 'true' : undefined} onClick={() => go({ status: one })}>
                <span class={`status-dot ${one}`} aria-hidden="true" />
                <span>{statusName(one)}</span>
                {one !== 'active' && one !== 'closed' && <Count text={count((thread) => thread.status === one && inView(view)(thread))} />}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <Bell me={me} />
      <TeamRail me={me} />
      <button
        type="button"
        class="team-button"
        aria-label="Settings"
        title="Settings"
        aria-current={route.value.panel === 'settings' ? 'true' : undefined}
        onClick={() => go({ panel: 'settings', thread: null })}
      >
        <Icon name="gear" />
        <span class="team-word">Settings</span>
      </button>
      <div class="me">
        <AvailabilityMenu me={me} />
        <button type="button" class="icon-button" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={() => (helpOpen.value = true)}>
          <Icon name="question" />
        </button>
        <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={signOut}>
          <Icon name="out" />
        </button>
      </div>
    </header>
  );
}

function Count({ text }: { text: string }) {
  return text === '' ? null : <span class="count">{text}</span>;
}

function signOut(): void {
  desk
    .signOut()
    .then(() => {
      forgetTexts();
      setSession(false);
      location.assign(location.pathname);
    })
    .catch(notifyError);
}
