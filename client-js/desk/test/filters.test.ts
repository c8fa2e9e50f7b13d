// @vitest-environment happy-dom
// How the list is narrowed, and how rights are called.

import { beforeEach, describe, expect, it } from 'vitest';
import { isIn, listFilter, narrow, narrowedOf, read } from '../src/filters.ts';
import { grouped, roleName, seesAddresses } from '../src/settings/permission-words.ts';
import { newPassword } from '../src/settings/password.ts';
import { INBOX_PERMISSIONS, ORGANISATION_PERMISSIONS } from '../../sdk/src/permissions.ts';
import type { InboxView, Me, MemberSettings, RoleSettings, ThreadView } from '../../sdk/src/index.ts';

const ann = { id: 'agt_1', name: 'Ann', role: 'agent' } as const;
const inbox: InboxView = {
  id: 'ibx_1', name: 'Support', mode: 'team', scope: 'all', may: [], channels: [], agents: [ann], statuses: { after_reply: 'open', after_message: 'open', transitions: {} },
  teams: [{ id: 'tem_1', name: 'Ours', members: ['agt_1'] }, { id: 'tem_2', name: 'Theirs', members: ['agt_2'] }],
  tags: [{ id: 'tag_1', name: 'VIP', color: 'red' }],
};
const me: Me = { agent: ann, may: [], inboxes: [inbox], tokens: [] };
const thread = (change: Partial<ThreadView>) => ({ assignee_id: null, team_id: null, ...change }) as ThreadView;

describe('a narrowed list', () => {
  beforeEach(() => localStorage.clear());

  it('is remembered by inbox, and forgets tags that are gone', () => {
    narrow(inbox, { priorities: ['high', 'urgent'], tags: ['tag_1', 'tag_gone'] });
    expect(narrowedOf(inbox)).toEqual({ priorities: ['urgent', 'high'], tags: ['tag_1'] });
    expect(narrowedOf({ ...inbox, id: 'ibx_2' })).toEqual({ priorities: [], tags: [] });
    expect(listFilter(me, inbox, 'mine', 'open')).toEqual({ inboxId: 'ibx_1', statuses: ['open'], assignee: 'me', priorities: ['urgent', 'high'], tags: ['tag_1'] });
    narrow(inbox, { priorities: [], tags: [] });
    expect(localStorage.length).toBe(0);
  });

  it('takes what the browser kept for what it is', () => {
    for (const kept of [null, '', '{', '[]', '7', 'null', '{"priorities":3,"tags":"x"}']) expect(read(kept)).toEqual({ priorities: [], tags: [] });
    localStorage.setItem('tandem.filter.ibx_1', '{"priorities":["soon",7],"tags":[{}]}');
    expect(narrowedOf(inbox)).toEqual({ priorities: [], tags: [] });
  });

  it('knows the teams that one is in', () => {
    expect(listFilter(me, inbox, 'teams', 'closed')).toEqual({ inboxId: 'ibx_1', statuses: ['closed'], teams: ['tem_1'] });
    expect(listFilter(me, { ...inbox, teams: [] }, 'teams', 'closed')).toEqual({ inboxId: 'ibx_1', statuses: ['closed'] });
    const views = ['mine', 'teams', 'none', 'all'] as const;
    const of = (change: Partial<ThreadView>) => views.filter((view) => isIn(view, thread(change), me, inbox));
    expect(of({})).toEqual(['none', 'all']);
    expect(of({ assignee_id: 'agt_1', team_id: 'tem_2' })).toEqual(['mine', 'all']);
    expect(of({ team_id: 'tem_1' })).toEqual(['teams', 'none', 'all']);
    expect(of({ assignee_id: 'agt_2', team_id: 'tem_1' })).toEqual(['teams', 'all']);
  });
});

describe('rights in words', () => {
  it('groups every permission of an inbox once, in order', () => {
    const all = grouped().flatMap((group) => group.permissions);
    expect(new Set(all.map(([name]) => name))).toEqual(new Set(INBOX_PERMISSIONS.map(([name]) => name)));
    expect(grouped()[0]).toMatchObject({ noun: 'Threads' });
    expect(grouped([['moods.read' as never, 'See moods.']])).toEqual([{ noun: 'Moods', permissions: [['moods.read', 'See moods.']] }]);
    for (const [name, about] of [...INBOX_PERMISSIONS, ...ORGANISATION_PERMISSIONS]) expect([name, /^[A-Z].*\.$/.test(about)]).toEqual([name, true]);
  });

  it('says which role a member has, and whether it sees addresses', () => {
    const own: RoleSettings[] = [{ id: 'rol_1', inbox_id: 'ibx_1', name: 'Helpers', permissions: ['threads.read'] }];
    const builtIn = [{ role: 'agent' as const, permissions: ['contacts.reveal' as const] }];
    const member = (role: MemberSettings['role']): MemberSettings => ({ agent_id: 'agt_1', name: 'Ann', disabled: false, role, scope: 'all' });
    const says = (role: MemberSettings['role']) => [roleName(member(role), 'agent', own), seesAddresses(member(role), 'agent', own, builtIn)];
    expect(says(null)).toEqual(['Agent, as in the organisation', true]);
    expect(says('agent')).toEqual(['Agent', true]);
    expect(says('rol_1')).toEqual(['Helpers', false]);
    expect(says('rol_gone')).toEqual(['A role that is gone', false]);
  });

  it('makes passwords up, each another one, long enough to be taken', () => {
    const made = Array.from({ length: 50 }, newPassword);
    expect(new Set(made).size).toBe(50);
    for (const one of made) expect(one).toMatch(/^[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){4}$/);
  });
});
