// Giving a thread to an agent or a team, with what they should know.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { transfer } from '../../sdk/src/labels.ts';
import { findMentions } from '../../sdk/src/notes.ts';
import { TandemError, type InboxView, type Me, type ThreadView } from '../../sdk/src/index.ts';
import { desk, notify, notifyError } from './app-state.ts';
import { receiverOf } from './labels.ts';
import { mentionable, useMentions } from './mentions.tsx';

/** Whom a thread can be given to, as options of a select. */
export function Receivers({ me, inbox, but }: { me: Me; inbox: InboxView; but?: string | null }) {
  return (
    <>
      <optgroup label="Agents">
        {inbox.agents
          .filter((agent) => agent.id !== but)
          .map((agent) => (
            <option key={agent.id} value={`agent ${agent.id}`}>
              {agent.id === me.agent.id ? `${agent.name} (you)` : agent.name}
            </option>
          ))}
      </optgroup>
      {inbox.teams.length > 0 && (
        <optgroup label="Teams">
          {inbox.teams.map((team) => (
            <option key={team.id} value={`team ${team.id}`}>
              {team.name}
            </option>
          ))}
        </optgroup>
      )}
    </>
  );
}

export function TransferDialog({ me, inbox, view, done }: { me: Me; inbox: InboxView; view: ThreadView; done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [note, setNote] = useState('');
  const [error, setError] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const mentions = useMentions(area, inbox, true, setNote);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const to = receiverOf(String(new FormData(event.currentTarget as HTMLFormElement).get('to')));
    transfer(desk, view, to, note, findMentions(note, mentionable(inbox))).then(
      () => {
        notify('The thread was transferred.');
        done();
      },
      (cause: unknown) => {
        // What was written stays; who has it now is said.
        notifyError(cause);
        setError(cause instanceof TandemError ? cause.message : String(cause));
      },
    );
  };
  return (
    <dialog ref={dialog} aria-labelledby="transfer-title" onClose={done}>
      <form onSubmit={submit}>
        <h2 id="transfer-title">Transfer the thread</h2>
        <label>
          To
          <select name="to" autofocus required>
            <Receivers me={me} inbox={inbox} but={view.assignee_id} />
          </select>
        </label>
        <label>
          Note for them (optional)
          <textarea
            ref={area}
            rows={3}
            maxLength={8_000}
            dir="auto"
            value={note}
            {...mentions.attributes}
            onInput={(event) => {
              setNote(event.currentTarget.value);
              mentions.look();
            }}
            onBlur={mentions.close}
            onKeyDown={mentions.onKey}
          />
        </label>
        <div class="mention-below">{mentions.list}</div>
        <p class="muted">A private note in the thread: the customer never sees it.</p>
        <p class="form-error" role="alert">
          {error}
        </p>
        <div class="dialog-buttons">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Transfer
          </button>
        </div>
      </form>
    </dialog>
  );
}
