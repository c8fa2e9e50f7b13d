// Whether one is there for customers: the menu under one's own picture.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Availability, Me } from '../../sdk/src/index.ts';
import { announcement, desk, notifyError } from './app-state.ts';
import { Avatar } from './Avatar.tsx';
import { AvailabilityIcon, Icon } from './icons.tsx';
import { team, useAgents } from './team-state.ts';
import { useStore } from './use.ts';
import { AVAILABILITY_NAMES, ROLE_NAMES } from './words.ts';

interface Choice {
  choice: Availability | null;
  name: string;
  hint: string;
}

const CHOICES: readonly Choice[] = [
  { choice: null, name: 'Automatic', hint: 'Online while you are here' },
  { choice: 'busy', name: 'Busy', hint: 'Here, but nothing new please' },
  { choice: 'away', name: 'Away', hint: 'Back in a while' },
  { choice: 'offline', name: 'Offline', hint: 'Not working, whatever is open' },
];

export function AvailabilityMenu({ me }: { me: Me }) {
  const own = useAgents().get(me.agent.id) ?? null;
  const lost = useStore(desk.lost);
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const items = () => [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitemradio]') ?? [])];
  const checked = own?.chosen ? own.availability : null;

  useLayoutEffect(() => {
    if (open) (root.current?.querySelector<HTMLElement>('[aria-checked=true]') ?? items()[0])?.focus();
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const choose = ({ choice, name }: Choice) => {
    close();
    team.setAvailability(choice).then(() => (announcement.value = `Availability: ${name}`), notifyError);
  };
  const onKey = (event: KeyboardEvent) => {
    // Single-key shortcuts rest while the menu is open.
    event.stopPropagation();
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    } else if (event.key === 'Escape') {
      close();
    } else if (event.key === 'Tab') {
      setOpen(false);
    }
  };
  const onLeave = (event: FocusEvent) => {
    if (!root.current?.contains(event.relatedTarget as Node | null)) setOpen(false);
  };

  const state = lost ? 'offline' : own?.availability;
  const word = lost ? 'Not connected' : state ? AVAILABILITY_NAMES[state] : '';
  return (
    <div class="own" ref={root} onFocusOut={onLeave}>
      <button
        ref={button}
        type="button"
        class="own-button"
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid="own-availability"
        data-state={state}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <Avatar id={me.agent.id} name={me.agent.name} size="large" availability={state} />
        <span class="me-name">
          <bdi>{me.agent.name}</bdi>
          <small>{word || ROLE_NAMES[me.agent.role]}</small>
        </span>
        <span class="sr">, change availability</span>
      </button>
      {open && (
        <div class="menu" role="menu" aria-label="Availability" onKeyDown={onKey}>
          {CHOICES.map((one) => (
            <button key={one.name} type="button" role="menuitemradio" aria-checked={one.choice === checked} tabIndex={-1} onClick={() => choose(one)}>
              <AvailabilityIcon state={one.choice ?? 'online'} />
              <span>
                {one.name}
                <small>{one.hint}</small>
              </span>
              {one.choice === checked && <Icon name="check" small />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
