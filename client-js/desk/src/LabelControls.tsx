// What a thread is given beside an answer: a priority, tags, somebody else, another look later.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { markUnread, prioritise, setTag } from '../../sdk/src/labels.ts';
import { muteThread } from '../../sdk/src/notifications.ts';
import { may } from '../../sdk/src/rights.ts';
import type { InboxView, Me, ThreadView } from '../../sdk/src/index.ts';
import { desk, go, notify, notifyError } from './app-state.ts';
import { Icon, type IconName } from './icons.tsx';
import { threadKeys } from './keys.ts';
import { PRIORITIES, PRIORITY_NAMES } from './labels.ts';
import { TagMark } from './Labels.tsx';
import { TransferDialog } from './TransferDialog.tsx';

interface LabelProps {
  me: Me;
  inbox: InboxView;
  view: ThreadView;
}

export function LabelControls({ me, inbox, view }: LabelProps) {
  const priority = useRef<HTMLSelectElement>(null);
  const [open, setOpen] = useState<'tags' | 'transfer' | null>(null);
  // The next one may have been asked for before the last one has said that it is closed.
  const closed = (one: 'tags' | 'transfer') => () => setOpen((now) => (now === one ? null : now));
  const tagging = may(me, inbox.id, 'threads.tag');
  const assigning = may(me, inbox.id, 'threads.assign');
  const unread = () => {
    markUnread(desk, view.id).catch(notifyError);
    // Left open, it would be read at once.
    go({ thread: null });
  };

  const muted = view.muted ?? false;
  const mute = () => {
    muteThread(desk, view.id, !muted).then(() => notify(muted ? 'You hear of this thread again.' : 'Muted: you only hear of it when somebody mentions you.'), notifyError);
  };

  // With the controls themselves, not a frame later: a key must not find nobody.
  useLayoutEffect(() => {
    threadKeys.priority = () => priority.current?.focus();
    threadKeys.tags = () => setOpen('tags');
    threadKeys.transfer = () => setOpen('transfer');
    threadKeys.unread = unread;
    threadKeys.mute = mute;
    if (!tagging) delete threadKeys.tags;
    if (!assigning) delete threadKeys.transfer;
    return () => {
      delete threadKeys.priority;
      delete threadKeys.tags;
      delete threadKeys.transfer;
      delete threadKeys.unread;
      delete threadKeys.mute;
    };
  }, [view.id, view.muted, tagging, assigning]);

  return (
    <>
      <select
        ref={priority}
        aria-label="Priority"
        class={`priority-select ${view.priority}`}
        disabled={!may(me, inbox.id, 'threads.prioritise')}
        value={view.priority}
        onChange={(event) => {
          const to = PRIORITIES.find((one) => one === event.currentTarget.value);
          // What is shown is the server's word.
          event.currentTarget.value = view.priority;
          if (to) prioritise(desk, view.id, to).catch(notifyError);
        }}
      >
        {PRIORITIES.map((one) => (
          <option key={one} value={one}>
            {PRIORITY_NAMES[one]}
          </option>
        ))}
      </select>
      {tagging && <IconButton name="tag" label="Tags" title="Tags (l)" act={() => setOpen('tags')} />}
      {assigning && <IconButton name="swap" label="Transfer" title="Transfer with a note (g)" act={() => setOpen('transfer')} />}
      <IconButton
        name={muted ? 'silent' : 'bell'}
        label="Mute"
        pressed={muted}
        title={muted ? 'Muted: hear of it again (m)' : 'Mute: hear of it only when you are mentioned (m)'}
        act={mute}
      />
      <IconButton name="unread" label="Mark as unread" title="Mark as unread (u)" act={unread} />
      {open === 'tags' && <TagDialog inbox={inbox} view={view} done={closed('tags')} />}
      {open === 'transfer' && <TransferDialog me={me} inbox={inbox} view={view} done={closed('transfer')} />}
    </>
  );
}

function IconButton({ name, label, title, pressed, act }: { name: IconName; label: string; title: string; pressed?: boolean; act(): void }) {
  return (
    <button type="button" class="icon-button" aria-label={label} aria-pressed={pressed} title={title} onClick={act}>
      <Icon name={name} />
    </button>
  );
}

function TagDialog({ inbox, view, done }: { inbox: InboxView; view: ThreadView; done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="tags-title" onClose={done}>
      <h2 id="tags-title">Tags</h2>
      {inbox.tags.length === 0 && <p class="muted">This inbox has no tags yet. Who may manage them makes them in the settings.</p>}
      <ul class="tag-choices">
        {inbox.tags.map((tag) => (
          <li key={tag.id}>
            <label class="choice">
              <input
                type="checkbox"
                checked={view.tags.includes(tag.id)}
                onClick={(event) => {
                  // Shown when the server has said so.
                  event.preventDefault();
                  setTag(desk, view.id, tag.id, !view.tags.includes(tag.id)).catch(notifyError);
                }}
              />
              <TagMark tag={tag} />
            </label>
          </li>
        ))}
      </ul>
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={done}>
          Done
        </button>
      </div>
    </dialog>
  );
}
