// Above a thread: who it is with, who owns it, where it stands, who else is here.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AgentId, Status, ThreadView } from '../../sdk/src/index.ts';
import { go, notifyError } from './app-state.ts';
import { ContactCard } from './ContactCard.tsx';
import { ChannelIcon, Icon } from './icons.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { threadKeys } from './keys.ts';
import { LabelControls } from './LabelControls.tsx';
import { TagMarks } from './Labels.tsx';
import { People } from './People.tsx';
import { StatusControl, Until } from './StatusControl.tsx';
import { availabilityOf, useAgents } from './team-state.ts';
import { useNow } from './use.ts';
import { AVAILABILITY_NAMES, CHANNEL_NAMES, contactName, pauseWords } from './words.ts';

export function ThreadHeader({ thread, me, inbox, view }: ThreadParts & { view: ThreadView }) {
  const assign = useRef<HTMLSelectElement>(null);
  const [card, setCard] = useState(false);
  const channel = inbox.channels.find((one) => one.id === view.channel_id);
  const address = view.contact.addresses[0]?.value;
  const now = useNow(30_000);
  const closed = view.status === 'closed';
  const setStatus = (to: Status) => void thread.setStatus(to).catch(notifyError);

  // With the controls themselves, not a frame later: a key must not find nobody.
  useLayoutEffect(() => {
    threadKeys.assign = () => assign.current?.focus();
    threadKeys.close = () => setStatus('closed');
    threadKeys.contact = () => setCard(true);
    return () => {
      delete threadKeys.assign;
      delete threadKeys.contact;
      delete threadKeys.close;
    };
  }, [thread]);

  return (
    <div class="thread-head">
      <button type="button" class="icon-button back" aria-label="Back to the list" onClick={() => go({ thread: null })}>
        <Icon name="back" />
      </button>
      <div class="who">
        <h1>
          <button type="button" class="contact-button" title="Contact card (c)" aria-haspopup="dialog" onClick={() => setCard(true)} data-testid="contact">
            <bdi>{contactName(view.contact)}</bdi>
            <Icon name="person" small />
          </button>
        </h1>
        <p class="muted">
          {channel && <ChannelIcon kind={channel.kind} />}
          <span>{channel ? CHANNEL_NAMES[channel.kind] : ''}</span>
          {channel?.paused && (
            <span class="paused-mark" title={pauseWords(channel)}>
              <Icon name="alert" small />
              Paused
            </span>
          )}
          {view.contact.name && address && <bdi>{address}</bdi>}
          <Until view={view} now={now} />
        </p>
      </div>
      {card && <ContactCard thread={thread} inbox={inbox} view={view} done={() => setCard(false)} />}
      <People thread={thread} me={me} />
      <div class="thread-controls">
        <select
          ref={assign}
          aria-label="Assignee"
          value={view.assignee_id ?? ''}
          onChange={(event) => {
            const { value } = event.currentTarget;
            // What is shown is the server's word: until it has agreed, the old owner stays.
            event.currentTarget.value = view.assignee_id ?? '';
            thread.assign(value === '' ? null : value).catch(notifyError);
          }}
        >
          <option value="">Unassigned</option>
          <AgentOptions me={me.agent.id} view={view} agents={inbox.agents} />
        </select>
        <StatusControl thread={thread} view={view} rules={inbox.statuses} />
        <LabelControls me={me} inbox={inbox} view={view} />
        <button type="button" title={closed ? 'Open this thread again' : 'Close this thread (e)'} onClick={() => setStatus(closed ? 'open' : 'closed')}>
          <Icon name={closed ? 'retry' : 'check'} small />
          {closed ? 'Reopen' : 'Close'}
        </button>
      </div>
      <TagMarks thread={view} inbox={inbox} max={20} />
    </div>
  );
}

function AgentOptions({ me, view, agents }: { me: AgentId; view: ThreadView; agents: readonly { id: AgentId; name: string }[] }) {
  const there = useAgents();
  const nameOf = ({ id, name }: { id: AgentId; name: string }) => {
    if (id === me) return `${name} (you)`;
    return there.size === 0 ? name : `${name} · ${AVAILABILITY_NAMES[availabilityOf(there.get(id))]}`;
  };
  const known = agents.some((agent) => agent.id === view.assignee_id);
  return (
    <>
      {agents.map((agent) => (
        <option key={agent.id} value={agent.id}>
          {nameOf(agent)}
        </option>
      ))}
      {view.assignee_id && !known && <option value={view.assignee_id}>A colleague</option>}
    </>
  );
}
