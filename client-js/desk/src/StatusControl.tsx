// Where a thread stands, and until when it is put off.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { StatusRules, ThreadView } from '../../sdk/src/index.ts';
import { notifyError } from './app-state.ts';
import { Icon } from './icons.tsx';
import { settable } from './labels.ts';
import { localInput, snoozes } from './snooze.ts';
import type { ThreadParts } from './thread-parts.ts';
import { useNow } from './use.ts';
import { STATUS_NAMES, untilTime, wholeTime } from './words.ts';

const CUSTOM = 'custom';

export function StatusControl({ thread, view, rules }: Pick<ThreadParts, 'thread'> & { view: ThreadView; rules: StatusRules }) {
  const [asking, setAsking] = useState(false);
  const now = useNow(60_000);
  const allowed = settable(rules, view.status);
  const choices = snoozes(now);
  const choose = (value: string) => {
    const status = allowed.find((one) => one === value);
    // Counted from when it is chosen, not from when the list was drawn.
    const snooze = snoozes(Date.now()).find(({ name }) => name === value);
    if (value === CUSTOM) setAsking(true);
    else if (snooze) thread.setStatus('pending', snooze.until).catch(notifyError);
    else if (status) thread.setStatus(status).catch(notifyError);
  };
  return (
    <>
      <select
        aria-label="Status"
        class={`status-select ${view.status}`}
        value={view.status}
        onChange={(event) => {
          const { value } = event.currentTarget;
          // What is shown is the server's word: until it has agreed, the old status stays.
          event.currentTarget.value = view.status;
          choose(value);
        }}
      >
        {view.status === 'new' && <option value="new">{STATUS_NAMES.new}</option>}
        {allowed.map((status) => (
          <option key={status} value={status}>
            {STATUS_NAMES[status]}
          </option>
        ))}
        <optgroup label="Put off" disabled={!allowed.includes('pending')}>
          {choices.map(({ name }) => (
            <option key={name} value={name}>
              Pending {name}
            </option>
          ))}
          <option value={CUSTOM}>Pending until…</option>
        </optgroup>
      </select>
      {asking && <UntilDialog thread={thread} done={() => setAsking(false)} />}
    </>
  );
}

export function isPutOff(view: ThreadView): view is ThreadView & { until: string } {
  return view.status === 'pending' && view.until !== undefined;
}

/** "Pending until tomorrow 09:00", the first word for those who do not see the clock. */
export function Until({ view, now }: { view: ThreadView; now: number }) {
  if (!isPutOff(view)) return null;
  return (
    <time class="until" dateTime={view.until} title={`Opens again ${wholeTime(view.until)}`} data-testid="until">
      <Icon name="clock" small />
      <span class="sr">Pending </span>
      <span class="until-word">until </span>
      {untilTime(view.until, now)}
    </time>
  );
}

function UntilDialog({ thread, done }: Pick<ThreadParts, 'thread'> & { done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState(() => localInput(snoozes(Date.now())[1]?.until ?? new Date()));
  const time = new Date(at).getTime();
  const past = !(time > Date.now());
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (past) return;
    thread.setStatus('pending', new Date(time)).catch(notifyError);
    done();
  };
  return (
    <dialog ref={dialog} aria-labelledby="until-title" onClose={done}>
      <form onSubmit={submit}>
        <h2 id="until-title">Put off until</h2>
        <p class="muted">It opens again by itself then, or when the customer writes.</p>
        <label>
          Day and time
          <input type="datetime-local" value={at} min={localInput(new Date())} required autofocus onInput={(event) => setAt(event.currentTarget.value)} />
        </label>
        <p role="status" class="form-error">
          {past ? 'That is not in the future.' : ''}
        </p>
        <div class="dialog-buttons">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={past}>
            Put off
          </button>
        </div>
      </form>
    </dialog>
  );
}
