// What the forms of the settings are made of.

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { TandemError, type FieldView } from '../../../sdk/src/index.ts';
import { notify, notifyError } from '../app-state.ts';
import { Icon } from '../icons.tsx';

/** What the server refused, and which field that is about. */
export interface Wrong {
  text: string;
  field: string | null;
}

interface FieldProps {
  field: Pick<FieldView, 'name' | 'title' | 'help' | 'required' | 'long'>;
  /** What comes before its name in the form. */
  prefix?: string;
  secret?: boolean;
  value?: string;
  wrong: Wrong | null;
}

/** A field with its name above and its help below. */
export function Field({ field, prefix = '', secret = false, value = '', wrong }: FieldProps) {
  const id = useId();
  const name = prefix + field.name;
  const common = { id, name, required: field.required, 'aria-describedby': `${id}-help`, 'aria-invalid': wrong?.field === name };
  return (
    <div class="field">
      <label for={id}>
        {field.title}
        {!field.required && <small> (optional)</small>}
      </label>
      {field.long ? (
        <textarea {...common} rows={4} spellcheck={false} defaultValue={value} />
      ) : secret ? (
        <input {...common} type="password" autocomplete="new-password" />
      ) : (
        <input {...common} type="text" autocomplete="off" spellcheck={false} defaultValue={value} />
      )}
      <p id={`${id}-help`} class={wrong?.field === name ? 'form-error' : 'muted'}>
        {wrong?.field === name ? wrong.text : field.help}
      </p>
    </div>
  );
}

interface FormProps {
  title: string;
  action: string;
  /** Does the work; what it throws is shown. The form closes when it is done. */
  submit(form: FormData): Promise<void>;
  children(wrong: Wrong | null): ComponentChildren;
}

/** A form that is folded away until it is asked for. */
export function Form({ title, action, submit, children }: FormProps) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Wrong | null>(null);
  const body = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (open) body.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }, [open]);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setBusy(true);
    setError(null);
    try {
      await submit(new FormData(form));
      setOpen(false);
    } catch (cause) {
      const field = cause instanceof TandemError ? (cause.details.field ?? null) : null;
      const said = cause instanceof Error ? cause.message : String(cause);
      setError({ text: withTitle(form, field, said), field });
    }
    setBusy(false);
  };
  return (
    <div class="folding">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {title}
      </button>
      {open && (
        <form ref={body} onSubmit={(event) => void send(event)} aria-label={title}>
          {children(error)}
          <p class="form-error" role="alert">
            {error?.text}
          </p>
          <div class="form-foot">
            <button type="submit" class="primary" disabled={busy}>
              {action}
            </button>
            <button type="button" onClick={() => setOpen(false)}>
              Cancel
            </button>
          </div>
        </form>
      )}
    </div>
  );
}

/** Names a field as the form does, where the server names it as the API does. */
function withTitle(form: HTMLFormElement, field: string | null, said: string): string {
  const input = field === null ? null : form.elements.namedItem(field);
  if (!(input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement)) return said;
  input.focus();
  return said.replace(`\`${field}\``, input.labels?.[0]?.firstChild?.textContent ?? `${field}`);
}

/** Does one thing at a press, and cannot be pressed again meanwhile. */
export function Act({ name, act }: { name: string; act(): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const press = () => {
    setBusy(true);
    void act()
      .catch(notifyError)
      .then(() => setBusy(false));
  };
  return (
    <button type="button" disabled={busy} onClick={press}>
      {busy ? 'One moment…' : name}
    </button>
  );
}

/** Copies something that is called so. */
export function copy(what: string, text: string): void {
  navigator.clipboard.writeText(text).then(
    () => notify(`The ${what} is copied.`),
    () => notify(`This browser does not let pages copy: mark the ${what} and copy it.`),
  );
}

/** A text with a button that copies it; `kind` is what it is. */
export function Copied({ what, text, kind = 'address' }: { what: string; text: string; kind?: string }) {
  return (
    <div class="copied">
      <span class="muted">{what}</span>
      <code>{text}</code>
      <button type="button" onClick={() => copy(kind, text)} aria-label={`Copy the ${kind}: ${what}`}>
        <Icon name="copy" small />
        Copy
      </button>
    </div>
  );
}

/** Texts of a form whose names begin with a prefix, without it; blank ones are left out. */
export function texts(form: FormData, prefix: string): { [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const [name, value] of form) {
    if (name.startsWith(prefix) && typeof value === 'string' && value.trim() !== '') found[name.slice(prefix.length)] = value;
  }
  return found;
}

export function text(form: FormData, name: string): string {
  return String(form.get(name) ?? '');
}
