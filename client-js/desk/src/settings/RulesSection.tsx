// The rules of an inbox: which status may follow which, and which replies somebody else has to approve first.

import { useState } from 'preact/hooks';
import type { InboxId, MemberRole, ReviewRule, Status, StatusRules } from '../../../sdk/src/index.ts';
import { SETTABLE, settable } from '../labels.ts';
import { CHANNEL_NAMES, STATUS_NAMES } from '../words.ts';
import { all, Checks, Select } from './fields.tsx';
import { InboxPicker, useLoaded } from './loading.tsx';
import { Field, Form, text } from './parts.tsx';
import { loadRules, setReview, setStatuses, type Rules } from './people-api.ts';
import { roleOptions } from './permission-words.ts';

const STATUSES = Object.keys(STATUS_NAMES) as readonly Status[];
const named = (...statuses: Status[]) => statuses.map((status) => [status, STATUS_NAMES[status]] as const);
const KEYWORDS = {
  name: 'keywords',
  title: 'Words',
  help: 'A word or a phrase a line: a reply with one of them in it has to be approved, in capitals or not',
  required: false,
  long: true,
};

export function RulesSection({ inboxId }: { inboxId: InboxId }) {
  const [wantedInbox, pick] = useState(inboxId);
  const { value, again, notice } = useLoaded(wantedInbox, () => loadRules(wantedInbox));
  return (
    <section aria-labelledby="settings-rules">
      <h2 id="settings-rules">Rules{value && ` of ${value.inbox.name}`}</h2>
      {notice}
      {value && <InboxPicker inboxes={value.inboxes} inbox={value.inbox} pick={pick} />}
      {value && (
        <ul key={value.inbox.id}>
          <StatusRule rules={value} again={again} />
          <Review rules={value} again={again} />
        </ul>
      )}
    </section>
  );
}

function StatusRule({ rules, again }: { rules: Rules; again(): Promise<void> }) {
  const { statuses } = rules.inbox;
  const narrowed = STATUSES.filter((from) => statuses.transitions[from]);
  return (
    <li class="setting" data-testid="setting-statuses">
      <p class="setting-name">Statuses</p>
      <p class="muted">
        A reply makes a new or open thread {STATUS_NAMES[statuses.after_reply].toLowerCase()}; a message makes a closed one{' '}
        {STATUS_NAMES[statuses.after_message].toLowerCase()}.
      </p>
      {narrowed.length === 0 ? (
        <p class="muted">Any status may follow any other.</p>
      ) : (
        narrowed.map((from) => (
          <p key={from} class="muted">
            After {STATUS_NAMES[from].toLowerCase()}: {statuses.transitions[from]?.map((to) => STATUS_NAMES[to].toLowerCase()).join(', ') || 'nothing else'}.
          </p>
        ))
      )}
      <Form
        title="Change the statuses"
        action="Save"
        submit={async (form) => {
          await setStatuses(rules.inbox, wantedStatuses(form));
          await again();
        }}
      >
        {(wrong) => (
          <>
            <Select name="statuses.after_reply" title="After a reply" help="What a new or open thread becomes" value={statuses.after_reply} options={named('open', 'pending')} wrong={wrong} />
            <Select name="statuses.after_message" title="When a customer comes back" help="What a closed thread becomes" value={statuses.after_message} options={named('open', 'new')} wrong={wrong} />
            {STATUSES.map((from) => (
              <Checks
                key={from}
                name={`statuses.transitions.${from}`}
                title={`${STATUS_NAMES[from]} may become`}
                options={named(...SETTABLE.filter((to) => to !== from))}
                ticked={settable(statuses, from)}
                wrong={wrong}
              />
            ))}
          </>
        )}
      </Form>
    </li>
  );
}

/** Where all are ticked, nothing is said: a status that is new one day may be set then, too. */
function wantedStatuses(form: FormData): StatusRules {
  const transitions: StatusRules['transitions'] = {};
  for (const from of STATUSES) {
    const ticked = all(form, `statuses.transitions.${from}`) as Status[];
    if (SETTABLE.some((to) => to !== from && !ticked.includes(to))) transitions[from] = ticked;
  }
  return { transitions, after_reply: text(form, 'statuses.after_reply') as Status, after_message: text(form, 'statuses.after_message') as Status };
}

function Review({ rules, again }: { rules: Rules; again(): Promise<void> }) {
  const { inbox, review, roles, channels } = rules;
  const roleNames = roleOptions(roles);
  const channelNames = channels.map((one) => [one.id, `${CHANNEL_NAMES[one.kind]} ${one.address}`] as const);
  const say = (options: readonly (readonly [string, string])[], ids: readonly string[]) => options.filter(([id]) => ids.includes(id)).map(([, name]) => name);
  const parts = [
    ['of', say(roleNames, review.roles)],
    ['over', say(channelNames, review.channels)],
    ['with', review.keywords],
  ] as const;
  const said = parts.filter(([, names]) => names.length > 0);
  return (
    <li class="setting" data-testid="setting-review">
      <p class="setting-name">Review</p>
      {said.length === 0 && <p class="muted">No reply has to be approved first.</p>}
      {said.map(([how, names]) => (
        <p key={how} class="muted">
          Replies {how} <bdi>{names.join(', ')}</bdi> have to be approved first.
        </p>
      ))}
      <Form
        title="Change the review"
        action="Save"
        submit={async (form) => {
          await setReview(inbox.id, wantedReview(form));
          await again();
        }}
      >
        {(wrong) => (
          <>
            <Checks name="roles" title="Replies of members who are" options={roleNames} ticked={review.roles} wrong={wrong} />
            <Checks name="channels" title="Replies over" options={channelNames} ticked={review.channels} wrong={wrong} />
            <Field field={KEYWORDS} value={review.keywords.join('\n')} wrong={wrong?.field?.startsWith('keywords') ? { ...wrong, field: 'keywords' } : wrong} />
          </>
        )}
      </Form>
    </li>
  );
}

function wantedReview(form: FormData): ReviewRule {
  const keywords = text(form, 'keywords').split('\n').map((word) => word.trim()).filter((word) => word !== '');
  return { roles: all(form, 'roles') as MemberRole[], channels: all(form, 'channels'), keywords };
}
