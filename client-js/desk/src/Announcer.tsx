// What is said aloud and in the window's title: new messages (not too often), notices, unread counts.

import { useEffect } from 'preact/hooks';
import { isUnread, type Me } from '../../sdk/src/index.ts';
import { announcement, currentInbox, desk, filterOf, notices } from './app-state.ts';
import { useLease, useStore } from './use.ts';
import { contactName } from './words.ts';

const EVERY_MS = 4_000;

export function Announcer({ me }: { me: Me }) {
  const inbox = currentInbox(me);
  const inboxId = inbox?.id ?? '';
  const list = useLease(inboxId, () => desk.list(filterOf(inboxId, 'all', 'active')));
  const threads = useStore(list.items);
  const unread = threads.filter((thread) => isUnread(thread) && (thread.assignee_id === null || thread.assignee_id === me.agent.id)).length;

  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Tandem` : 'Tandem';
  }, [unread]);

  useEffect(() => {
    let names: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let saidAt = 0;
    const say = () => {
      timer = undefined;
      saidAt = Date.now();
      announcement.value = names.length === 1 ? `New message from ${names[0]}` : `${names.length} new messages`;
      names = [];
    };
    const stop = desk.on('event', ({ event, live }) => {
      if (!live || event.kind !== 'message.received') return;
      const thread = list.items.get().find((one) => one.id === event.thread_id);
      names.push(thread ? contactName(thread.contact) : 'a customer');
      timer ??= setTimeout(say, Math.max(0, saidAt + EVERY_MS - Date.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [list]);

  return (
    <p class="sr" role="status" aria-live="polite">
      {announcement.value}
    </p>
  );
}

export function Notices() {
  return (
    <div class="notices" role="status">
      {notices.value.map((notice) => (
        <p key={notice.id}>{notice.text}</p>
      ))}
    </div>
  );
}
