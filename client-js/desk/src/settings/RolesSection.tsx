// Roles: what the built-in ones allow, and those that an inbox has of its own.

import { useId, useState } from 'preact/hooks';
import type { InboxId, Permission, WantedRole } from '../../../sdk/src/index.ts';
import { ROLE_NAMES } from '../words.ts';
import { all } from './fields.tsx';
import { InboxPicker, useLoaded } from './loading.tsx';
import { Act, Field, Form, text, type Wrong } from './parts.tsx';
import { changeRole, createRole, loadStaff, removeRole, type Staff } from './people-api.ts';
import { grouped, roleOptions } from './permission-words.ts';

const NAME = { name: 'name', title: 'Name', help: 'No other role of this inbox has it', required: true, long: false };

export function RolesSection({ inboxId }: { inboxId: InboxId }) {
  const [wantedInbox, pick] = useState(inboxId);
  const { value, again, notice } = useLoaded(wantedInbox, () => loadStaff(wantedInbox));
  return (
    <section aria-labelledby="settings-roles">
      <h2 id="settings-roles">Roles{value && ` of ${value.inbox.name}`}</h2>
      {notice}
      {value && <InboxPicker inboxes={value.inboxes} inbox={value.inbox} pick={pick} />}
      {value && <List key={value.inbox.id} staff={value} again={again} />}
    </section>
  );
}

function List({ staff, again }: { staff: Staff; again(): Promise<void> }) {
  const { inbox, roles, built_in, members } = staff;
  return (
    <>
      <ul>
        {built_in.map(({ role, permissions }) => (
          <li key={role} class="setting" data-testid="setting-role">
            <p class="setting-name">
              {ROLE_NAMES[role]} <small>built in</small>
            </p>
            <Allowed permissions={permissions} />
          </li>
        ))}
        {roles.map((role) => {
          const holders = members.filter((member) => member.role === role.id).length;
          return (
            <li key={role.id} class="setting" data-testid="setting-role">
              <p class="setting-name">
                <bdi>{role.name}</bdi>
                <small>{holders === 0 ? 'nobody has it' : holders === 1 ? 'one member has it' : `${holders} members have it`}</small>
              </p>
              <Allowed permissions={role.permissions} />
              <div class="setting-forms">
                <Form
                  title={`Change ${role.name}`}
                  action="Save"
                  submit={async (form) => {
                    await changeRole(role.id, wanted(form));
                    await again();
                  }}
                >
                  {(wrong) => (
                    <>
                      <Field field={NAME} wrong={wrong} value={role.name} />
                      <Permissions ticked={role.permissions} wrong={wrong} />
                    </>
                  )}
                </Form>
                <Act
                  name={`Remove ${role.name}`}
                  act={async () => {
                    await removeRole(role.id);
                    await again();
                  }}
                />
              </div>
            </li>
          );
        })}
      </ul>
      <Form
        title="Add a role"
        action="Add"
        submit={async (form) => {
          await createRole(inbox.id, wanted(form));
          await again();
        }}
      >
        {(wrong) => <NewRole staff={staff} wrong={wrong} />}
      </Form>
    </>
  );
}

/** A role that begins as a copy of another one. */
function NewRole({ staff, wrong }: { staff: Staff; wrong: Wrong | null }) {
  const [like, setLike] = useState<string>('agent');
  const id = useId();
  const ticked = staff.roles.find((one) => one.id === like)?.permissions ?? staff.built_in.find((one) => one.role === like)?.permissions ?? [];
  return (
    <>
      <Field field={NAME} wrong={wrong} />
      <div class="field">
        <label for={id}>Begin with a copy of</label>
        <select id={id} value={like} aria-describedby={`${id}-help`} onChange={(event) => setLike(event.currentTarget.value)}>
          {roleOptions(staff.roles).map(([one, called]) => (
            <option key={one} value={one}>
              {called}
            </option>
          ))}
          <option value="">Nothing</option>
        </select>
        <p id={`${id}-help`} class="muted">
          Sets all ticks below anew
        </p>
      </div>
      <Permissions key={like} ticked={ticked} wrong={wrong} />
    </>
  );
}

function Permissions({ ticked, wrong }: { ticked: readonly Permission[]; wrong: Wrong | null }) {
  const refused = wrong?.field?.startsWith('permissions');
  return (
    <div class="permissions">
      {grouped().map(({ noun, permissions }) => (
        <fieldset key={noun}>
          <legend>{noun}</legend>
          {permissions.map(([name, about]) => (
            <label key={name} class="choice" title={name}>
              <input type="checkbox" name="permissions" value={name} defaultChecked={ticked.includes(name)} />
              <span>{about}</span>
            </label>
          ))}
        </fieldset>
      ))}
      {refused && <p class="form-error">{wrong?.text}</p>}
    </div>
  );
}

function Allowed({ permissions }: { permissions: readonly Permission[] }) {
  const groups = grouped().map(({ noun, permissions: list }) => ({ noun, list: list.filter(([name]) => permissions.includes(name)) }));
  return (
    <details class="explained">
      <summary>
        {permissions.length === 0 ? 'Allows nothing' : permissions.length === 1 ? 'Allows one thing' : `Allows ${permissions.length} things`}
      </summary>
      <dl>
        {groups
          .filter(({ list }) => list.length > 0)
          .map(({ noun, list }) => (
            <div key={noun}>
              <dt>{noun}</dt>
              {list.map(([name, about]) => (
                <dd key={name}>{about}</dd>
              ))}
            </div>
          ))}
      </dl>
    </details>
  );
}

function wanted(form: FormData): WantedRole {
  return { name: text(form, 'name'), permissions: all(form, 'permissions') as Permission[] };
}
