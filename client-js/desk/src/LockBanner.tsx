// Who is replying, and what one can do about it: ask, take over (supervisors), hand over.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AgentId, Me } from '../../sdk/src/index.ts';
import { notify, notifyError } from './app-state.ts';
import { Icon } from './icons.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { useStore } from './use.ts';
import { agentName } from './words.ts';

const REASON_UNITS_MAX = 300;

export function LockBanner({ thread, me }: ThreadParts) {
  const lock = useStore(thread.lock);
  const asker = useStore(thread.lockAskedBy);
  const [taking, setTaking] = useState(false);
  return (
    <>
      <div role="status" class="lock-status">
        {lock.held && !lock.mine && <HeldBanner holder={lock.by} thread={thread} me={me} takeOver={() => setTaking(true)} />}
        {lock.held && lock.mine && asker && <AskedBanner asker={asker} thread={thread} me={me} />}
      </div>
      {taking && lock.held && <TakeOverDialog holder={lock.by} thread={thread} me={me} done={() => setTaking(false)} />}
    </>
  );
}

interface HeldProps {
  holder: AgentId;
  thread: ThreadParts['thread'];
  me: Me;
}

function HeldBanner({ holder, thread, me, takeOver }: HeldProps & { takeOver(): void }) {
  const name = agentName(me, holder);
  const ask = () => {
    thread.requestLock().then(() => notify(`${name} was asked.`), notifyError);
  };
  return (
    <div class="banner held" data-testid="lock-banner">
      <Icon name="pencil" />
      <p>
        <bdi>{name}</bdi> is replying
      </p>
      <button type="button" onClick={ask}>
        Request
      </button>
      {me.agent.role !== 'agent' && (
        <button type="button" onClick={takeOver}>
          Take over
        </button>
      )}
    </div>
  );
}

function AskedBanner({ asker, thread, me }: { asker: AgentId; thread: ThreadParts['thread']; me: Me }) {
  return (
    <div class="banner asked" data-testid="lock-asked">
      <Icon name="swap" />
      <p>
        <bdi>{agentName(me, asker)}</bdi> asks to reply. Your text stays here.
      </p>
      <button type="button" class="primary" onClick={() => void thread.releaseLock()}>
        Hand over
      </button>
      <button type="button" onClick={() => thread.keepLock()}>
        Keep
      </button>
    </div>
  );
}

function TakeOverDialog({ holder, thread, me, done }: HeldProps & { done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const name = agentName(me, holder);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    thread.takeOverLock(reason.trim()).catch(notifyError);
    done();
  };
  return (
    <dialog ref={dialog} aria-labelledby="take-over-title" onClose={done}>
      <form onSubmit={submit}>
        <h2 id="take-over-title">Take over the reply from {name}?</h2>
        <p class="muted">{name} keeps the text and sees your reason. It is on record.</p>
        <label>
          Reason
          <input value={reason} maxLength={REASON_UNITS_MAX} required autofocus onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <div class="dialog-buttons">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={reason.trim() === ''}>
            Take over
          </button>
        </div>
      </form>
    </dialog>
  );
}
