// Where replies and notes are written. The text belongs to its thread: it outlives switching away,
// being locked out and being refused.

import type { ComponentType } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { unfilled } from '../../sdk/src/canned.ts';
import type { ChannelId, ReachView, ThreadView } from '../../sdk/src/index.ts';
import { keepText, keptText, notifyError, type Mode } from './app-state.ts';
import { useCanned } from './canned-menu.ts';
import { composer } from './composer-bus.ts';
import { Icon } from './icons.tsx';
import { segments } from './segments.ts';
import type { SharedParts } from './SharedDraft.tsx';
import { threadKeys } from './keys.ts';
import { useMentions, writeNote } from './mentions.tsx';
import { TemplateDialog } from './TemplateDialog.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { addFiles, takeUploads, uploadsOf } from './uploads.ts';
import { Uploads } from './Uploads.tsx';
import { useNow, useStore } from './use.ts';
import { CHANNEL_NAMES, contactName, pauseWords } from './words.ts';

/** In UTF-16 units, as the server counts. */
const NOTE_UNITS_MAX = 8_000;
const COUNTER_FROM = 0.85;

export function Composer({ thread, me, inbox, view }: ThreadParts & { view: ThreadView }) {
  const reach = useStore(thread.reach);
  const [chosen, setChosen] = useState<ChannelId | null>(null);
  const channelId = chosen ?? view.channel_id;
  const channel = inbox.channels.find((one) => one.id === channelId);
  const now = useNow(30_000);
  const [mode, setMode] = useState<Mode>('reply');
  const [text, setText] = useState(() => keptText(view.id, 'reply'));
  /** The customer wants nothing but what is essential, and this is. */
  const [essential, setEssential] = useState(false);
  const [choosing, setChoosing] = useState(false);
  /** The draft that all write together, where it is open; loaded by whoever wants it. */
  const [Shared, setShared] = useState<ComponentType<SharedParts> | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  /** Files are held over it. */
  const [over, setOver] = useState(false);
  /** Grows with every wish to write: the text area gets the focus. */
  const [wishes, setWishes] = useState(0);

  const write = (next: string, where: Mode = mode) => {
    setText(next);
    keepText(view.id, where, next);
  };
  const canned = useCanned(area, mode === 'reply' && Shared === null, (from, to, words) => typed(text.slice(0, from) + words + text.slice(to)));
  const mentions = useMentions(area, inbox, mode === 'note', (next) => write(next));
  const turn = (to: Mode) => {
    setShared(null);
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

  const share = () => {
    void thread.releaseLock();
    import('./SharedDraft.tsx').then(({ SharedDraft }) => setShared(() => SharedDraft)).catch(notifyError);
  };

  const max = mode === 'note' ? NOTE_UNITS_MAX : (channel?.text_max ?? Infinity);
  const tooLong = text.length > max;
  const empty = text.trim() === '';
  const uploads = uploadsOf(view.id).value;
  const coming = mode === 'reply' ? uploads.filter((one) => !one.file).length : 0;
  const nothing = empty && (mode === 'note' || uploads.length === 0);
  /** A variable of a canned reply that the agent has to fill in. */
  const gap = mode === 'reply' && canned.began.current !== null ? unfilled(text) : null;
  const blocked = nothing || tooLong || coming > 0 || gap !== null;
  const send = () => {
    if (blocked) return;
    const sent = mode === 'note' ? writeNote(inbox, view.id, text) : reply();
    // What was refused comes back as a panel.
    sent.catch(() => undefined);
    setEssential(false);
    canned.began.current = null;
    write('');
  };
  const reply = () => {
    const attachments = takeUploads(view.id);
    const began = canned.began.current;
    const terms = { ...(began && { canned: began }), ...(chosen && { channel_id: chosen }), ...(essential && { essential }), ...(attachments.length > 0 && { attachments }) };
    return thread.reply(empty ? '' : text, terms);
  };
  /** Takes files that were chosen, dropped or pasted; says whether there were any. */
  const take = (files: FileList | null | undefined): boolean => {
    if (!files || files.length === 0 || mode === 'note') return false;
    addFiles(view.id, inbox.id, files);
    return true;
  };
  const typed = (next: string) => {
    write(next);
    if (mode !== 'reply') return;
    if (next === '') void thread.releaseLock();
    else thread.replying();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing || mentions.onKey(event)) return;
    if (canned.asked && canned.keys.current?.(event)) return event.preventDefault();
    if (event.key === 'Escape') area.current?.blur();
    if (event.key !== 'Enter') return;
    const asked = event.ctrlKey || event.metaKey || (mode === 'reply' && !event.shiftKey && !event.altKey);
    if (!asked) return;
    event.preventDefault();
    send();
  };

  const way = reach.find((one) => one.channel_id === channelId);
  const obstacle = mode === 'note' || !way ? null : obstacleOf(way, now);
  const onlyEssential = obstacle !== null && way?.refused.length === 1 && way.refused[0] === 'all_but_essential';
  const sms = mode === 'reply' && channel?.kind === 'sms' && !empty ? segments(text) : null;
  const label = mode === 'note' ? 'Private note' : `Reply to ${contactName(view.contact)}`;
  return (
    <div
      class={`composer${mode === 'note' && !Shared ? ' note' : ''}${over ? ' over' : ''}`}
      onDragOver={(event) => {
        if (mode === 'note' || !event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (take(event.dataTransfer?.files)) event.preventDefault();
      }}
    >
      <div class="modes" role="group" aria-label="What to write">
        <button type="button" aria-pressed={mode === 'reply' && !Shared} onClick={() => turn('reply')}>
          Reply
        </button>
        <button type="button" aria-pressed={mode === 'note' && !Shared} onClick={() => turn('note')}>
          <Icon name="note" small />
          Note
        </button>
        <button type="button" aria-pressed={Shared !== null} onClick={share} data-testid="share-draft">
          Shared draft
        </button>
        {mode === 'reply' && !Shared && reach.length > 1 && (
          <select class="by-channel" aria-label="Send by" value={channelId} onChange={(event) => setChosen(event.currentTarget.value)} data-testid="send-by">
            {reach.map((one) => {
              const other = inbox.channels.find((it) => it.id === one.channel_id);
              return (
                <option key={one.channel_id} value={one.channel_id}>
                  {other ? CHANNEL_NAMES[other.kind] : 'Channel'}
                  {other?.paused && ' (paused)'}
                </option>
              );
            })}
          </select>
        )}
        {mode === 'reply' && !Shared && channel?.kind === 'whatsapp' && (
          <button type="button" onClick={() => setChoosing(true)} data-testid="choose-template">
            Template
          </button>
        )}
        {mode === 'note' && !Shared && <span class="composer-hint muted">Only your team sees this</span>}
      </div>
      {mode === 'reply' && channel?.paused && (
        <p class="obstacle" role="status" data-testid="paused">
          <Icon name="alert" small />
          {pauseWords(channel)}
        </p>
      )}
      {obstacle && (
        <p class="obstacle" role="status" data-testid="obstacle">
          <Icon name="alert" small />
          {obstacle}
        </p>
      )}
      {onlyEssential && (
        <label class="essential">
          <input type="checkbox" checked={essential} onChange={(event) => setEssential(event.currentTarget.checked)} />
          This is essential: a code, a confirmation
        </label>
      )}
      {choosing && <TemplateDialog thread={thread} channelId={channelId} done={() => setChoosing(false)} />}
      {Shared ? (
        <Shared me={me} inbox={inbox} view={view} />
      ) : (
        <>
        {canned.asked && canned.Menu && (
          <canned.Menu inbox={inbox} thread={view.id} kind={channel?.kind ?? null} asked={canned.asked} keys={canned.keys} area={area} choose={canned.choose} close={canned.close} />
        )}
        {mentions.list}
        <textarea
          ref={area}
          rows={2}
          dir="auto"
          aria-label={label}
          placeholder={mode === 'note' ? 'Write a note to your colleagues; @ mentions one' : 'Write a reply, or / for a canned one'}
          value={text}
          aria-invalid={tooLong}
          data-testid="composer"
          {...mentions.attributes}
          onInput={(event) => {
            typed(event.currentTarget.value);
            canned.moved();
            mentions.look();
          }}
          onSelect={canned.moved}
          onClick={mentions.look}
          onKeyDown={onKey}
          onPaste={(event) => {
            if (take(event.clipboardData?.files)) event.preventDefault();
          }}
          onBlur={() => {
            mentions.close();
            if (mode === 'reply' && empty) void thread.releaseLock();
          }}
        />
        {mode === 'reply' && <Uploads thread={view.id} removed={() => area.current?.focus()} />}
        <div class="composer-foot">
          {mode === 'reply' && (
            <>
              <button type="button" class="attach" aria-label="Attach files" title="Attach files" onClick={() => picker.current?.click()}>
                <Icon name="clip" />
              </button>
              <input
                ref={picker}
                type="file"
                multiple
                hidden
                data-testid="files"
                onChange={(event) => {
                  take(event.currentTarget.files);
                  // The same one again is a choice, too.
                  event.currentTarget.value = '';
                  area.current?.focus();
                }}
              />
            </>
          )}
          <span class="muted keys">
            {mode === 'note' ? <kbd>Ctrl</kbd> : null} <kbd>Enter</kbd> sends
          </span>
          {gap && (
            <span class="counter over" role="status" data-testid="unfilled">
              Fill in {gap.name}
            </span>
          )}
          {sms && sms.parts > 1 && (
            <span class="counter" data-testid="segments">
              {sms.parts} SMS parts, {sms.left} left
            </span>
          )}
          {text.length > max * COUNTER_FROM && (
            <span class={tooLong ? 'counter over' : 'counter'} role="status">
              {tooLong ? `${text.length - max} too many` : `${max - text.length} left`}
            </span>
          )}
          <button type="button" class={mode === 'note' ? 'primary note-button' : 'primary'} disabled={blocked} onClick={send}>
            <Icon name={mode === 'note' ? 'note' : 'send'} small />
            {mode === 'note' ? 'Add note' : 'Send'}
          </button>
        </div>
        </>
      )}
    </div>
  );
}

/** What keeps a reply from going out this way, in words; `null` where nothing does. */
function obstacleOf(way: ReachView, now: number): string | null {
  if (way.refused.length === 1 && way.refused[0] === 'all_but_essential') return 'The customer wants only essential messages this way.';
  if (way.refused.some((about) => about !== 'marketing')) return 'The customer does not want messages this way. Only the customer can lift that.';
  if (way.window_until && Date.parse(way.window_until) < now) return 'The customer last wrote more than a day ago: this channel takes a template, and no free text.';
  return null;
}
