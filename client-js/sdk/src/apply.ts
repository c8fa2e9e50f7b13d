// What an event does to a thread and to its timeline. Pure: the same rules for lists and threads.

import type { Event, MessageView, PreviewView, ReachView, ThreadView } from './protocol.ts';

const PREVIEW_CHARS = 120;

function previewOf(event: Event, text: string, note: boolean): PreviewView {
  return { seq: event.seq, author: event.actor, note, text: [...text].slice(0, PREVIEW_CHARS).join(''), at: event.at };
}

/** What a list shows of a message: its words, or else the name of its first file. */
function wordsOf({ text, attachments }: MessageView): string {
  const name = attachments?.[0]?.name;
  return text || !attachments ? text : name ? `Attachment: ${name}` : 'Attachment';
}

/** The thread after the event; `null` when it is out of sight. Kinds it does not know change nothing. */
export function applyToThread(thread: ThreadView, event: Event): ThreadView | null {
  switch (event.kind) {
    case 'thread.created':
      return event.data.thread;
    case 'thread_view':
      return event.data;
    case 'thread_gone':
      return null;
    case 'message.received': {
      const { message } = event.data;
      return { ...thread, channel_id: message.channel_id, inbound_seq: event.seq, preview: previewOf(event, wordsOf(message), false) };
    }
    case 'message.sent': {
      const { message } = event.data;
      const reply_no = Math.max(thread.reply_no, message.reply_no ?? 0);
      return { ...thread, reply_no, preview: previewOf(event, wordsOf(message), false) };
    }
    case 'note.added':
      return { ...thread, preview: previewOf(event, event.data.note.text, true) };
    case 'thread.assigned':
      return { ...thread, assignee_id: event.data.to, team_id: event.data.to_team };
    case 'thread.status_changed':
      // Where it is undefined, it is as if it was not there.
      return { ...thread, status: event.data.to, until: event.data.until } as ThreadView;
    case 'thread.opened':
      return { ...thread, read_seq: Math.max(thread.read_seq, event.data.read_seq) };
    case 'thread.marked_unread':
    case 'thread.prioritised':
    case 'thread.tagged':
    case 'thread.muted':
    case 'contact.changed':
      // What they tell has the names of the thread's own fields.
      return { ...thread, ...event.data };
    default:
      return thread;
  }
}

/** Kinds that have a place in a timeline; read marks and delivery steps change what is there. */
const TIMELINE_KINDS: readonly string[] = [
  'message.received', 'message.sent', 'thread.assigned', 'thread.status_changed', 'thread.created',
  'lock.acquired', 'lock.taken_over', 'contact.consent_changed', 'contact.merged', 'contact.unmerged',
  'thread.prioritised', 'thread.tagged',
];

export function isTimelineKind(event: Event): boolean {
  return TIMELINE_KINDS.includes(event.kind) || event.kind.startsWith('draft') || event.kind.startsWith('note');
}

/** The message that an event added, if it did. */
export function messageOf(event: Event): MessageView | null {
  return event.kind === 'message.received' || event.kind === 'message.sent' ? event.data.message : null;
}

/** The key under which this client (or another) wished for what the event says. */
export function keyOf(event: Event): string | null {
  if (event.kind === 'message.sent') return event.data.message.key ?? null;
  if (event.kind === 'note.added') return event.data.note.key;
  return null;
}

/** What an event says of a message that is there already. */
function newsOf(event: Event, message?: MessageView): Partial<MessageView> | null {
  switch (event.kind) {
    case 'attachment.changed': {
      const { attachment } = event.data;
      return { attachments: message?.attachments?.map((old) => (old.id === attachment.id ? attachment : old)) ?? [] };
    }
    case 'message.delivery_changed':
      return { delivery: event.data.delivery };
    case 'message.edited':
      return { edited: true, text: event.data.text };
    case 'message.revoked':
      return { revoked: true };
    case 'message.reacted':
      return { reaction: event.data.emoji ?? '' };
    default:
      return null;
  }
}

/** The timeline after the event: the same array if nothing changed. */
export function applyToTimeline(timeline: readonly Event[], event: Event): readonly Event[] {
  if (newsOf(event)) {
    const { message_id } = event.data as { message_id: string };
    return timeline.map((old) => {
      const message = messageOf(old);
      return message?.id === message_id ? ({ ...old, data: { message: { ...message, ...newsOf(event, message) } } } as Event) : old;
    });
  }
  if (!isTimelineKind(event)) return timeline;
  return event.seq <= (timeline.at(-1)?.seq ?? 0) ? timeline : [...timeline, event];
}

const HOUR_MS = 3_600_000;

/** How the customer can be answered after a message over a channel, which may have a window of so many hours. */
export function applyToReach(reach: readonly ReachView[], event: Event, hours: number | undefined): readonly ReachView[] {
  if (event.kind !== 'message.received' || hours === undefined) return reach;
  const window_until = new Date(Date.parse(event.at) + hours * HOUR_MS).toISOString();
  return reach.map((way) => (way.channel_id === event.data.message.channel_id ? { ...way, window_until } : way));
}

/** Where a thread stands among others: the place of the last thing said. */
export function activityOf(thread: ThreadView): number {
  return Math.max(thread.preview?.seq ?? 0, thread.inbound_seq);
}

/** Whether the customer said something that the asking agent has not read. */
export function isUnread(thread: ThreadView): boolean {
  return thread.inbound_seq > thread.read_seq;
}
