// Choosing a template, filling its gaps, and sending it.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChannelId, TemplateList, TemplateView } from '../../sdk/src/index.ts';
import { desk, notifyError } from './app-state.ts';
import { Icon } from './icons.tsx';
import { fill, outline } from './template-text.ts';
import type { ThreadParts } from './thread-parts.ts';

const NAMED = /\D/;

export function TemplateDialog({ thread, channelId, done }: Pick<ThreadParts, 'thread'> & { channelId: ChannelId; done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [all, setAll] = useState<readonly TemplateView[] | null>(null);
  const [chosen, setChosen] = useState<TemplateView | null>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    desk.core.http
      .get<TemplateList>(`/api/v1/channels/${channelId}/templates`)
      .then(({ templates }) => setAll(templates))
      .catch((cause: unknown) => {
        notifyError(cause);
        done();
      });
  }, [channelId]);
  useLayoutEffect(() => {
    if (!chosen) dialog.current?.querySelector<HTMLElement>('.template-choice:enabled')?.focus();
  }, [all, chosen]);
  return (
    <dialog ref={dialog} class="templates" aria-labelledby="template-title" onClose={done} data-testid="templates">
      <h2 id="template-title">{chosen ? wordsOf(chosen.name) : 'Send a template'}</h2>
      {chosen ? (
        <Filling thread={thread} channelId={channelId} template={chosen} back={() => setChosen(null)} done={done} />
      ) : (
        <>
          <p class="muted">Texts that the channel has approved. They may be sent at any time.</p>
          {all === null && <p role="status">Loading…</p>}
          {all?.length === 0 && <p role="status">This channel has no templates.</p>}
          <ul class="template-list">
            {all?.map((one) => (
              <li key={`${one.name} ${one.language}`}>
                <Choice template={one} choose={() => setChosen(one)} />
              </li>
            ))}
          </ul>
          <div class="dialog-buttons">
            <button type="button" onClick={done}>
              Cancel
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}

function Choice({ template, choose }: { template: TemplateView; choose(): void }) {
  const why = obstacleOf(template);
  return (
    <button type="button" class="template-choice" disabled={why !== null} onClick={choose}>
      <strong>
        <bdi>{wordsOf(template.name)}</bdi> <span class="muted">{template.language}</span>
      </strong>
      <span class="text">
        <bdi>{outline(template.text ?? '')}</bdi>
      </span>
      {why !== null && <span class="muted">{why}</span>}
    </button>
  );
}

interface FillingParts extends Pick<ThreadParts, 'thread'> {
  channelId: ChannelId;
  template: TemplateView;
  back(): void;
  done(): void;
}

function Filling({ thread, channelId, template, back, done }: FillingParts) {
  const { name, language, variables } = template;
  const [values, setValues] = useState<readonly string[]>(() => variables.map(() => ''));
  const text = fill(template.text ?? '', variables, values.map((value, at) => value || `[${variables[at] ?? ''}]`));
  const form = useRef<HTMLFormElement>(null);
  // The dialog is open already: what was pressed in it is gone, and the focus with it. Before it is
  // painted: what is typed at once arrives in the field.
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>('input, .primary')?.focus(), []);
  const whole = values.every((value) => value.trim() !== '');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!whole) return;
    // What was refused comes back as a panel.
    thread.reply(text, { channel_id: channelId, template: { name, language, values: [...values] } }).catch(() => undefined);
    done();
  };
  return (
    <form ref={form} onSubmit={submit}>
      {variables.map((variable, at) => (
        <label key={variable}>
          {NAMED.test(variable) ? wordsOf(variable) : `Value ${variable}`}
          <input
            dir="auto"
            required
            maxLength={1024}
            value={values[at]}
            onInput={(event) => {
              const typed = event.currentTarget.value;
              setValues(values.map((value, other) => (other === at ? typed : value)));
            }}
          />
        </label>
      ))}
      <p class="label">The customer reads</p>
      <p class="text template-preview" data-testid="template-preview">
        <bdi>{text}</bdi>
      </p>
      <div class="dialog-buttons">
        <button type="button" onClick={back}>
          Back
        </button>
        <button type="submit" class="primary" disabled={!whole}>
          <Icon name="send" small />
          Send
        </button>
      </div>
    </form>
  );
}

function obstacleOf({ state, reason, text, obstacle }: TemplateView): string | null {
  if (state !== 'approved') return `Not approved: ${state}${reason ? ` (${reason})` : ''}`;
  if (obstacle) return `Cannot be sent from here: it has ${obstacle}`;
  return text === undefined ? 'Its text is not known yet' : null;
}

/** `parcel_sent` as people read it. */
function wordsOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
