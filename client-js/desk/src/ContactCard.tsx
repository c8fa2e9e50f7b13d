// The card of a customer: what it is called, where it is reached, what it wants to get, and who is the
// same one. A dialog over the thread.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { mergeContact, renameContact, unmergeContact } from '../../sdk/src/contacts.ts';
import type { AddressView, InboxView, MergedView, ReachView, ThreadView } from '../../sdk/src/index.ts';
import { desk, notify, notifyError } from './app-state.ts';
import { ChannelIcon, Icon } from './icons.tsx';
import { MergePicker } from './MergePicker.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { useStore } from './use.ts';
import { ADDRESS_NAMES, CHANNEL_NAMES, CONSENT_NAMES, contactName } from './words.ts';

/** In UTF-16 units, as the server counts. */
const NAME_UNITS_MAX = 120;

export function ContactCard({ thread, inbox, view, done }: Pick<ThreadParts, 'thread' | 'inbox'> & { view: ThreadView; done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const reach = useStore(thread.reach);
  const [merging, setMerging] = useState(false);
  const close = useRef<HTMLButtonElement>(null);
  const { contact } = view;
  const merged = contact.merged ?? [];
  useLayoutEffect(() => dialog.current?.showModal(), []);

  // What had the focus goes with the picker, or with the part that was separated.
  const parts = `${merging} ${merged.length}`;
  useLayoutEffect(() => {
    if (!merging && document.activeElement === document.body) close.current?.focus();
  }, [parts]);
  const merge = (other: ThreadView) => {
    const name = contactName(other.contact);
    setMerging(false);
    mergeContact(desk, other.id, view.id).then(() => notify(`${name} is a part of this thread now.`), notifyError);
  };
  return (
    <dialog ref={dialog} class="contact-card" aria-labelledby="contact-title" onClose={done} data-testid="contact-card">
      <h2 id="contact-title">
        <bdi>{contactName(contact)}</bdi>
      </h2>
      <NameForm key={contact.name ?? ''} view={view} />
      <h3>Addresses</h3>
      <Addresses addresses={contact.addresses} reach={reach} inbox={inbox} />
      {merged.length > 0 && (
        <>
          <h3>Merged into this contact</h3>
          <ul class="merged" data-testid="merged">
            {merged.map((part) => (
              <Part key={part.id} part={part} view={view} />
            ))}
          </ul>
        </>
      )}
      {merging && <MergePicker inbox={inbox} view={view} choose={merge} cancel={() => setMerging(false)} />}
      {!merging && (
        <div class="dialog-buttons">
          <button type="button" class="start" onClick={() => setMerging(true)}>
            <Icon name="people" small />
            Merge with…
          </button>
          <button type="button" class="primary" ref={close} onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
      )}
    </dialog>
  );
}

function NameForm({ view }: { view: ThreadView }) {
  const known = view.contact.name ?? '';
  const [name, setName] = useState(known);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    renameContact(desk, view.id, wanted === '' ? null : wanted).then(() => {
      // Without a name of ours the provider's shows again, which may be the same.
      if (wanted === '') setName(known);
    }, notifyError);
  };
  return (
    <form class="contact-name" onSubmit={submit}>
      <label>
        Name
        <input value={name} maxLength={NAME_UNITS_MAX} dir="auto" autofocus onInput={(event) => setName(event.currentTarget.value)} aria-describedby="name-hint" />
      </label>
      <button type="submit" disabled={name.trim() === known}>
        Save
      </button>
      <p id="name-hint" class="muted">
        Empty: the name that the customer has at the provider.
      </p>
    </form>
  );
}

function Addresses({ addresses, reach, inbox }: { addresses: readonly AddressView[]; reach: readonly ReachView[]; inbox: InboxView }) {
  return (
    <ul class="addresses">
      {addresses.map((address) => {
        const ways = reach.filter((way) => way.address.kind === address.kind && way.address.value === address.value);
        return (
          <li key={`${address.kind} ${address.value}`}>
            <p>
              <bdi class="address">{address.value}</bdi>
              <span class="muted">{ADDRESS_NAMES[address.kind] ?? ''}</span>
            </p>
            {ways.map((way) => (
              <Way key={way.channel_id} way={way} inbox={inbox} />
            ))}
          </li>
        );
      })}
    </ul>
  );
}

/** A channel that reaches the customer at an address, and what is not wanted over it. */
function Way({ way, inbox }: { way: ReachView; inbox: InboxView }) {
  const kind = inbox.channels.find((one) => one.id === way.channel_id)?.kind;
  if (!kind) return null;
  const refused = way.refused.map((about) => CONSENT_NAMES[about]).join(', ');
  return (
    <p class={refused ? 'way refused' : 'way'}>
      <ChannelIcon kind={kind} />
      {CHANNEL_NAMES[kind]}
      {refused ? `: wants no ${refused}` : ''}
    </p>
  );
}

function Part({ part, view }: { part: MergedView; view: ThreadView }) {
  const addresses = part.addresses.map((address) => address.value).join(', ');
  const name = part.name ?? addresses;
  return (
    <li>
      <span>
        <bdi>{name}</bdi>
        {part.name && <bdi class="muted">{addresses}</bdi>}
      </span>
      <button
        type="button"
        aria-label={`Separate ${name}`}
        onClick={() => unmergeContact(desk, view.id, part.id).then(() => notify(`${name} has a thread of its own again.`), notifyError)}
      >
        Separate
      </button>
    </li>
  );
}
