// A text area as the editor of a shared draft. What was typed is found by comparing; a caret stays where
// it is in the words, whatever others write around it.

import type { DraftHandle } from './drafts.ts';
import type { Unsubscribe } from './store.ts';

/** Lets a text area show a draft and change it. */
export function bindArea(area: HTMLTextAreaElement, draft: DraftHandle): Unsubscribe {
  let composing = false;
  area.value = draft.text.get();
  const typed = () => {
    if (composing) return;
    const { from, to, words } = difference(draft.text.get(), area.value, area.selectionStart);
    if (from !== to || words !== '') draft.edit(from, to, words);
    moved();
  };
  const moved = () => {
    const inside = document.activeElement === area;
    draft.caret(inside ? { from: area.selectionStart, to: area.selectionEnd } : null);
  };
  const listeners: [string, () => void][] = [
    ['input', typed],
    ['compositionstart', () => {
      composing = true;
      draft.hold(true);
    }],
    ['compositionend', () => {
      composing = false;
      typed();
      draft.hold(false);
    }],
    ['select', moved],
    ['keyup', moved],
    ['pointerup', moved],
    ['focus', moved],
    ['blur', moved],
  ];
  for (const [name, listener] of listeners) area.addEventListener(name, listener);
  /** Where the selection shall be after the next change by others. */
  let selection: [number, number] | null = null;
  const undo = [
    draft.onRemote((move) => {
      selection = [move(area.selectionStart), move(area.selectionEnd)];
    }),
    draft.text.subscribe((text) => {
      if (text === area.value) return;
      const { scrollTop } = area;
      const [from, to] = selection ?? [area.selectionStart, area.selectionEnd];
      selection = null;
      area.value = text;
      area.setSelectionRange(from, to);
      area.scrollTop = scrollTop;
    }),
  ];
  return () => {
    for (const [name, listener] of listeners) area.removeEventListener(name, listener);
    for (const end of undo) end();
    draft.hold(false);
    draft.caret(null);
  };
}

/** What turns one text into another: the least of it, near the caret, and never half a character. */
export function difference(before: string, after: string, caret: number): { from: number; to: number; words: string } {
  const most = Math.min(before.length, after.length);
  const tail = after.length - caret;
  let end = 0;
  // What is behind the caret stayed.
  while (end < Math.min(most, tail) && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  let from = 0;
  while (from < most - end && before[from] === after[from]) from += 1;
  while (end < most - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  if (isLow(before, from) || isLow(after, from)) from -= 1;
  if (end > 0 && (isLow(before, before.length - end) || isLow(after, after.length - end))) end -= 1;
  return { from, to: before.length - end, words: after.slice(from, after.length - end) };
}

/** Whether the second half of a character is there. */
function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code <= 0xdfff;
}
