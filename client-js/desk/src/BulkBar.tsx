// What can be done with all selected threads at once. Each succeeds or fails alone; how many did is said.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bulk } from '../../sdk/src/labels.ts';
import { may } from '../../sdk/src/rights.ts';
import type { InboxView, Me, Permission, ThreadView } from '../../sdk/src/index.ts';
import { desk, notify, notifyError } from './app-state.ts';
import { Icon } from './icons.tsx';
import { listKeys } from './keys.ts';
import { bulkWords, commandOf, PRIORITIES, PRIORITY_NAMES, type Choice } from './labels.ts';
import { clearSelection } from './selection.ts';
import { Receivers } from './TransferDialog.tsx';
import { STATUS_NAMES } from './words.ts';

const CHOICES: readonly { choice: Choice; name: string; permission: Permission }[] = [
  { choice: 'assign', name: 'Assign', permission: 'threads.assign' },
  { choice: 'status', name: 'Status', permission: 'threads.set_status' },
  { choice: 'priority', name: 'Priority', permission: 'threads.prioritise' },
  { choice: 'tag', name: 'Tag', permission: 'threads.tag' },
];

export function BulkBar({ threads, me, inbox }: { threads: readonly ThreadView[]; me: Me; inbox: InboxView }) {
  const bar = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<Choice | null>(null);
  useLayoutEffect(() => {
    listKeys.bulk = () => bar.current?.querySelector<HTMLElement>('[aria-haspopup]')?.focus();
    return () => {
      delete listKeys.bulk;
    };
  }, []);
  const apply = (choice: Choice, value: string) => {
    const commands = threads.flatMap((thread) => commandOf(choice, value, thread) ?? []);
    bulk(desk, commands).then((answers) => {
      notify(bulkWords(answers));
      clearSelection();
    }, notifyError);
    setOpen(null);
  };
  return (
    <div ref={bar} class="bulk" role="toolbar" aria-label="Selected threads" data-testid="bulk">
      <span class="bulk-count" role="status">
        {threads.length} selected
      </span>
      <button type="button" class="icon-button" aria-label="Select nothing" title="Select nothing (Esc)" onClick={clearSelection}>
        <Icon name="cross" small />
      </button>
      {CHOICES.filter((one) => may(me, inbox.id, one.permission) && (one.choice !== 'tag' || inbox.tags.length > 0)).map(({ choice, name }) => (
        <button key={choice} type="button" aria-haspopup="dialog" onClick={() => setOpen(choice)}>
          {name}
        </button>
      ))}
      {open && (
        <ChoiceDialog title={`${CHOICES.find((one) => one.choice === open)?.name}: ${threads.length} threads`} apply={(value) => apply(open, value)} done={() => setOpen(null)}>
          <Options choice={open} me={me} inbox={inbox} />
        </ChoiceDialog>
      )}
    </div>
  );
}

function Options({ choice, me, inbox }: { choice: Choice; me: Me; inbox: InboxView }) {
  if (choice === 'assign') {
    return (
      <>
        <Receivers me={me} inbox={inbox} />
        <option value="nobody">Nobody</option>
      </>
    );
  }
  if (choice === 'tag') {
    return (
      <>
        {(['on', 'off'] as const).map((how) => (
          <optgroup key={how} label={how === 'on' ? 'Put on' : 'Take off'}>
            {inbox.tags.map((tag) => (
              <option key={tag.id} value={`${how} ${tag.id}`}>
                {tag.name}
              </option>
            ))}
          </optgroup>
        ))}
      </>
    );
  }
  const names = choice === 'priority' ? PRIORITIES.map((one) => [one, PRIORITY_NAMES[one]]) : Object.entries(STATUS_NAMES).filter(([status]) => status !== 'new');
  return (
    <>
      {names.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </>
  );
}

function ChoiceDialog({ title, apply, done, children }: { title: string; apply(value: string): void; done(): void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    apply(String(new FormData(event.currentTarget as HTMLFormElement).get('choice')));
  };
  return (
    <dialog ref={dialog} aria-labelledby="bulk-title" onClose={done}>
      <form onSubmit={submit}>
        <h2 id="bulk-title">{title}</h2>
        <label>
          To
          <select name="choice" autofocus required>
            {children}
          </select>
        </label>
        <div class="dialog-buttons">
          <button type="button" onClick={done}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Apply
          </button>
        </div>
      </form>
    </dialog>
  );
}
