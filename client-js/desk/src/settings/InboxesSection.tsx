// Inboxes: their names, how replying works, what they answer by themselves.

import type { AgentId, InboxMode, InboxSettings, WantedInbox } from '../../../sdk/src/index.ts';
import { changeInbox, createInbox, type Settings } from './api.ts';
import { Check, Checks, Select } from './fields.tsx';
import { Field, Form, text, type Wrong } from './parts.tsx';

const MODES: Readonly<Record<InboxMode, string>> = {
  team: 'Anyone replies',
  exclusive: 'Only the assignee replies',
};
const NAME = { name: 'name', title: 'Name', help: 'No other inbox has it', required: true, long: false };
const AUTO_REPLY = {
  name: 'auto_reply',
  title: 'Automatic reply',
  help: 'Sent once when a customer begins to write, or comes back after the thread was closed',
  required: false,
  long: true,
};

export function InboxesSection({ me, settings, again }: { me: AgentId; settings: Settings; again(): Promise<void> }) {
  const form = (inbox: InboxSettings | null) => (wrong: Wrong | null) => (
    <>
      <Field field={NAME} wrong={wrong} value={inbox?.name ?? ''} />
      <Select name="mode" title="Replying" value={inbox?.mode ?? 'team'} options={Object.entries(MODES)} wrong={wrong} />
      <Field field={AUTO_REPLY} wrong={wrong} value={inbox?.auto_reply ?? ''} />
      <Check name="health_data" title="Customers tell of their health here" help="No WhatsApp, and exports are sealed" value={inbox?.health_data ?? false} wrong={wrong} />
      {!inbox && (
        <Checks
          name="members"
          title="Members, beside you"
          help="They see every thread; what else they are there is set under Members"
          options={settings.agents.filter((agent) => agent.id !== me).map((agent) => [agent.id, agent.name])}
          ticked={[]}
          wrong={wrong}
        />
      )}
    </>
  );
  return (
    <section aria-labelledby="settings-inboxes">
      <h2 id="settings-inboxes">Inboxes</h2>
      <ul>
        {settings.inboxes.map((inbox) => (
          <li key={inbox.id} class="setting" data-testid="setting-inbox">
            <p class="setting-name">
              <bdi>{inbox.name}</bdi>
            </p>
            <p class="muted">
              {MODES[inbox.mode]} · {inbox.members.length} {inbox.members.length === 1 ? 'member' : 'members'}
            </p>
            {inbox.auto_reply !== null && (
              <p>
                Answers by itself: <q dir="auto">{inbox.auto_reply}</q>
              </p>
            )}
            <Form
              title={`Change ${inbox.name}`}
              action="Save"
              submit={async (data) => {
                await changeInbox(inbox.id, wanted(data));
                await again();
              }}
            >
              {form(inbox)}
            </Form>
          </li>
        ))}
      </ul>
      <Form
        title="Add an inbox"
        action="Add"
        submit={async (data) => {
          await createInbox(wanted(data));
          await again();
        }}
      >
        {form(null)}
      </Form>
    </section>
  );
}

function wanted(form: FormData): WantedInbox {
  const reply = text(form, 'auto_reply').trim();
  const mode: InboxMode = text(form, 'mode') === 'exclusive' ? 'exclusive' : 'team';
  return { name: text(form, 'name'), mode, auto_reply: reply === '' ? null : reply, members: form.getAll('members').map(String), health_data: form.has('health_data') };
}
