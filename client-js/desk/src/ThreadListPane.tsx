// The list of threads. It holds its order while somebody points or steps through it, so that
// nothing moves away under the pointer.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InboxView, Me, ThreadId, ThreadView } from '../../sdk/src/index.ts';
import { desk, go, notifyError, route, VIEWS } from './app-state.ts';
import { BulkBar } from './BulkBar.tsx';
import { FilterBar } from './FilterBar.tsx';
import { isNarrowed, listFilter, narrowedOf } from './filters.ts';
import { listKeys } from './keys.ts';
import { stillThere } from './labels.ts';
import { statusName } from './Rail.tsx';
import { clearSelection, select, selection, toggle } from './selection.ts';
import { ThreadRow } from './ThreadRow.tsx';
import { useLease, useNow, useStore } from './use.ts';
import { contactName } from './words.ts';

const HOLD_MS = 2_500;

export function ThreadListPane({ me, inbox }: { me: Me; inbox: InboxView }) {
  const { view, status, thread: open } = route.value;
  const filter = listFilter(me, inbox, view, status);
  const filterName = JSON.stringify(filter);
  const list = useLease(filterName, () => desk.list(filter));
  const items = useStore(list.items);
  const phase = useStore(list.phase);
  const hasMore = useStore(list.hasMore);
  const error = useStore(list.error);
  const stale = useStore(desk.lost) && phase === 'stale';
  const surroundings = useStore(desk.surroundings(inbox.id));
  const now = useNow(20_000);
  const held = useHeldOrder(items, filterName);
  const chosen = selection.value;
  const selected = stillThere(chosen, items);
  const narrowed = isNarrowed(narrowedOf(inbox));
  const rows = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<ThreadId | null>(null);

  const ids = held.items.map((item) => item.id);
  const tabbable = [focused, open].find((id) => id !== null && ids.includes(id)) ?? ids[0];
  useLayoutEffect(() => {
    listKeys.ids = ids;
    listKeys.select = () => {
      const at = [...(rows.current?.querySelectorAll('button') ?? [])].findIndex((row) => row === document.activeElement);
      const id = ids[at] ?? open;
      if (id && ids.includes(id)) toggle(id);
    };
  });
  useEffect(() => clearSelection, [filterName]);

  const step = (event: KeyboardEvent) => {
    held.hold();
    const buttons = [...(rows.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const target = Math.min(Math.max(to, 0), buttons.length - 1);
    // Over what is stepped with Shift, the selection goes along.
    if (event.shiftKey) select(...[ids[at], ids[target]].flatMap((id) => id ?? []));
    buttons[target]?.focus();
  };

  const name = `${VIEWS.find((one) => one.view === view)?.name ?? ''}, ${statusName(status).toLowerCase()}`;
  return (
    <section class={`list${stale ? ' stale' : ''}${selected.length > 0 ? ' selecting' : ''}`} aria-label={`Threads: ${name}`}>
      <div class="list-head">
        <h1>{name}</h1>
        <span class="muted">{phase === 'loading' ? 'Loading…' : `${stale ? 'Not live · ' : ''}${items.length}${hasMore ? '+' : ''}`}</span>
      </div>
      <FilterBar inbox={inbox} />
      {selected.length > 0 && <BulkBar threads={selected} me={me} inbox={inbox} />}
      {items.length === 0 && phase !== 'loading' && (
        <p class="empty">{phase === 'failed' ? (error?.message ?? 'This list could not be loaded.') : narrowed ? 'No thread is like that.' : 'Nothing here. Well done.'}</p>
      )}
      <ul ref={rows} onKeyDown={step} onPointerMove={held.hold} onPointerLeave={held.free}>
        {held.items.map((thread) => (
          <li key={thread.id} class={chosen.has(thread.id) ? 'selected' : undefined}>
            <ThreadRow
              thread={thread}
              me={me}
              inbox={inbox}
              signals={surroundings.get(thread.id) ?? null}
              now={now}
              current={thread.id === open}
              selected={chosen.has(thread.id)}
              tabbable={thread.id === tabbable}
              onFocus={() => setFocused(thread.id)}
              onOpen={() => go({ thread: thread.id })}
            />
            <input
              type="checkbox"
              class="pick"
              // By keyboard it is `x`.
              tabIndex={-1}
              aria-label={`Select ${contactName(thread.contact)}`}
              checked={chosen.has(thread.id)}
              onClick={() => toggle(thread.id)}
            />
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" class="more" onClick={() => list.more().catch(notifyError)}>
          Show older threads
        </button>
      )}
    </section>
  );
}

/** The items in the order they had when the hold began; new ones and leavers wait until it ends. */
function useHeldOrder(items: readonly ThreadView[], name: string) {
  const shown = useRef<{ name: string; items: readonly ThreadView[] }>({ name, items });
  const until = useRef(0);
  const [, again] = useState(0);
  const holding = shown.current.name === name && Date.now() < until.current;
  if (holding) {
    const byId = new Map(items.map((item) => [item.id, item]));
    shown.current = { name, items: shown.current.items.map((item) => byId.get(item.id) ?? item) };
  } else {
    shown.current = { name, items };
  }
  useEffect(() => {
    if (!holding) return undefined;
    const timer = setTimeout(() => again((n) => n + 1), until.current - Date.now() + 10);
    return () => clearTimeout(timer);
  });
  const hold = useCallback(() => {
    until.current = Date.now() + HOLD_MS;
  }, []);
  const free = useCallback(() => {
    until.current = 0;
    again((n) => n + 1);
  }, []);
  return { items: shown.current.items, hold, free };
}
