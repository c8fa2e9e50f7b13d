// What a page of the settings shows, read when it is opened and after every change.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { InboxId, InboxSettings } from '../../../sdk/src/index.ts';

export interface Loaded<T> {
  /** What was read last. */
  value: T | null;
  /** Reads it again. */
  again(): Promise<void>;
  /** What is shown where it is not there yet, or could not be read. */
  notice: ComponentChildren;
}

/** Reads something when it is first shown, and whenever `name` is another one. */
export function useLoaded<T>(name: string, load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const latest = useRef(0);
  const again = async () => {
    latest.current += 1;
    const mine = latest.current;
    setError(null);
    try {
      const read = await load();
      // An answer that was overtaken is an old one.
      if (mine === latest.current) setValue(read);
    } catch (cause) {
      if (mine === latest.current) setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  useEffect(() => {
    void again();
    return () => {
      latest.current += 1;
    };
  }, [name]);
  const notice = error ? (
    <p class="setting-trouble" role="alert">
      {error}{' '}
      <button type="button" class="link" onClick={() => void again()}>
        Try again
      </button>
    </p>
  ) : value === null ? (
    <p class="muted">Loading…</p>
  ) : null;
  return { value, again, notice };
}

/** Says which inbox a page is about, where there are several. */
export function InboxPicker({ inboxes, inbox, pick }: { inboxes: readonly InboxSettings[]; inbox: InboxSettings; pick(id: InboxId): void }) {
  if (inboxes.length < 2) return null;
  return (
    <div class="field picker">
      <label>
        Of the inbox
        <select value={inbox.id} onChange={(event) => pick(event.currentTarget.value)}>
          {inboxes.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
