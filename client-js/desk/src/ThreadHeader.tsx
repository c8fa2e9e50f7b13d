// Above a thread: who it is with, who owns it, where it stands, who else is here.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { AgentId, Status, ThreadView } from '../../sdk/src/index.ts';
import { go, notifyError } from './app-state.ts';
import { Avatar } from './Avatar.tsx';
import { ChannelIcon, Icon } from './icons.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { threadKeys } from './keys.ts';
import { useStore } from './use.ts';
import { agentName, CHANNEL_NAMES, contactName, nameList, STATUS_NAMES } from './words.ts';

const SETTABLE: readonly Status[] = ['open', 'pending', 'escalated', 'closed'];

export function ThreadHeader({ thread, me, inbox, view }: ThreadParts & { view: ThreadView }) {
  const assign = useRef<HTMLSelectElement>(null);
  const channel = inbox.channels.find((one) => one.id === view.channel_id);
  const address = view.contact.addresses[0]?.value;
  const closed = view.status === 'closed';
  const setStatus = (to: Status) => void thread.setStatus(to).catch(notifyError);

  // With the controls themselves, not a frame later: a key must not find nobody.
  useLayoutEffect(() => {
    threadKeys.assign = () => assign.current?.focus();
    threadKeys.close = () => setStatus('closed');
    return () => {
      delete threadKeys.assign;
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
          <bdi>{contactName(view.contact)}</bdi>
        </h1>
        <p class="muted">
          {channel && <ChannelIcon kind={channel.kind} />}
          <span>{channel ? CHANNEL_NAMES[channel.kind] : ''}</span>
          {view.contact.name && address && <bdi>{address}</bdi>}
        </p>
      </div>
      <People thread={thread} me={me} inbox={inbox} />
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
        <select
          aria-label="Status"
          class={`status-select ${view.status}`}
          value={view.status}
          onChange={(event) => {
            const to = event.currentTarget.value as Status;
            event.currentTarget.value = view.status;
            setStatus(to);
          }}
        >
          {view.status === 'new' && <option value="new">{STATUS_NAMES.new}</option>}
          {SETTABLE.map((status) => (
            <option key={status} value={status}>
              {STATUS_NAMES[status]}
            </option>
          ))}
        </select>
        <button type="button" title={closed ? 'Open this thread again' : 'Close this thread (e)'} onClick={() => setStatus(closed ? 'open' : 'closed')}>
          <Icon name={closed ? 'retry' : 'check'} small />
          {closed ? 'Reopen' : 'Close'}
        </button>
      </div>
    </div>
  );
}

function AgentOptions({ me, view, agents }: { me: AgentId; view: ThreadView; agents: readonly { id: AgentId; name: string }[] }) {
  const known = agents.some((agent) => agent.id === view.assignee_id);
  return (
    <>
      {agents.map((agent) => (
        <option key={agent.id} value={agent.id}>
          {agent.id === me ? `${agent.name} (you)` : agent.name}
        </option>
      ))}
      {view.assignee_id && !known && <option value={view.assignee_id}>A colleague</option>}
    </>
  );
}

/** Colleagues who look at this thread too, and whether they type. */
function People({ thread, me }: ThreadParts) {
  const viewers = useStore(thread.viewers);
  const typing = useStore(thread.typing);
  const names = (ids: readonly AgentId[]) => nameList(ids.map((id) => agentName(me, id)));
  const here = [...new Set([...viewers, ...typing])];
  const words = typing.length > 0 ? `${names(typing)} ${typing.length > 1 ? 'are' : 'is'} typing…` : here.length > 0 ? `${names(here)} ${here.length > 1 ? 'are' : 'is'} here` : '';
  return (
    <div class="people">
      <span class="avatars">
        {here.slice(0, 4).map((id) => (
          <Avatar key={id} id={id} name={agentName(me, id)} look={typing.includes(id) ? 'replying' : 'viewing'} />
        ))}
      </span>
      <span class={typing.length > 0 ? 'people-words typing' : 'people-words muted'} data-testid="people">
        {words}
      </span>
    </div>
  );
}
