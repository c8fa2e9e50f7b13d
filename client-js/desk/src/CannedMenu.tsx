// The canned replies that match what was typed after a slash, and how the chosen one will read.

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { fillCanned, followCanned, matching, type Asked } from '../../sdk/src/canned.ts';
import type { CannedView, ChannelKind, FilledCanned, InboxView, ThreadId } from '../../sdk/src/index.ts';
import { desk, notifyError } from './app-state.ts';

export interface MenuParts {
  inbox: InboxView;
  thread: ThreadId;
  kind: ChannelKind | null;
  asked: Asked;
  keys: RefObject<((event: KeyboardEvent) => boolean) | null>;
  area: RefObject<HTMLTextAreaElement | null>;
  choose(asked: Asked, filled: FilledCanned): void;
  close(): void;
}

const SHOWN_MAX = 50;
export const MENU_ID = 'canned-menu';
const optionId = (one: CannedView) => `canned-${one.id}`;

export function CannedMenu({ inbox, thread, kind, asked, keys, area, choose, close }: MenuParts) {
  const [all, setAll] = useState<readonly CannedView[] | null>(null);
  const [at, setAt] = useState(0);
  const [language, setLanguage] = useState<string | null>(null);
  const [preview, setPreview] = useState<FilledCanned | null>(null);
  useEffect(() => followCanned(desk, inbox.id, ({ canned }) => setAll(canned), notifyError), [inbox.id]);
  const found = all === null ? [] : matching(all, asked.words, kind).slice(0, SHOWN_MAX);
  const active = found[Math.min(at, found.length - 1)] ?? null;
  useLayoutEffect(() => setAt(0), [asked.words]);
  useLayoutEffect(() => setLanguage(null), [active?.id]);
  useEffect(() => {
    setPreview(null);
    if (!active) return;
    let over = false;
    fillCanned(desk, thread, active.id, language ?? undefined).then(
      (filled) => over || setPreview(filled),
      (cause: unknown) => over || notifyError(cause),
    );
    return () => {
      over = true;
    };
  }, [active?.id, active?.usable, language, thread]);
  const take = (one: CannedView) => {
    if (preview?.canned_id === one.id && (language === null || preview.language === language)) return choose(asked, preview);
    fillCanned(desk, thread, one.id, one.id === active?.id ? (language ?? undefined) : undefined).then((filled) => choose(asked, filled), notifyError);
  };
  const turn = (by: number): boolean => {
    const languages = active?.languages ?? [];
    if (languages.length < 2 || !preview) return false;
    const now = languages.indexOf(preview.language);
    setLanguage(languages[(now + by + languages.length) % languages.length] ?? null);
    return true;
  };
  useLayoutEffect(() => {
    keys.current = (event) => {
      if (event.key === 'Escape') close();
      else if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
      else if (event.key === 'ArrowDown' && found.length > 0) setAt((Math.min(at, found.length - 1) + 1) % found.length);
      else if (event.key === 'ArrowUp' && found.length > 0) setAt((Math.min(at, found.length - 1) + found.length - 1) % found.length);
      else if (event.key === 'ArrowRight') return turn(1);
      else if (event.key === 'ArrowLeft') return turn(-1);
      else if ((event.key === 'Enter' || event.key === 'Tab') && active) take(active);
      else return false;
      return true;
    };
    return () => {
      keys.current = null;
    };
  });
  useLayoutEffect(() => {
    const it = area.current;
    if (!it) return;
    it.setAttribute('aria-controls', MENU_ID);
    if (active) {
      it.setAttribute('aria-activedescendant', optionId(active));
      document.getElementById(optionId(active))?.scrollIntoView({ block: 'nearest' });
    } else it.removeAttribute('aria-activedescendant');
    return () => {
      it.removeAttribute('aria-controls');
      it.removeAttribute('aria-activedescendant');
    };
  }, [active?.id]);
  return (
    <div class="canned-menu" data-testid="canned-menu">
      <p class="sr" role="status">
        {all === null ? 'Loading canned replies' : `${found.length} canned replies`}
      </p>
      {all !== null && found.length === 0 && (
        <p class="canned-none muted">{all.length === 0 ? 'There are no canned replies yet: they are made in the settings.' : `Nothing is called “${asked.words}”.`}</p>
      )}
      <ul id={MENU_ID} role="listbox" aria-label="Canned replies">
        {found.map((one, n) => (
          <li
            key={one.id}
            id={optionId(one)}
            role="option"
            aria-selected={one.id === active?.id}
            data-testid="canned-option"
            // The text area keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onPointerMove={() => setAt(n)}
            onClick={() => take(one)}
          >
            <code>/{one.short_code}</code>
            <bdi class="canned-title">{one.title}</bdi>
            <span class="muted canned-where">
              {one.inbox_id === null && 'Mine'}
              {one.inbox_id === null && one.folder !== '' && ' · '}
              <bdi>{one.folder}</bdi>
            </span>
          </li>
        ))}
      </ul>
      {active && (
        <div class="canned-preview" data-testid="canned-preview">
          {active.languages.length > 1 && (
            <div class="canned-languages" role="group" aria-label="Language">
              {active.languages.map((one) => (
                <button key={one} type="button" tabIndex={-1} aria-pressed={preview?.language === one} onPointerDown={(event) => event.preventDefault()} onClick={() => setLanguage(one)}>
                  {one}
                </button>
              ))}
              <span class="muted keys">
                <kbd>←</kbd> <kbd>→</kbd>
              </span>
            </div>
          )}
          <p class="canned-text" dir="auto" lang={preview?.language}>
            {preview?.text ?? '…'}
          </p>
          {preview && preview.missing.length > 0 && <p class="canned-missing">You fill in: {preview.missing.join(', ')}</p>}
        </div>
      )}
    </div>
  );
}
