// Fields that are chosen and not written: one of several, any of several, yes or no.

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Wrong } from './parts.tsx';

interface SelectProps {
  name: string;
  title: string;
  help?: string;
  value: string;
  /** Values and what they are called. */
  options: readonly (readonly [string, string])[];
  wrong: Wrong | null;
  onChange?(value: string): void;
}

/** One of several. */
export function Select({ name, title, help, value, options, wrong, onChange }: SelectProps) {
  const id = useId();
  const refused = wrong?.field === name;
  return (
    <div class="field">
      <label for={id}>{title}</label>
      <select id={id} name={name} aria-describedby={`${id}-help`} aria-invalid={refused} onChange={(event) => onChange?.(event.currentTarget.value)}>
        {options.map(([one, called]) => (
          // A select takes no `defaultValue` here.
          <option key={one} value={one} selected={one === value}>
            {called}
          </option>
        ))}
      </select>
      <p id={`${id}-help`} class={refused ? 'form-error' : 'muted'}>
        {refused ? wrong.text : help}
      </p>
    </div>
  );
}

interface ChecksProps {
  name: string;
  title: string;
  help?: string;
  /** Values and what they are called. */
  options: readonly (readonly [string, ComponentChildren])[];
  ticked: readonly string[];
  wrong: Wrong | null;
}

/** Any of several. */
export function Checks({ name, title, help, options, ticked, wrong }: ChecksProps) {
  // A refusal may be about one of them: `keywords[2]`.
  const refused = wrong?.field?.split('[')[0] === name;
  return (
    <fieldset aria-invalid={refused}>
      <legend>{title}</legend>
      {options.map(([value, called]) => (
        <label key={value} class="choice">
          <input type="checkbox" name={name} value={value} defaultChecked={ticked.includes(value)} />
          <bdi>{called}</bdi>
        </label>
      ))}
      {options.length === 0 && <p class="muted">There are none.</p>}
      {(refused || help) && <p class={refused ? 'form-error' : 'muted'}>{refused ? wrong.text : help}</p>}
    </fieldset>
  );
}

/** Yes or no. */
export function Check({ name, title, help, value, wrong }: { name: string; title: string; help: string; value: boolean; wrong: Wrong | null }) {
  const id = useId();
  const refused = wrong?.field === name;
  return (
    <div class="field">
      <span class="choice">
        <input id={id} type="checkbox" name={name} defaultChecked={value} aria-describedby={`${id}-help`} aria-invalid={refused} />
        <label for={id}>{title}</label>
      </span>
      <p id={`${id}-help`} class={refused ? 'form-error' : 'muted'}>
        {refused ? wrong.text : help}
      </p>
    </div>
  );
}

export function all(form: FormData, name: string): string[] {
  return form.getAll(name).map(String);
}
