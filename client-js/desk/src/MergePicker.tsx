// Choosing another thread of the inbox, to make it a part of the one that is open: by name, address or
// the last words, among those that are loaded.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InboxView, ThreadView } from '../../sdk/src/index.ts';
import { desk, notifyError } from './app-state.ts';
import { ChannelIcon } from './icons.tsx';
import { useLease, useStore } from './use.ts';
import { contactName } from './words.ts';

const SHOWN_MAX = 6;

interface MergePickerProps {
  inbox: InboxView;
  view: ThreadView;
  choose(other: ThreadView): void;
  cancel(): void;
}

export function MergePicker({ inbox, view, choose, cancel }: MergePickerProps) {
  const list = useLease(`merge ${inbox.id}`, () => desk.list({ inboxId: inbox.id }));
  const items = useStore(list.items);
  const hasMore = useStore(list.hasMore);
  const [wanted, setWanted] = useState('');
  const [picked, setPicked] = useState<ThreadView | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const agree = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => (picked ? agree : search).current?.focus(), [picked]);

  if (picked) {
    return (
      <div class="merge-picker" role="group" aria-label="Merge">
        <p>
          Are <bdi>{contactName(picked.contact)}</bdi> and <bdi>{contactName(view.contact)}</bdi> the same customer? What both have said is shown as one thread then. You can separate them again.
        </p>
        <div class="dialog-buttons">
          <button type="button" onClick={() => setPicked(null)}>
            Back
          </button>
          <button type="button" class="primary" ref={agree} onClick={() => choose(picked)}>
            Merge
          </button>
        </div>
      </div>
    );
  }
  const others = items.filter((other) => other.id !== view.id && matches(other, wanted));
  return (
    <div class="merge-picker" role="group" aria-label="Merge">
      <label>
        The same customer as
        <input ref={search} type="search" placeholder="Name, number or last words" value={wanted} dir="auto" onInput={(event) => setWanted(event.currentTarget.value)} />
      </label>
      <ul class="candidates">
        {others.slice(0, SHOWN_MAX).map((other) => (
          <Candidate key={other.id} other={other} inbox={inbox} pick={() => setPicked(other)} />
        ))}
      </ul>
      <p class="muted" role="status">
        {others.length === 0 ? 'No other thread like this is loaded.' : others.length > SHOWN_MAX ? `${others.length - SHOWN_MAX} more: write more of it.` : ''}
      </p>
      <div class="dialog-buttons">
        {hasMore && (
          <button type="button" class="start" onClick={() => list.more().catch(notifyError)}>
            Load older threads
          </button>
        )}
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </div>
  );
}

function Candidate({ other, inbox, pick }: { other: ThreadView; inbox: InboxView; pick(): void }) {
  const kind = inbox.channels.find((one) => one.id === other.channel_id)?.kind;
  const address = other.contact.addresses[0]?.value;
  return (
    <li>
      <button type="button" class="quiet" onClick={pick} data-testid="candidate">
        {kind && <ChannelIcon kind={kind} />}
        <bdi>{contactName(other.contact)}</bdi>
        {other.contact.name && address && <bdi class="muted">{address}</bdi>}
        <bdi class="muted last">{other.preview?.text}</bdi>
      </button>
    </li>
  );
}

/** Digits count in numbers however they are written: "0170 123" finds "+49170123". */
function matches(thread: ThreadView, wanted: string): boolean {
  const words = wanted.trim().toLocaleLowerCase();
  if (words === '') return true;
  const { name, addresses } = thread.contact;
  const texts = [name ?? '', thread.preview?.text ?? '', ...addresses.map((address) => address.value)];
  if (texts.some((text) => text.toLocaleLowerCase().includes(words))) return true;
  const digits = words.replace(/[\s().\-/]/gu, '').replace(/^(?:00|0|\+)/u, '');
  return /^\d{3,}$/u.test(digits) && addresses.some((address) => address.value.includes(digits));
}
