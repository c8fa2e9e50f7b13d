// Where replies and notes are written. The text belongs to its thread: it outlives switching away,
// being locked out and being refused.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ThreadView } from '../../sdk/src/index.ts';
import { keepText, keptText, type Mode } from './app-state.ts';
import { composer } from './composer-bus.ts';
import { Icon } from './icons.tsx';
import { threadKeys } from './keys.ts';
import type { ThreadParts } from './thread-parts.ts';
import { contactName } from './words.ts';

/** In UTF-16 units, as the server counts. */
const UNITS_MAX: Readonly<Record<Mode, number>> = { reply: 1_600, note: 8_000 };
const COUNTER_FROM = 0.85;

export function Composer({ thread, view }: ThreadParts & { view: ThreadView }) {
  const [mode, setMode] = useState<Mode>('reply');
  const [text, setText] = useState(() => keptText(view.id, 'reply'));
  const area = useRef<HTMLTextAreaElement>(null);
  /** Grows with every wish to write: the text area gets the focus. */
  const [wishes, setWishes] = useState(0);

  const write = (next: string, where: Mode = mode) => {
    setText(next);
    keepText(view.id, where, next);
  };
  const turn = (to: Mode) => {
    setMode(to);
    setText(keptText(view.id, to));
    setWishes((n) => n + 1);
  };
  useLayoutEffect(() => {
    if (wishes === 0) return;
    const element = area.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, [wishes]);

  useLayoutEffect(() => {
    threadKeys.write = turn;
    composer.insert = (added, where) => {
      const kept = keptText(view.id, where);
      keepText(view.id, where, kept === '' ? added : `${added}\n${kept}`);
      turn(where);
    };
    return () => {
      delete threadKeys.write;
      composer.insert = null;
    };
  }, [view.id]);

  const max = UNITS_MAX[mode];
  const over = text.length > max;
  const empty = text.trim() === '';
  const send = () => {
    if (empty || over) return;
    const sent = mode === 'note' ? thread.note(text) : thread.reply(text);
    // What was refused comes back as a panel.
    sent.catch(() => undefined);
    write('');
  };
  const typed = (next: string) => {
    write(next);
    if (mode !== 'reply') return;
    if (next === '') void thread.releaseLock();
    else thread.replying();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') area.current?.blur();
    if (event.key !== 'Enter') return;
    const asked = event.ctrlKey || event.metaKey || (mode === 'reply' && !event.shiftKey && !event.altKey);
    if (!asked) return;
    event.preventDefault();
    send();
  };

  const label = mode === 'note' ? 'Private note' : `Reply to ${contactName(view.contact)}`;
  return (
    <div class={mode === 'note' ? 'composer note' : 'composer'}>
      <div class="modes" role="group" aria-label="What to write">
        <button type="button" aria-pressed={mode === 'reply'} onClick={() => turn('reply')}>
          Reply
        </button>
        <button type="button" aria-pressed={mode === 'note'} onClick={() => turn('note')}>
          <Icon name="note" small />
          Note
        </button>
        <span class="composer-hint muted">{mode === 'note' ? 'Only your team sees this' : ''}</span>
      </div>
      <textarea
        ref={area}
        rows={2}
        dir="auto"
        aria-label={label}
        placeholder={mode === 'note' ? 'Write a note to your colleagues' : 'Write a reply'}
        value={text}
        aria-invalid={over}
        data-testid="composer"
        onInput={(event) => typed(event.currentTarget.value)}
        onKeyDown={onKey}
        onBlur={() => {
          if (mode === 'reply' && empty) void thread.releaseLock();
        }}
      />
      <div class="composer-foot">
        <span class="muted keys">
          {mode === 'note' ? <kbd>Ctrl</kbd> : null} <kbd>Enter</kbd> sends
        </span>
        {text.length > max * COUNTER_FROM && (
          <span class={over ? 'counter over' : 'counter'} role="status">
            {over ? `${text.length - max} too many` : `${max - text.length} left`}
          </span>
        )}
        <button type="button" class={mode === 'note' ? 'primary note-button' : 'primary'} disabled={empty || over} onClick={send}>
          <Icon name={mode === 'note' ? 'note' : 'send'} small />
          {mode === 'note' ? 'Add note' : 'Send'}
        </button>
      </div>
    </div>
  );
}
