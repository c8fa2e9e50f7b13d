// Priorities, tags, statuses that may follow, and what came of many commands: what the parts of the desk show of
// them. Pure.

import { transferOf, type Receiver } from '../../sdk/src/labels.ts';
import type { BulkAnswer, Command, InboxView, Priority, Status, StatusRules, TagColor, TagView, ThreadId, ThreadView } from '../../sdk/src/index.ts';

export const PRIORITY_NAMES: Readonly<Record<Priority, string>> = { urgent: 'Urgent', high: 'High', normal: 'Normal', low: 'Low' };
export const PRIORITIES = Object.keys(PRIORITY_NAMES) as readonly Priority[];

export const TAG_COLORS: readonly TagColor[] = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'brown'];

export const SETTABLE: readonly Status[] = ['open', 'pending', 'escalated', 'closed'];

/** The tags of a thread, by name; one that was removed since is none. */
export function tagsOf(thread: ThreadView, inbox: InboxView): TagView[] {
  return inbox.tags.filter((tag) => thread.tags.includes(tag.id));
}

/** Which statuses may be set after this one, this one included. */
export function settable(rules: StatusRules, from: Status): Status[] {
  const allowed = rules.transitions[from];
  return SETTABLE.filter((to) => to === from || !allowed || allowed.includes(to));
}

/** The selection with one thread more, or less. */
export function toggled(selected: ReadonlySet<ThreadId>, id: ThreadId): ReadonlySet<ThreadId> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** What is still there of a selection, in the order of the list. */
export function stillThere(selected: ReadonlySet<ThreadId>, threads: readonly ThreadView[]): ThreadView[] {
  return threads.filter((thread) => selected.has(thread.id));
}

/** What came of many commands, in one sentence: how many were done, and why others were not. */
export function bulkWords(answers: readonly BulkAnswer[]): string {
  const refused = answers.flatMap((answer) => answer.error ?? []);
  const done = answers.length - refused.length;
  const counted = `${done} ${done === 1 ? 'thread' : 'threads'} changed`;
  if (refused.length === 0) return `${counted}.`;
  const reasons = new Map<string, number>();
  for (const { code, message } of refused) {
    const reason = code === 'owner_changed' ? 'somebody was faster' : message;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return `${counted}, ${refused.length} not: ${[...reasons].map(([reason, n]) => (reasons.size > 1 ? `${reason} (${n})` : reason)).join('; ')}.`;
}

/** Reads what a choice of receivers has for its value. */
export function receiverOf(value: string): Receiver {
  const [kind, id] = value.split(' ');
  return { agent: kind === 'agent' && id ? id : null, team: kind === 'team' && id ? id : null };
}

/** What can be done with several threads. */
export type Choice = 'assign' | 'status' | 'priority' | 'tag';

/** The command that a choice is for one of the threads. */
export function commandOf(choice: Choice, value: string, thread: ThreadView): Command | null {
  const thread_id = thread.id;
  if (choice === 'assign') return transferOf(thread, receiverOf(value));
  if (choice === 'priority') {
    const to = PRIORITIES.find((one) => one === value);
    return to ? { kind: 'thread.prioritise', thread_id, to } : null;
  }
  if (choice === 'tag') {
    const [how, tag_id = ''] = value.split(' ');
    return { kind: how === 'on' ? 'thread.tag' : 'thread.untag', thread_id, tag_id };
  }
  const to = (['open', 'pending', 'escalated', 'closed'] as const).find((one) => one === value);
  return to ? { kind: 'thread.set_status', thread_id, to } : null;
}
