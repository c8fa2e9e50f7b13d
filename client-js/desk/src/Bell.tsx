// The bell with how much is unread, and the panel with what it was.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Notifications } from '../../sdk/src/notifications.ts';
import type { Me, NotificationView } from '../../sdk/src/index.ts';
import { notifyError } from './app-state.ts';
import { askForOutside, bell, bellOpen, bellWords, openNotification, outside } from './bell-state.ts';
import { Icon, type IconName } from './icons.tsx';
import { useNow, useStore } from './use.ts';
import { contactName, shortTime, wholeTime } from './words.ts';

const SHOWN_MAX = 99;
const ICONS: Readonly<Record<NotificationView['reason'], IconName>> = {
  mentioned: 'note',
  team_mentioned: 'people',
  assigned: 'person',
  message: 'sms',
  review_requested: 'eye',
  review_approved: 'check',
  changes_requested: 'pencil',
};

export function Bell({ me }: { me: Me }) {
  const own = bell.value;
  return own && <Ringing own={own} me={me} />;
}

function Ringing({ own, me }: { own: Notifications; me: Me }) {
  const unread = useStore(own.unread);
  // What is seen is the beginning of what is read out.
  const shown = unread > SHOWN_MAX ? `${SHOWN_MAX}+` : String(unread);
  return (
    <>
      <button
        type="button"
        class="team-button bell"
        aria-haspopup="dialog"
        aria-label={unread === 0 ? 'Notifications' : `Notifications ${shown} unread`}
        title="Notifications (i)"
        data-testid="bell"
        onClick={() => (bellOpen.value = true)}
      >
        <Icon name="bell" />
        <span class="team-word">Notifications</span>{' '}
        {unread > 0 && (
          <span class="bell-count" data-testid="bell-count">
            {shown}
          </span>
        )}
      </button>
      {bellOpen.value && <Panel own={own} me={me} unread={unread} />}
    </>
  );
}

function Panel({ own, me, unread }: { own: Notifications; me: Me; unread: number }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useStore(own.list);
  const hasOlder = useStore(own.hasOlder);
  const now = useNow(30_000);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    // What was told, rather than what to do with all of it.
    dialog.current?.querySelector<HTMLElement>('.told')?.focus();
  }, []);
  const done = () => (bellOpen.value = false);
  const onKey = (event: KeyboardEvent) => {
    const all = [...(dialog.current?.querySelectorAll<HTMLElement>('.told') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || all.length === 0) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  return (
    <dialog
      ref={dialog}
      class="bell-panel"
      aria-labelledby="bell-title"
      data-testid="notifications"
      onClose={done}
      onKeyDown={onKey}
      onClick={(event) => event.target === dialog.current && done()}
    >
      <div class="bell-head">
        <h2 id="bell-title">Notifications</h2>
        <button type="button" class="quiet" disabled={unread === 0} onClick={() => own.readAll().catch(notifyError)}>
          Mark all as read
        </button>
        <button type="button" class="icon-button" aria-label="Close" onClick={done}>
          <Icon name="cross" small />
        </button>
      </div>
      {list.length === 0 && <p class="muted">Nothing yet. You are told here when somebody mentions you, gives you a thread, or a customer of yours writes.</p>}
      <ul>
        {list.map((one) => (
          <li key={one.id}>
            <button type="button" class={one.read ? 'told' : 'told unread'} data-testid="notification" onClick={() => openNotification(one)}>
              <Icon name={ICONS[one.reason] ?? 'bell'} />
              <span class="told-words">
                <b>
                  {!one.read && <span class="sr">Unread: </span>}
                  <bdi>{bellWords(me, one)}</bdi>
                </b>
                {one.contact && one.reason !== 'message' && <bdi class="muted">{contactName(one.contact)}</bdi>}
                {one.text && <bdi class="told-text">{one.text}</bdi>}
              </span>
              <time class="muted" dateTime={one.at} title={wholeTime(one.at)}>
                {shortTime(one.at, now)}
              </time>
            </button>
          </li>
        ))}
      </ul>
      {hasOlder && (
        <button type="button" class="more" onClick={() => own.older().catch(notifyError)}>
          Show older ones
        </button>
      )}
      {outside.value === 'default' && (
        <p class="bell-foot">
          <button type="button" class="link" onClick={askForOutside}>
            Tell me outside this page, too
          </button>
        </p>
      )}
    </dialog>
  );
}
