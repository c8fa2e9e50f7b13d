// Colleagues in the rail: who is there, at a glance; the way to the team view.

import type { Me } from '../../sdk/src/index.ts';
import { desk, go, route } from './app-state.ts';
import { Avatar } from './Avatar.tsx';
import { Icon } from './icons.tsx';
import { availabilityOf, colleaguesOf, useAgents } from './team-state.ts';
import { useStore } from './use.ts';
import { AVAILABILITY_NAMES } from './words.ts';

const SHOWN_MAX = 5;

export function TeamRail({ me }: { me: Me }) {
  const agents = useAgents();
  const lost = useStore(desk.lost);
  const known = agents.size > 0;
  const others = colleaguesOf(me, agents).filter((one) => one.id !== me.agent.id);
  if (others.length === 0) return null;
  const here = others.filter((one) => availabilityOf(one.presence) !== 'offline').length;
  const more = others.length - SHOWN_MAX;
  const open = () => go({ panel: 'team', thread: null });
  return (
    <section class={lost ? 'team-rail stale' : 'team-rail'} aria-label="Colleagues">
      <button type="button" class="team-button" title="Team (t)" aria-current={route.value.panel === 'team' ? 'true' : undefined} onClick={open}>
        <Icon name="people" />
        <span class="team-word">Team</span>
        <span class="count">
          {known && here}
          <span class="sr"> here</span>
        </span>
      </button>
      <ul>
        {others.slice(0, SHOWN_MAX).map((one) => {
          const state = availabilityOf(one.presence);
          return (
            <li key={one.id} data-testid="colleague" data-state={state} class={one.presence?.stale ? 'stale' : undefined}>
              <Avatar id={one.id} name={one.name} availability={known ? state : undefined} />
              <bdi class="colleague-name">{one.name}</bdi>
              <small>{one.presence?.stale ? 'may have left' : known ? AVAILABILITY_NAMES[state] : ''}</small>
            </li>
          );
        })}
      </ul>
      {more > 0 && (
        <button type="button" class="link" onClick={open}>
          and {more} more
        </button>
      )}
    </section>
  );
}
