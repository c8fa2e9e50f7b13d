// What narrows the list: by priority and by tag, any of those that are ticked. What is on is said while the choices
// are folded away.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InboxView } from '../../sdk/src/index.ts';
import { isNarrowed, narrow, narrowedOf, type Narrowed } from './filters.ts';
import { Icon } from './icons.tsx';
import { listKeys } from './keys.ts';
import { PRIORITIES, PRIORITY_NAMES } from './labels.ts';
import { TagMark } from './Labels.tsx';

export function FilterBar({ inbox }: { inbox: InboxView }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const now = narrowedOf(inbox);
  const on = isNarrowed(now);
  const set = (change: Partial<Narrowed>) => narrow(inbox, { ...now, ...change });
  const clear = () => {
    set({ priorities: [], tags: [] });
    button.current?.focus();
  };
  useLayoutEffect(() => {
    listKeys.filter = () => setOpen(true);
    return () => {
      delete listKeys.filter;
    };
  }, []);
  useLayoutEffect(() => {
    if (open) panel.current?.querySelector('input')?.focus();
  }, [open]);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div class="filter-bar" data-testid="filter">
      <div class="filter-row">
        <button ref={button} type="button" class={on ? 'filter-button on' : 'filter-button'} aria-expanded={open} title="Filter (f)" onClick={() => setOpen(!open)}>
          <Icon name="filter" small />
          Filter
        </button>
        {now.priorities.map((one) => (
          <Chip key={one} name={`priority ${PRIORITY_NAMES[one]}`} drop={() => set({ priorities: without(now.priorities, one) })}>
            {PRIORITY_NAMES[one]}
          </Chip>
        ))}
        {inbox.tags
          .filter((tag) => now.tags.includes(tag.id))
          .map((tag) => (
            <Chip key={tag.id} name={`tag ${tag.name}`} drop={() => set({ tags: without(now.tags, tag.id) })}>
              {tag.name}
            </Chip>
          ))}
        {on && (
          <button type="button" class="link" onClick={clear}>
            Clear
          </button>
        )}
      </div>
      {open && (
        <div ref={panel} class="filter-panel" role="group" aria-label="Filter" onKeyDown={leave}>
          <fieldset>
            <legend>Priority</legend>
            {PRIORITIES.map((one) => (
              <Tick key={one} ticked={now.priorities.includes(one)} turn={(ticked) => set({ priorities: ticked ? [...now.priorities, one] : without(now.priorities, one) })}>
                {PRIORITY_NAMES[one]}
              </Tick>
            ))}
          </fieldset>
          {inbox.tags.length > 0 && (
            <fieldset>
              <legend>Tag</legend>
              {inbox.tags.map((tag) => (
                <Tick key={tag.id} ticked={now.tags.includes(tag.id)} turn={(ticked) => set({ tags: ticked ? [...now.tags, tag.id] : without(now.tags, tag.id) })}>
                  <TagMark tag={tag} />
                </Tick>
              ))}
            </fieldset>
          )}
        </div>
      )}
    </div>
  );
}

function without<T>(list: readonly T[], one: T): T[] {
  return list.filter((other) => other !== one);
}

function Tick({ ticked, turn, children }: { ticked: boolean; turn(ticked: boolean): void; children: ComponentChildren }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={ticked} onChange={(event) => turn(event.currentTarget.checked)} />
      {children}
    </label>
  );
}

function Chip({ name, drop, children }: { name: string; drop(): void; children: ComponentChildren }) {
  return (
    <button type="button" class="filter-chip" aria-label={`No longer filter by ${name}`} title={`No longer filter by ${name}`} onClick={drop}>
      <bdi>{children}</bdi>
      <Icon name="cross" small />
    </button>
  );
}
