// Private notes beyond the first word: whom they mention, how they change, and what they were. Loaded apart from
// the core.

import type { Desk } from './desk.ts';
import type { Sent } from './outbox.ts';
import type { AgentId, Event, Mention, NoteHistory, NoteId, NoteView, Outcome, TeamId, ThreadId } from './protocol.ts';
import type { Unsubscribe } from './store.ts';

/** Somebody who can be mentioned, by a name that the text has after an `@`. */
export interface Mentionable {
  name: string;
  agentId?: AgentId;
  teamId?: TeamId;
}

/** Most mentions in a note. */
const MENTIONS_MAX = 20;

/** Finds who is mentioned in a text, longer names before shorter ones; where two have one name, the first. */
export function findMentions(text: string, people: readonly Mentionable[]): Mention[] {
  const longest = people.filter(({ name }) => name !== '').sort((a, b) => b.name.length - a.name.length);
  const found: Mention[] = [];
  for (let at = text.indexOf('@'); at !== -1 && found.length < MENTIONS_MAX; at = text.indexOf('@', at + 1)) {
    // An address is no mention, and half a name is none either.
    if (/[\p{L}\p{N}_]/u.test(text[at - 1] ?? '')) continue;
    const who = longest.find(({ name }) => text.startsWith(name, at + 1) && !/^[\p{L}\p{N}_]/u.test(text.slice(at + 1 + name.length)));
    if (!who) continue;
    const to = at + 1 + who.name.length;
    const target = who.teamId === undefined ? { agent_id: who.agentId ?? '' } : { team_id: who.teamId };
    found.push({ ...target, from: at, to });
    at = to - 1;
  }
  return found;
}

/** Writes a note that mentions people; shown as on its way until its echo comes. */
export function addNote(desk: Desk, threadId: ThreadId, text: string, mentions: readonly Mention[]): Sent<Outcome> {
  const { host, outbox, outgoing } = desk.core;
  const sent = outbox.post({ kind: 'note.add', thread_id: threadId, text, ...some(mentions) });
  return outgoing.add({ threadId, kind: 'note', text, at: host.now(), seenReply: null, terms: {} }, sent);
}

/** Lets a note say something else, if it still says what is on screen. */
export function editNote(desk: Desk, threadId: ThreadId, note: NoteView, text: string, mentions: readonly Mention[]): Sent<Outcome> {
  const { id: note_id, version } = note;
  return desk.core.outbox.post({ kind: 'note.edit', thread_id: threadId, note_id, version, text, ...some(mentions) });
}

export function deleteNote(desk: Desk, threadId: ThreadId, note: NoteId): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'note.delete', thread_id: threadId, note_id: note });
}

/** All that a note has said, for its author and for moderators. */
export function noteHistory(desk: Desk, note: NoteId): Promise<NoteHistory> {
  return desk.core.http.get(`/api/v1/notes/${note}/history`);
}

/** A timeline with its notes as they are now, and nothing else of how they became so. */
export function withNotes(timeline: readonly Event[]): readonly Event[] {
  const changes = new Map<NoteId, Event[]>();
  for (const event of timeline) {
    if (event.kind !== 'note.edited' && event.kind !== 'note.deleted') continue;
    const { note_id } = event.data;
    changes.set(note_id, [...(changes.get(note_id) ?? []), event]);
  }
  if (changes.size === 0) return timeline;
  return timeline.flatMap((event): Event[] => {
    if (event.kind === 'note.edited' || event.kind === 'note.deleted') return [];
    if (event.kind !== 'note.added') return [event];
    const note = (changes.get(event.data.note.id) ?? []).reduce(changed, event.data.note);
    return [{ ...event, data: { note } }];
  });
}

function changed(note: NoteView, event: Event): NoteView {
  if (event.kind === 'note.deleted') return { ...note, text: '', mentions: [], deleted: { by: event.actor, at: event.at } };
  if (event.kind !== 'note.edited' || event.data.version <= note.version || note.deleted) return note;
  const { text, mentions, version } = event.data;
  return { ...note, text, mentions, version, edited_at: event.at };
}

const PREVIEW_CHARS = 120;

/** Keeps what lists show of notes as the notes are now, until it is undone. */
export function followNotes(desk: Desk): Unsubscribe {
  const { core } = desk;
  return desk.on('event', ({ event }) => {
    if ((event.kind !== 'note.edited' && event.kind !== 'note.deleted') || !event.thread_id) return;
    const stream = core.streamOf(event.thread_id);
    const table = stream && core.table(stream);
    const preview = table && table.get(event.thread_id)?.preview;
    if (!preview || preview.seq !== event.data.added_seq) return;
    const text = event.kind === 'note.edited' ? [...event.data.text].slice(0, PREVIEW_CHARS).join('') : '';
    table.patch(event.thread_id, { preview: { ...preview, text } });
  });
}

function some(mentions: readonly Mention[]): { mentions?: Mention[] } {
  return mentions.length === 0 ? {} : { mentions: [...mentions] };
}
