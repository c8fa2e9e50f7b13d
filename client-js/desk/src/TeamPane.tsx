// The team, live: who is there, what each one does right now, how much each one has.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Doing, InboxView, Me, ThreadView } from '../../sdk/src/index.ts';
import { desk, filterOf, go } from './app-state.ts';
import { Avatar } from './Avatar.tsx';
import { AvailabilityIcon, Icon } from './icons.tsx';
import { availabilityOf, colleaguesOf, useAgents, type Colleague } from './team-state.ts';
import { useLease, useStore } from './use.ts';
import { AVAILABILITY_NAMES, contactName, ROLE_NAMES } from './words.ts';

export function TeamPane({ me, inbox }: { me: Me; inbox: InboxView }) {
  const agents = useAgents();
  const lost = useStore(desk.lost);
  const list = useLease(inbox.id, () => desk.list(filterOf(inbox.id, 'all', 'active')));
  const threads = useStore(list.items);
  const more = useStore(list.hasMore) ? '+' : '';
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);

  const all = colleaguesOf(me, agents);
  const here = all.filter((one) => availabilityOf(one.presence) !== 'offline');
  const gone = all.filter((one) => availabilityOf(one.presence) === 'offline');
  const cards = (group: Colleague[]) => (
    <ul>
      {group.map((one) => (
        <Card key={one.id} one={one} me={me} threads={threads} active={`${threads.filter((thread) => thread.assignee_id === one.id).length}${more}`} />
      ))}
    </ul>
  );
  return (
    <div class={lost ? 'team stale' : 'team'} data-testid="team">
      <div class="team-head">
        <button type="button" class="icon-button back" aria-label="Back to the list" onClick={() => go({ panel: null })}>
          <Icon name="back" />
        </button>
        <h1 ref={heading} tabIndex={-1}>
          Team
        </h1>
        <p class="muted">{lost ? 'Not live: this is how it was' : agents.size > 0 ? `${here.length} of ${all.length} here` : 'Loading…'}</p>
        <button type="button" class="icon-button team-close" aria-label="Leave the team view" title="Leave (Esc)" onClick={() => go({ panel: null })}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="team-body" tabIndex={0} role="region" aria-label="Everybody">
        {cards(here)}
        {gone.length > 0 && <h2>Not here</h2>}
        {cards(gone)}
      </div>
    </div>
  );
}

interface CardProps {
  one: Colleague;
  me: Me;
  threads: readonly ThreadView[];
  active: string;
}

function Card({ one, me, threads, active }: CardProps) {
  const state = availabilityOf(one.presence);
  const doing = [...(one.presence?.doing ?? [])].sort((a, b) => Number(b.typing) - Number(a.typing));
  return (
    <li class={one.presence?.stale ? 'card stale' : 'card'} data-testid="team-card" data-state={state}>
      <Avatar id={one.id} name={one.name} size="large" />
      <p class="card-name">
        <bdi>{one.name}</bdi>
        {one.id === me.agent.id && ' (you)'}
        <small>{ROLE_NAMES[one.role]}</small>
      </p>
      <p class={`card-state ${state}`}>
        <AvailabilityIcon state={state} />
        <span>
          {AVAILABILITY_NAMES[state]}
          {one.presence?.chosen && <small>chosen</small>}
          {one.presence?.stale && <small>may have left</small>}
        </span>
      </p>
      <ul class="card-doing">
        {doing.map((what) => (
          <DoingLine key={what.thread_id} what={what} me={me} threads={threads} />
        ))}
        {doing.length === 0 && state !== 'offline' && <li class="muted">No thread open</li>}
      </ul>
      <p class="card-load muted" title="Active threads in this inbox">
        {active} active
      </p>
    </li>
  );
}

function DoingLine({ what, me, threads }: { what: Doing; me: Me; threads: readonly ThreadView[] }) {
  const thread = threads.find((one) => one.id === what.thread_id);
  const inbox = me.inboxes.find((one) => one.id === what.inbox_id);
  const name = thread ? contactName(thread.contact) : `a thread in ${inbox?.name ?? 'another inbox'}`;
  return (
    <li class={what.typing ? 'typing' : undefined}>
      <Icon name={what.typing ? 'pencil' : 'eye'} small />
      <span>{what.typing ? 'Typing to' : 'Looking at'}</span>
      <button type="button" class="link" onClick={() => go({ inbox: what.inbox_id, thread: what.thread_id })}>
        <bdi>{name}</bdi>
      </button>
    </li>
  );
}
