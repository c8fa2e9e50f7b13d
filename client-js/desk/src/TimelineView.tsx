// What happened in a thread, day by day. It stays at the newest as long as one is there, and stays
// put while one reads further up.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { withNotes } from '../../sdk/src/notes.ts';
import type { Event, Outgoing } from '../../sdk/src/index.ts';
import { notifyError } from './app-state.ts';
import { ActivityLine, isActivity } from './ActivityLine.tsx';
import { Icon } from './icons.tsx';
import { MessageBubble, OutgoingBubble } from './Bubbles.tsx';
import { NoteCard } from './NoteCard.tsx';
import { isShownAsPanel } from './RefusedPanels.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { useNow, useStore } from './use.ts';
import { dayName } from './words.ts';

const NEAR_END_PX = 80;
const SAME_BREATH_MS = 4 * 60_000;

export function TimelineView({ thread, me, inbox, contact }: ThreadParts & { contact: string }) {
  const timeline = useStore(thread.timeline);
  const events = useMemo(() => withNotes(timeline), [timeline]);
  const outgoing = useStore(thread.outgoing).filter((item) => !isShownAsPanel(item));
  const hasOlder = useStore(thread.hasOlder);
  const contactTyping = useStore(thread.contactTyping);
  const now = useNow(60_000);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const oldHeight = useRef(0);
  const [below, setBelow] = useState(0);
  const lastSeq = events[events.length - 1]?.seq ?? 0;
  const firstSeq = events[0]?.seq ?? 0;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else setBelow((n) => n + 1);
  }, [lastSeq, outgoing.length]);

  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [contactTyping]);

  // Older ones came in above: keep what is read where it is.
  useLayoutEffect(() => {
    const element = box.current;
    if (element && oldHeight.current > 0) element.scrollTop += element.scrollHeight - oldHeight.current;
    oldHeight.current = 0;
  }, [firstSeq]);

  // The box changes its size too, for instance when a banner comes.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const scrolled = () => {
    const element = box.current;
    if (!element) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    if (atEnd.current && below > 0) setBelow(0);
  };
  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
    setBelow(0);
  };
  const older = () => {
    oldHeight.current = box.current?.scrollHeight ?? 0;
    thread.older().catch(notifyError);
  };

  return (
    <div class="timeline-frame">
      <div class="timeline" ref={box} onScroll={scrolled} tabIndex={0} role="region" aria-label="Messages" data-testid="timeline">
        {hasOlder && (
          <button type="button" class="more" onClick={older}>
            Show older messages
          </button>
        )}
        <ol>{lines(events, { thread, me, inbox }, contact, now)}</ol>
        {outgoing.length > 0 && (
          <ol>
            {outgoing.map((item: Outgoing) => (
              <li key={item.key} class={item.kind === 'note' ? 'line note-line' : 'line out'}>
                <OutgoingBubble item={item} thread={thread} />
              </li>
            ))}
          </ol>
        )}
        {contactTyping && (
          <p class="contact-typing" data-testid="contact-typing">
            <span class="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            <span>
              <bdi>{contact}</bdi> is typing…
            </span>
          </p>
        )}
      </div>
      {below > 0 && (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon name="down" small />
          New below
        </button>
      )}
    </div>
  );
}

/** The events as list items, with a separator before each new day. */
function lines(events: readonly Event[], parts: ThreadParts, contact: string, now: number): ComponentChildren[] {
  const result: ComponentChildren[] = [];
  let day = '';
  let before: Event | null = null;
  for (const event of events) {
    const today = dayName(event.at, now);
    if (today !== day) {
      result.push(
        <li key={`day ${event.seq}`} class="day">
          <span>{today}</span>
        </li>,
      );
      day = today;
      before = null;
    }
    const follows = before !== null && isSameBreath(before, event);
    const line = oneLine(event, parts, contact, follows);
    if (line === null) continue;
    result.push(line);
    before = event;
  }
  return result;
}

function isSameBreath(before: Event, event: Event): boolean {
  if (before.kind !== event.kind || Date.parse(event.at) - Date.parse(before.at) > SAME_BREATH_MS) return false;
  return JSON.stringify(before.actor) === JSON.stringify(event.actor);
}

function oneLine(event: Event, { thread, me, inbox }: ThreadParts, contact: string, follows: boolean): ComponentChildren {
  if (event.kind === 'message.received' || event.kind === 'message.sent') {
    const side = event.data.message.direction === 'in' ? 'in' : 'out';
    return (
      <li key={event.seq} class={follows ? `line ${side} follows` : `line ${side}`}>
        <MessageBubble message={event.data.message} me={me} contact={contact} follows={follows} />
      </li>
    );
  }
  if (event.kind === 'note.added') {
    return (
      <li key={event.seq} class="line note-line">
        <NoteCard note={event.data.note} thread={thread.id} me={me} inbox={inbox} />
      </li>
    );
  }
  if (!isActivity(event)) return null;
  return (
    <li key={event.seq} class="line activity">
      <ActivityLine event={event} me={me} contact={contact} />
    </li>
  );
}
