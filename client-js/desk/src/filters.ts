// Which threads the list shows: whose and in which status is in the address; priorities and tags are remembered by
// inbox, as each inbox has its own.

import { signal } from '@preact/signals';
import type { InboxView, ListFilter, Me, Priority, TagId, TeamId, ThreadView } from '../../sdk/src/index.ts';
import { filterOf, type StatusFilter, type View } from './app-state.ts';
import { PRIORITIES } from './labels.ts';

export interface Narrowed {
  priorities: readonly Priority[];
  tags: readonly TagId[];
}

const PREFIX = 'tandem.filter.';
const NOTHING: Narrowed = { priorities: [], tags: [] };

/** Grows with every change, so that who shows them is shown again. */
const changes = signal(0);

/** How an inbox's list is narrowed. A tag that was removed since narrows nothing. */
export function narrowedOf(inbox: InboxView): Narrowed {
  void changes.value;
  const { priorities, tags } = read(localStorage.getItem(PREFIX + inbox.id));
  return { priorities: PRIORITIES.filter((one) => priorities.includes(one)), tags: inbox.tags.map((tag) => tag.id).filter((id) => tags.includes(id)) };
}

export function narrow(inbox: InboxView, to: Narrowed): void {
  if (isNarrowed(to)) localStorage.setItem(PREFIX + inbox.id, JSON.stringify(to));
  else localStorage.removeItem(PREFIX + inbox.id);
  changes.value += 1;
}

export function isNarrowed({ priorities, tags }: Narrowed): boolean {
  return priorities.length + tags.length > 0;
}

/** What is kept here is the browser's, and may be anything. */
export function read(kept: string | null): Narrowed {
  try {
    const { priorities, tags } = JSON.parse(kept ?? '{}') as Partial<Narrowed>;
    return { priorities: Array.isArray(priorities) ? priorities : [], tags: Array.isArray(tags) ? tags : [] };
  } catch {
    return NOTHING;
  }
}

/** The teams of an inbox that an agent is in. */
export function teamsOf(me: Me, inbox: InboxView): TeamId[] {
  return inbox.teams.filter((team) => team.members.includes(me.agent.id)).map((team) => team.id);
}

/** Whether a thread is in a view. */
export function isIn(view: View, thread: ThreadView, me: Me, inbox: InboxView): boolean {
  if (view === 'all') return true;
  if (view === 'teams') return thread.team_id !== null && teamsOf(me, inbox).includes(thread.team_id);
  return thread.assignee_id === (view === 'mine' ? me.agent.id : null);
}

/** What the list of an inbox is asked for. */
export function listFilter(me: Me, inbox: InboxView, view: View, status: StatusFilter): ListFilter {
  const { priorities, tags } = narrowedOf(inbox);
  const teams = teamsOf(me, inbox);
  // Whoever is in no team any more has no such view.
  const filter = filterOf(inbox.id, view === 'teams' && teams.length === 0 ? 'all' : view, status);
  if (view === 'teams' && teams.length > 0) filter.teams = teams;
  if (priorities.length > 0) filter.priorities = priorities;
  if (tags.length > 0) filter.tags = tags;
  return filter;
}
