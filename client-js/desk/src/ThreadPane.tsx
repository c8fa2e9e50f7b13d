// One open thread: header, timeline, banners, composer; tells the server that it is looked at.

import { useEffect } from 'preact/hooks';
import type { InboxView, Lease, Me, ThreadHandle, ThreadId } from '../../sdk/src/index.ts';
import { desk, go, moveTexts, notify } from './app-state.ts';
import { LockBanner } from './LockBanner.tsx';
import { Composer } from './Composer.tsx';
import { RefusedPanels } from './RefusedPanels.tsx';
import { ThreadHeader } from './ThreadHeader.tsx';
import { TimelineView } from './TimelineView.tsx';
import { useLease, useStore } from './use.ts';
import { contactName } from './words.ts';

export function ThreadPane({ id, me, inbox }: { id: ThreadId; me: Me; inbox: InboxView }) {
  const thread = useLease(id, () => desk.thread(id));
  const view = useStore(thread.data);
  const phase = useStore(thread.phase);
  const error = useStore(thread.error);
  const lost = useStore(desk.lost);
  useSeen(thread);
  useMerged(id, error?.details.merged_into);

  if (phase === 'failed') {
    return (
      <div class="nothing">
        <h1>This thread cannot be shown</h1>
        <p>{error?.message}</p>
        <button type="button" onClick={() => go({ thread: null })}>
          Back to the list
        </button>
      </div>
    );
  }
  if (!view) {
    return (
      <div class="nothing">
        <p role="status">Loading…</p>
      </div>
    );
  }
  const parts = { thread, me, inbox };
  const stale = phase === 'stale' && lost;
  return (
    <div class={stale ? 'thread stale' : 'thread'}>
      <ThreadHeader {...parts} view={view} />
      {stale && (
        <p class="banner stale-note" role="status">
          Not live: this is how it was when the connection went. What you write is kept and sent later.
        </p>
      )}
      <TimelineView {...parts} contact={contactName(view.contact)} />
      <RefusedPanels {...parts} />
      <LockBanner {...parts} />
      <Composer {...parts} view={view} />
    </div>
  );
}

/** Follows a thread into the one that a colleague has made it a part of, with what was being written. */
function useMerged(id: ThreadId, known: ThreadId | undefined): void {
  useEffect(() => {
    const follow = (into: ThreadId) => {
      moveTexts(id, into);
      notify('That thread was merged into this one.');
      go({ thread: into });
    };
    // An old address.
    if (known) follow(known);
    return desk.on('event', ({ event }) => {
      if (event.kind === 'thread_gone' && event.thread_id === id && event.data.merged_into) follow(event.data.merged_into);
    });
  }, [id, known]);
}

/** A glance at another window is no leave, and a page that is loaded anew is hidden for a moment. */
const GLANCE_MS = 3_000;

/** While the page is in sight: `viewing`, and what arrives counts as read. */
function useSeen(thread: Lease<ThreadHandle>): void {
  useEffect(() => {
    let leaving: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(leaving);
      if (document.visibilityState === 'visible') {
        thread.activity('viewing');
        thread.markRead();
      } else {
        leaving = setTimeout(() => thread.activity('idle'), GLANCE_MS);
      }
    };
    const read = () => {
      if (document.visibilityState === 'visible') thread.markRead();
    };
    look();
    const stops = [thread.data.subscribe(read), thread.phase.subscribe(read)];
    document.addEventListener('visibilitychange', look);
    return () => {
      clearTimeout(leaving);
      document.removeEventListener('visibilitychange', look);
      for (const stop of stops) stop();
      thread.activity('idle');
      void thread.releaseLock();
    };
  }, [thread]);
}
