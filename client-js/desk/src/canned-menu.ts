// A text area in which `/` finds canned replies: what is asked for, and what becomes of a choice.

import type { ComponentType, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { askedAt, unfilled, type Asked } from '../../sdk/src/canned.ts';
import type { CannedId, FilledCanned } from '../../sdk/src/index.ts';
import { notifyError } from './app-state.ts';
import type { MenuParts } from './CannedMenu.tsx';

export interface Canned {
  /** What is asked for at the caret; `null` where nothing is. */
  asked: Asked | null;
  Menu: ComponentType<MenuParts> | null;
  /** The canned reply that the text began with. */
  began: RefObject<CannedId | null>;
  /** Where the menu takes its keys. */
  keys: RefObject<((event: KeyboardEvent) => boolean) | null>;
  /** The caret or the text has moved. */
  moved(): void;
  close(): void;
  choose(asked: Asked, filled: FilledCanned): void;
}

/** `edit` puts words in the place of others; the area shows them at once, or when it is drawn again. */
export function useCanned(area: RefObject<HTMLTextAreaElement | null>, on: boolean, edit: (from: number, to: number, words: string) => void): Canned {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [Menu, setMenu] = useState<ComponentType<MenuParts> | null>(null);
  /** Where the slash is that the agent wants to keep as it is. */
  const left = useRef<number | null>(null);
  const began = useRef<CannedId | null>(null);
  const keys = useRef<((event: KeyboardEvent) => boolean) | null>(null);
  const moved = () => {
    const it = area.current;
    if (!it) return;
    if (it.value === '') began.current = null;
    const found = on && it.selectionStart === it.selectionEnd ? askedAt(it.value, it.selectionStart) : null;
    if (found?.from !== left.current) left.current = null;
    const now = found && found.from !== left.current ? found : null;
    setAsked((old) => (old?.from === now?.from && old?.to === now?.to && old?.words === now?.words ? old : now));
    if (now && !Menu) import('./CannedMenu.tsx').then(({ CannedMenu }) => setMenu(() => CannedMenu)).catch(notifyError);
  };
  useEffect(() => {
    if (!on) setAsked(null);
  }, [on]);
  const close = () => {
    left.current = asked?.from ?? null;
    setAsked(null);
    area.current?.focus();
  };
  const choose = ({ from, to }: Asked, filled: FilledCanned) => {
    edit(from, to, filled.text);
    began.current ??= filled.canned_id;
    setAsked(null);
    // Once it is drawn.
    requestAnimationFrame(() => {
      const it = area.current;
      if (!it) return;
      it.focus();
      const gap = filled.missing.length > 0 ? unfilled(filled.text) : null;
      const start = from + (gap ? gap.at : filled.text.length);
      it.setSelectionRange(start, start + (gap ? gap.name.length : 0));
    });
  };
  return { asked, Menu, began, keys, moved, close, choose };
}
