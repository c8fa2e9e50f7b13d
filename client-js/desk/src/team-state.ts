// The team as the desk shows it: one watch for all that look, and what is said about a colleague.

import { createTeam, type AgentsHandle } from '../../sdk/src/team.ts';
import type { AgentId, AgentPresence, AgentView, Availability, Me } from '../../sdk/src/index.ts';
import { desk } from './app-state.ts';
import { useLease, useStore } from './use.ts';

export const team = createTeam(desk);

export type Agents = ReturnType<AgentsHandle['agents']['get']>;

/** Who is there; empty before that is known. */
export function useAgents(): Agents {
  return useStore(useLease('agents', () => team.agents()).agents);
}

export interface Colleague extends AgentView {
  presence: AgentPresence | null;
}

const ORDER: readonly Availability[] = ['online', 'busy', 'away', 'offline'];

export function availabilityOf(presence: AgentPresence | null | undefined): Availability {
  return presence?.availability ?? 'offline';
}

/** All members of one's inboxes, those who are there first. */
export function colleaguesOf(me: Me, agents: Agents): Colleague[] {
  const found = new Map<AgentId, Colleague>();
  for (const inbox of me.inboxes) {
    for (const agent of inbox.agents) found.set(agent.id, { ...agent, presence: agents.get(agent.id) ?? null });
  }
  const rank = (one: Colleague) => ORDER.indexOf(availabilityOf(one.presence));
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
