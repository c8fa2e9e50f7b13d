// What an agent can say of customers: what they are called, who is the same one. Loaded apart from the
// core, by whoever shows contact cards.

import type { Desk } from './desk.ts';
import type { Sent } from './outbox.ts';
import type { ContactId, Outcome, ThreadId } from './protocol.ts';

/** Gives the customer of a thread a name; `null` shows the one at the provider again. */
export function renameContact(desk: Desk, thread: ThreadId, name: string | null): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'contact.rename', thread_id: thread, name });
}

/** Makes a thread, and its customer, a part of another one of the same inbox. */
export function mergeContact(desk: Desk, thread: ThreadId, into: ThreadId): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'contact.merge', thread_id: thread, into });
}

/** Lets one of the `merged` contacts of a thread's customer stand for itself again. */
export function unmergeContact(desk: Desk, thread: ThreadId, contact: ContactId): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'contact.unmerge', thread_id: thread, contact_id: contact });
}
