// Single-key shortcuts. They rest while somebody writes, in dialogs and together with Ctrl, Cmd or Alt.

import type { ThreadId } from '../../sdk/src/index.ts';
import { go, helpOpen, route } from './app-state.ts';
import { bellOpen } from './bell-state.ts';
import { clearSelection, selection } from './selection.ts';
import { useListener } from './use.ts';

/** What the list shows, top to bottom: the way of `j` and `k`. */
export const listKeys: { ids: readonly ThreadId[]; select?: () => void; bulk?: () => void; filter?: () => void } = { ids: [] };

/** What the open thread does on a key. */
export interface ThreadKeys {
  write(mode: 'reply' | 'note'): void;
  assign(): void;
  close(): void;
  contact(): void;
  priority(): void;
  tags(): void;
  transfer(): void;
  unread(): void;
  mute(): void;
}

/** Set by the parts of the open thread, each for what it can do; empty when none is open. */
export const threadKeys: Partial<ThreadKeys> = {};

export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['j', 'Next thread'],
  ['k', 'Previous thread'],
  ['r', 'Write a reply'],
  ['n', 'Write a private note'],
  ['a', 'Assign'],
  ['e', 'Close the thread'],
  ['c', 'Contact card'],
  ['g', 'Transfer with a note'],
  ['p', 'Priority'],
  ['l', 'Tags'],
  ['u', 'Mark as unread'],
  ['m', 'Mute the thread, or hear of it again'],
  ['x', 'Select the thread (Shift + ↑ ↓: several)'],
  ['b', 'What to do with the selected ones'],
  ['f', 'Filter the list by priority and tag'],
  ['Enter', 'Send the reply (Shift + Enter: new line)'],
  ['Ctrl / ⌘ + Enter', 'Send the reply or note'],
  ['Esc', 'Leave the text; leave the thread'],
  ['i', 'Notifications'],
  ['t', 'Team: who is there, and what they do'],
  ['?', 'This help'],
];

// A dialog that was just closed keeps the focus until the next frame: only an open one counts. It does
// so wherever the focus is, as what had it in there may be gone.
function isWriting(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]')) return true;
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

function step(by: 1 | -1): void {
  const { ids } = listKeys;
  const { thread } = route.value;
  const at = thread === null ? -1 : ids.indexOf(thread);
  const next = ids[at === -1 ? (by === 1 ? 0 : ids.length - 1) : Math.min(Math.max(at + by, 0), ids.length - 1)];
  if (next !== undefined) go({ thread: next });
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isWriting(event.target)) return;
  const actions: { [key: string]: (() => void) | undefined } = {
    j: () => step(1),
    k: () => step(-1),
    r: () => threadKeys.write?.('reply'),
    n: () => threadKeys.write?.('note'),
    a: () => threadKeys.assign?.(),
    e: () => threadKeys.close?.(),
    c: () => threadKeys.contact?.(),
    g: () => threadKeys.transfer?.(),
    p: () => threadKeys.priority?.(),
    l: () => threadKeys.tags?.(),
    u: () => threadKeys.unread?.(),
    m: () => threadKeys.mute?.(),
    i: () => {
      bellOpen.value = true;
    },
    x: () => listKeys.select?.(),
    b: () => listKeys.bulk?.(),
    f: () => listKeys.filter?.(),
    '?': () => {
      helpOpen.value = true;
    },
    t: () => go({ panel: 'team', thread: null }),
    Escape: () => (selection.value.size > 0 ? clearSelection() : go({ thread: null, panel: null })),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

export function useGlobalKeys(): void {
  useListener(document, 'keydown', (event) => onKey(event as KeyboardEvent));
}
