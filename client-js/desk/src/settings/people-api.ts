// What the settings ask of the server about people, teams and rights.

import type {
  AgentId, Agents, ChannelSettings, Channels, InboxId, InboxSettings, Inboxes, Members, NewAgent, ReviewRule, RoleId, TeamId, Teams, WantedAgent,
  WantedInbox, WantedMember, WantedRole, WantedTeam,
} from '../../../sdk/src/index.ts';
import { ask } from './api.ts';

export const loadAgents = () => ask<Agents>('GET', 'agents');
export const addAgent = (agent: NewAgent) => ask<unknown>('POST', 'agents', agent);
export const changeAgent = (id: AgentId, agent: WantedAgent) => ask<void>('PUT', `agents/${id}`, agent);
export const resetPassword = (id: AgentId, password: string) => ask<void>('PUT', `agents/${id}/password`, { password });

export const loadInboxes = () => ask<Inboxes>('GET', 'inboxes');

export async function loadTeams(): Promise<Teams & Pick<Inboxes, 'agents'>> {
  const [{ teams }, { agents }] = await Promise.all([ask<Teams>('GET', 'teams'), loadInboxes()]);
  return { teams, agents };
}

export const createTeam = (team: WantedTeam) => ask<unknown>('POST', 'teams', team);
export const changeTeam = (id: TeamId, team: WantedTeam) => ask<void>('PUT', `teams/${id}`, team);
export const removeTeam = (id: TeamId) => ask<void>('DELETE', `teams/${id}`);

/** All inboxes, and who works in one of them in which role. */
export interface Staff extends Inboxes, Members {
  inbox: InboxSettings;
}

/** What is known of one inbox's staff: the wanted one, or where it is not there, the first. */
export async function loadStaff(wanted: InboxId): Promise<Staff> {
  const { inboxes, agents } = await loadInboxes();
  const inbox = inboxes.find((one) => one.id === wanted) ?? inboxes[0];
  if (!inbox) throw new Error('There is no inbox yet.');
  return { inboxes, agents, inbox, ...(await ask<Members>('GET', `inboxes/${inbox.id}/members`)) };
}

export const setMember = (inbox: InboxId, agent: AgentId, member: WantedMember) => ask<void>('PUT', `inboxes/${inbox}/members/${agent}`, member);
export const removeMember = (inbox: InboxId, agent: AgentId) => ask<void>('DELETE', `inboxes/${inbox}/members/${agent}`);
export const createRole = (inbox: InboxId, role: WantedRole) => ask<unknown>('POST', `inboxes/${inbox}/roles`, role);
export const changeRole = (id: RoleId, role: WantedRole) => ask<void>('PUT', `roles/${id}`, role);
export const removeRole = (id: RoleId) => ask<void>('DELETE', `roles/${id}`);

/** An inbox's rules, and what they can name. */
export interface Rules extends Staff {
  review: ReviewRule;
  channels: ChannelSettings[];
}

export async function loadRules(wanted: InboxId): Promise<Rules> {
  const staff = await loadStaff(wanted);
  const { id } = staff.inbox;
  const [review, { channels }] = await Promise.all([ask<ReviewRule>('GET', `inboxes/${id}/review`), ask<Channels>('GET', 'channels')]);
  return { ...staff, review, channels: channels.filter((one) => one.inbox_id === id) };
}

export const setReview = (inbox: InboxId, rule: ReviewRule) => ask<ReviewRule>('PUT', `inboxes/${inbox}/review`, rule);
export const setStatuses = ({ id, name, mode, auto_reply }: InboxSettings, statuses: NonNullable<WantedInbox['statuses']>) =>
  ask<Inboxes>('PUT', `inboxes/${id}`, { name, mode, auto_reply, members: [], statuses } satisfies WantedInbox);
