// What concerns this agent, as the desk shows it: one watch for the whole page, what is on screen counts as read,
// and a word outside the page for who has asked for that.

import { signal } from '@preact/signals';
import { createNotifications, type Notifications } from '../../sdk/src/notifications.ts';
import type { Me, NotificationId, NotificationView } from '../../sdk/src/index.ts';
import { announcement, desk, go, notifyError, route } from './app-state.ts';
import { actorName, contactName } from './words.ts';

export const bell = signal<Notifications | null>(null);
export const bellOpen = signal(false);
/** Whether the agent has asked for words outside the page; the browser keeps whether it allows them. */
export const outside = signal(typeof Notification === 'undefined' ? 'denied' : Notification.permission);

/** Begins to hear, until it is undone. */
export function ring(): () => void {
  const own = createNotifications(desk);
  const asked = new Set<NotificationId>();
  bell.value = own;
  const look = () => {
    const { thread } = route.value;
    if (!thread || document.visibilityState !== 'visible') return;
    const ids = own.list.get().filter((one) => one.thread_id === thread && !one.read && !asked.has(one.id)).map(({ id }) => id);
    if (ids.length === 0) return;
    for (const id of ids) asked.add(id);
    own.read(ids).catch(() => ids.forEach((id) => asked.delete(id)));
  };
  const stops = [own.list.subscribe(look), route.subscribe(look), own.added.on(tell)];
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    for (const stop of stops) stop();
    bell.value = null;
    own.end();
  };
}

/** What happened, in one sentence. */
export function bellWords(me: Me | null, one: NotificationView): string {
  const contact = one.contact ? contactName(one.contact) : 'A customer';
  const who = actorName(me, one.actor, contact);
  const team = me?.inboxes.flatMap((inbox) => inbox.teams).find(({ id }) => id === one.team_id)?.name ?? 'your team';
  switch (one.reason) {
    case 'mentioned':
      return `${who} mentioned you`;
    case 'team_mentioned':
      return `${who} mentioned ${team}`;
    case 'assigned':
      return `${who} gave you the thread`;
    case 'message':
      return `${contact} wrote`;
    case 'review_requested':
      return `${who} asks for a review`;
    case 'review_approved':
      return `${who} approved your draft`;
    case 'changes_requested':
      return `${who} wants your draft changed`;
    default:
      return `${who} did something`;
  }
}

/** Goes where it happened. */
export function openNotification(one: NotificationView): void {
  bellOpen.value = false;
  if (!one.read) bell.value?.read([one.id]).catch(notifyError);
  go({ inbox: one.inbox_id, thread: one.thread_id });
}

/** Asks the browser, which asks the agent: only ever from a click. */
export function askForOutside(): void {
  void Notification.requestPermission().then((answer) => {
    outside.value = answer;
  });
}

function tell(one: NotificationView): void {
  const words = bellWords(desk.me.get(), one);
  announcement.value = words;
  if (outside.value !== 'granted' || document.visibilityState === 'visible') return;
  // Who did what, and nothing that was said: a locked screen shows it, too.
  const shown = new Notification(words, { tag: one.id });
  shown.onclick = () => {
    window.focus();
    openNotification(one);
    shown.close();
  };
}
