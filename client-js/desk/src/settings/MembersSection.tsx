// Who works in an inbox: in which role, and which of its threads they see.

import { useState } from 'preact/hooks';
import type { InboxId, MemberRole, MemberSettings, Scope, WantedMember } from '../../../sdk/src/index.ts';
import { Select } from './fields.tsx';
import { InboxPicker, useLoaded } from './loading.tsx';
import { Act, Form, text, type Wrong } from './parts.tsx';
import { loadStaff, removeMember, setMember, type Staff } from './people-api.ts';
import { roleName, roleOptions, SCOPES, seesAddresses } from './permission-words.ts';

export function MembersSection({ inboxId }: { inboxId: InboxId }) {
  const [wantedInbox, pick] = useState(inboxId);
  const { value, again, notice } = useLoaded(wantedInbox, () => loadStaff(wantedInbox));
  return (
    <section aria-labelledby="settings-members">
      <h2 id="settings-members">Members{value && ` of ${value.inbox.name}`}</h2>
      {notice}
      {value && <InboxPicker inboxes={value.inboxes} inbox={value.inbox} pick={pick} />}
      {value && <List key={value.inbox.id} staff={value} again={again} />}
    </section>
  );
}

function List({ staff, again }: { staff: Staff; again(): Promise<void> }) {
  const { inbox, members, agents } = staff;
  const others = agents.filter((agent) => !members.some((member) => member.agent_id === agent.id));
  return (
    <>
      <ul>
        {members.map((member) => (
          <Member key={member.agent_id} staff={staff} member={member} again={again} />
        ))}
      </ul>
      {others.length > 0 ? (
        <Form
          title="Add a member"
          action="Add"
          submit={async (form) => {
            await setMember(inbox.id, text(form, 'agent'), wanted(form));
            await again();
          }}
        >
          {(wrong) => (
            <>
              <Select name="agent" title="Who" value={others[0]?.id ?? ''} options={others.map((agent) => [agent.id, agent.name])} wrong={wrong} />
              <Place staff={staff} member={null} wrong={wrong} />
            </>
          )}
        </Form>
      ) : (
        <p class="muted">Everybody works in this inbox.</p>
      )}
    </>
  );
}

function Member({ staff, member, again }: { staff: Staff; member: MemberSettings; again(): Promise<void> }) {
  const { inbox, agents, roles, built_in } = staff;
  const agent = agents.find((one) => one.id === member.agent_id);
  const { name } = member;
  return (
    <li class="setting" data-testid="setting-member">
      <p class="setting-name">
        <bdi>{name}</bdi>
        <small>{roleName(member, agent?.role, roles)}</small>
        {member.disabled && <span class="chip off">Disabled</span>}
      </p>
      <p class="muted">
        Sees: {SCOPES.find(([scope]) => scope === member.scope)?.[1].toLowerCase()}.{' '}
        {agent && (seesAddresses(member, agent.role, roles, built_in) ? 'Sees addresses of customers.' : 'Addresses of customers are masked.')}
      </p>
      <div class="setting-forms">
        <Form
          title={`Change ${name}`}
          action="Save"
          submit={async (form) => {
            await setMember(inbox.id, member.agent_id, wanted(form));
            await again();
          }}
        >
          {(wrong) => <Place staff={staff} member={member} wrong={wrong} />}
        </Form>
        <Act
          name={`Remove ${name}`}
          act={async () => {
            await removeMember(inbox.id, member.agent_id);
            await again();
          }}
        />
      </div>
    </li>
  );
}

function Place({ staff, member, wrong }: { staff: Staff; member: MemberSettings | null; wrong: Wrong | null }) {
  const help = 'Whether they see addresses of customers is a permission: a role without it has them masked';
  return (
    <>
      <Select name="role" title="Role here" help={help} value={member?.role ?? ''} options={[['', 'As in the organisation'], ...roleOptions(staff.roles)]} wrong={wrong} />
      <Select name="scope" title="Sees" help="Lists, timelines, search and what happens live" value={member?.scope ?? 'all'} options={SCOPES} wrong={wrong} />
    </>
  );
}

function wanted(form: FormData): WantedMember {
  const role = text(form, 'role') as MemberRole;
  return { role: role === '' ? null : role, scope: text(form, 'scope') as Scope };
}
