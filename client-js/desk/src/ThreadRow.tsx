// One thread in the list: who, what was said last, where it stands, and who is at it right now.

import { useEffect, useRef } from 'preact/hooks';
import { isUnread, type AgentId, type InboxView, type Me, type ThreadSignals, type ThreadView } from '../../sdk/src/index.ts';
import { Avatar } from './Avatar.tsx';
import { ChannelIcon, Icon } from './icons.tsx';
import { PriorityMark, TagMarks } from './Labels.tsx';
import { saying } from './People.tsx';
import { isPutOff, Until } from './StatusControl.tsx';
import { agentName, CHANNEL_NAMES, contactName, shortTime, STATUS_NAMES, wholeTime } from './words.ts';

interface ThreadRowProps {
  thread: ThreadView;
  me: Me;
  inbox: InboxView;
  signals: ThreadSignals | null;
  now: number;
  current: boolean;
  selected?: boolean;
  tabbable: boolean;
  onFocus(): void;
  onOpen(): void;
}

export function ThreadRow({ thread, me, inbox, signals, now, current, selected = false, tabbable, onFocus, onOpen }: ThreadRowProps) {
  const unread = isUnread(thread);
  const kind = inbox.channels.find((channel) => channel.id === thread.channel_id)?.kind ?? 'sms';
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (current) button.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const at = thread.preview?.at ?? thread.created_at;
  return (
    <button
      ref={button}
      type="button"
      class={`row${unread ? ' unread' : ''}`}
      aria-current={current ? 'true' : undefined}
      tabIndex={tabbable ? 0 : -1}
      data-testid="thread-row"
      onFocus={onFocus}
      onClick={onOpen}
    >
      <span class="row-top">
        {selected && <span class="sr">Selected. </span>}
        {unread && (
          <span class="unread-mark">
            <span class="sr">Unread. </span>
          </span>
        )}
        <bdi class="row-name">{contactName(thread.contact)}</bdi>
        <span class="row-channel" title={CHANNEL_NAMES[kind]}>
          <ChannelIcon kind={kind} />
          <span class="sr">{CHANNEL_NAMES[kind]}. </span>
        </span>
        <time class="row-time" dateTime={at} title={wholeTime(at)}>
          {shortTime(at, now)}
        </time>
      </span>
      <span class="row-middle">
        <Preview thread={thread} me={me} />
      </span>
      <span class="row-bottom">
        <PriorityMark priority={thread.priority} />
        <span class={`chip ${thread.status}`}>{isPutOff(thread) ? <Until view={thread} now={now} /> : STATUS_NAMES[thread.status]}</span>
        {signals?.contact_typing ? <span class="row-typing">typing…</span> : <Assignee thread={thread} me={me} inbox={inbox} />}
        <Presence signals={signals} me={me} />
      </span>
      <TagMarks thread={thread} inbox={inbox} max={3} />
    </button>
  );
}

function Preview({ thread, me }: { thread: ThreadView; me: Me }) {
  const { preview } = thread;
  if (!preview) return <span class="row-preview muted">Nothing was said yet</span>;
  const author = preview.author.kind === 'agent' ? (preview.author.id === me.agent.id ? 'You' : agentName(me, preview.author.id)) : null;
  return (
    <span class={preview.note ? 'row-preview note' : 'row-preview'}>
      {preview.note && <Icon name="note" small />}
      {preview.note && <span class="sr">Note by </span>}
      {author && <b>{author}: </b>}
      {preview.note && preview.text === '' ? <em>Deleted note</em> : <bdi>{preview.text}</bdi>}
    </span>
  );
}

function Assignee({ thread, me, inbox }: { thread: ThreadView; me: Me; inbox: InboxView }) {
  const id = thread.assignee_id;
  const team = inbox.teams.find((one) => one.id === thread.team_id);
  if (!id && team) {
    return (
      <span class="row-assignee">
        <Icon name="people" small />
        <span>
          <span class="sr">Of the team </span>
          <bdi>{team.name}</bdi>
        </span>
      </span>
    );
  }
  if (!id) return <span class="row-assignee muted">Unassigned</span>;
  const name = agentName(me, id);
  return (
    <span class="row-assignee">
      <Avatar id={id} name={name} />
      <span>
        <span class="sr">Assigned to </span>
        <bdi>{id === me.agent.id ? 'You' : name}</bdi>
      </span>
    </span>
  );
}

/** Viewing is an outline, replying is filled with a pencil, grey may have left; all in words as well. */
function Presence({ signals, me }: { signals: ThreadSignals | null; me: Me }) {
  if (!signals) return null;
  const holder = signals.lock?.agent_id;
  const stale = signals.stale ?? [];
  const others = [...new Set([...signals.viewing, ...signals.typing, ...(holder ? [holder] : [])])].filter((id) => id !== me.agent.id);
  if (others.length === 0) return null;
  const isReplying = (id: AgentId) => id === holder || (signals.typing.includes(id) && !stale.includes(id));
  const replying = others.filter(isReplying);
  const gone = others.filter((id) => !isReplying(id) && stale.includes(id));
  const viewing = others.filter((id) => !isReplying(id) && !stale.includes(id));
  const words = [saying(me, replying, 'replying'), saying(me, viewing, 'viewing'), saying(me, gone, 'have left', 'may', 'may')]
    .filter((part) => part !== '')
    .map((part) => `${part}.`)
    .join(' ');
  const disc = (id: AgentId, look: 'replying' | 'viewing' | 'stale') => <Avatar key={id} id={id} name={agentName(me, id)} look={look} />;
  return (
    <span class="presence" title={words}>
      <span class="sr">{words}</span>
      {replying.length > 0 && <Icon name="pencil" small />}
      {replying.slice(0, 2).map((id) => disc(id, 'replying'))}
      {viewing.length > 0 && <Icon name="eye" small />}
      {viewing.slice(0, 3).map((id) => disc(id, 'viewing'))}
      {gone.length > 0 && <Icon name="question" small />}
      {gone.slice(0, 2).map((id) => disc(id, 'stale'))}
    </span>
  );
}
