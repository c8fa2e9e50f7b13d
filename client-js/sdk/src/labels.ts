// What agents do with threads beside answering: priorities, tags, reading later, handing over, and all of it for
// many threads at a time. Loaded apart from the core.

import type { Desk } from './desk.ts';
import type { Sent } from './outbox.ts';
import type {
  AgentId, BulkAnswer, BulkAnswers, Command, InboxId, Mention, Outcome, Priority, TagId, Tags, TeamId, ThreadId, ThreadView, WantedTag,
} from './protocol.ts';

/** Most commands in one request. */
const BULK_MAX = 200;

export function prioritise(desk: Desk, thread: ThreadId, to: Priority): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'thread.prioritise', thread_id: thread, to });
}

export function setTag(desk: Desk, thread: ThreadId, tag: TagId, on: boolean): Sent<Outcome> {
  return desk.core.outbox.post({ kind: on ? 'thread.tag' : 'thread.untag', thread_id: thread, tag_id: tag });
}

/** Lets the customer's last message be unread again, for this agent on all of its devices. */
export function markUnread(desk: Desk, thread: ThreadId): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'thread.mark_unread', thread_id: thread });
}

export interface Receiver {
  agent: AgentId | null;
  team: TeamId | null;
}

/** The command that gives a thread to somebody, with what they should know. */
export function transferOf(thread: ThreadView, to: Receiver, note = '', mentions: readonly Mention[] = []): Command {
  const said = note.trim() === '' ? {} : { note, ...(mentions.length > 0 && { mentions: [...mentions] }) };
  const { id: thread_id, assignee_id: from, team_id: from_team } = thread;
  return { kind: 'thread.assign', thread_id, from, to: to.agent, from_team, to_team: to.team, ...said };
}

export function transfer(desk: Desk, thread: ThreadView, to: Receiver, note?: string, mentions?: readonly Mention[]): Sent<Outcome> {
  return desk.core.outbox.post(transferOf(thread, to, note, mentions));
}

/** Does many things; each succeeds or fails alone. The answers come in the commands' order. */
export async function bulk(desk: Desk, commands: readonly Command[]): Promise<BulkAnswer[]> {
  const { host, http } = desk.core;
  const answers: BulkAnswer[] = [];
  for (let at = 0; at < commands.length; at += BULK_MAX) {
    const some = commands.slice(at, at + BULK_MAX).map((command) => ({ key: host.newKey(), command }));
    answers.push(...(await http.request<BulkAnswers>('POST', '/api/v1/commands/bulk', { commands: some })).answers);
  }
  return answers;
}

/** The tags of an inbox, for who may manage them. Desks hear of changes by events. */
export function createTag(desk: Desk, inbox: InboxId, tag: WantedTag): Promise<Tags> {
  return desk.core.http.request('POST', `/api/v1/inboxes/${inbox}/tags`, tag);
}

export function changeTag(desk: Desk, inbox: InboxId, id: TagId, tag: WantedTag): Promise<Tags> {
  return desk.core.http.request('PUT', `/api/v1/inboxes/${inbox}/tags/${id}`, tag);
}

export function removeTag(desk: Desk, inbox: InboxId, id: TagId): Promise<Tags> {
  return desk.core.http.request('DELETE', `/api/v1/inboxes/${inbox}/tags/${id}`);
}
