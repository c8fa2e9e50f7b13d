// People: who they are, what they are in the organisation, whether they may sign in.

import { useRef, useState } from 'preact/hooks';
import { mayInOrganisation } from '../../../sdk/src/rights.ts';
import { ORGANISATION_PERMISSIONS } from '../../../sdk/src/permissions.ts';
import type { AgentSettings, Me, Role, WantedAgent } from '../../../sdk/src/index.ts';
import { notify } from '../app-state.ts';
import { Icon } from '../icons.tsx';
import { ROLE_NAMES } from '../words.ts';
import { Check, Select } from './fields.tsx';
import { useLoaded } from './loading.tsx';
import { copy, Field, Form, text, type Wrong } from './parts.tsx';
import { newPassword } from './password.ts';
import { addAgent, changeAgent, loadAgents, resetPassword } from './people-api.ts';
import { ROLE_HELP, ROLES } from './permission-words.ts';

const NAME = { name: 'name', title: 'Name', help: 'Colleagues see it', required: true, long: false };
const EMAIL = { name: 'email', title: 'E-mail', help: 'To sign in with; nobody else has it', required: true, long: false };
const PASSWORD = {
  name: 'password',
  title: 'Password',
  help: '15 characters or more. Hand it over yourself: it is not shown again',
  required: true,
  long: false,
};
const ROLE_OPTIONS = ROLES.map((role) => [role, `${ROLE_NAMES[role]}: ${ROLE_HELP[role].toLowerCase()}`] as const);

export function PeopleSection({ me }: { me: Me }) {
  const { value, again, notice } = useLoaded('people', loadAgents);
  const managing = mayInOrganisation(me, 'agents.manage');
  const resetting = mayInOrganisation(me, 'agents.reset_password');
  return (
    <section aria-labelledby="settings-people">
      <h2 id="settings-people">People</h2>
      {notice}
      <ul>
        {value?.agents.map((agent) => (
          <li key={agent.id} class="setting" data-testid="setting-agent">
            <p class="setting-name">
              <bdi>{agent.name}</bdi>
              {agent.id === me.agent.id && <small>(you)</small>}
              <small>{ROLE_NAMES[agent.role]}</small>
              {agent.disabled && <span class="chip off">Disabled</span>}
            </p>
            <p class="muted">
              <bdi>{agent.email}</bdi>
            </p>
            <div class="setting-forms">
              {managing && (
                <Form
                  title={`Change ${agent.name}`}
                  action="Save"
                  submit={async (form) => {
                    await changeAgent(agent.id, wanted(form));
                    await again();
                  }}
                >
                  {(wrong) => <Person agent={agent} wrong={wrong} />}
                </Form>
              )}
              {resetting && (
                <Form
                  title={`New password for ${agent.name}`}
                  action="Set"
                  submit={async (form) => {
                    await resetPassword(agent.id, text(form, 'password'));
                    notify(`${agent.name} is signed out everywhere, and signs in with the new password.`);
                  }}
                >
                  {(wrong) => <Password wrong={wrong} />}
                </Form>
              )}
            </div>
          </li>
        ))}
      </ul>
      {managing && value && (
        <Form
          title="Add a person"
          action="Add"
          submit={async (form) => {
            const { name, email = '', role } = wanted(form);
            await addAgent({ name, email, role, password: text(form, 'password') });
            await again();
            notify(`${name} can sign in. Make them a member of an inbox next.`);
          }}
        >
          {(wrong) => (
            <>
              <Person agent={null} wrong={wrong} />
              <Password wrong={wrong} />
            </>
          )}
        </Form>
      )}
      <details class="explained">
        <summary>What administrators may in the organisation</summary>
        <ul>
          {ORGANISATION_PERMISSIONS.map(([name, about]) => (
            <li key={name}>{about}</li>
          ))}
        </ul>
        <p class="muted">What anybody may in an inbox is said there, under Members and Roles.</p>
      </details>
    </section>
  );
}

function Person({ agent, wrong }: { agent: AgentSettings | null; wrong: Wrong | null }) {
  return (
    <>
      <Field field={NAME} wrong={wrong} value={agent?.name ?? ''} />
      <Field field={EMAIL} wrong={wrong} value={agent?.email ?? ''} />
      <Select name="role" title="In the organisation" help="In an inbox a member may have another role" value={agent?.role ?? 'agent'} options={ROLE_OPTIONS} wrong={wrong} />
      {agent && <Check name="disabled" title="Disabled" help="Cannot sign in, is given no threads; what they did stays" value={agent.disabled} wrong={wrong} />}
    </>
  );
}

/** One that was made here, to be handed over; or another one, written over it. */
function Password({ wrong }: { wrong: Wrong | null }) {
  const [made] = useState(newPassword);
  const place = useRef<HTMLDivElement>(null);
  return (
    <div ref={place} class="made-up">
      <Field field={PASSWORD} wrong={wrong} value={made} />
      <button type="button" onClick={() => copy('password', place.current?.querySelector('input')?.value ?? '')}>
        <Icon name="copy" small />
        Copy the password
      </button>
    </div>
  );
}

function wanted(form: FormData): WantedAgent {
  const role: Role = ROLES.find((one) => one === text(form, 'role')) ?? 'agent';
  return { name: text(form, 'name'), email: text(form, 'email'), role, disabled: form.has('disabled') };
}
