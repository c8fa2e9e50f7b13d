// A private note: what it says, who is meant; its author and moderators change it here and read what it was.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { deleteNote, editNote, findMentions, noteHistory } from '../../sdk/src/notes.ts';
import { may } from '../../sdk/src/rights.ts';
import type { InboxView, Me, NoteHistory, NoteView, ThreadId } from '../../sdk/src/index.ts';
import { desk, notifyError } from './app-state.ts';
import { Icon } from './icons.tsx';
import { mentionable, NoteWords, useMentions } from './mentions.tsx';
import { actorName, byName, clockTime, dayAndTime, wholeTime } from './words.ts';

const NOTE_UNITS_MAX = 8_000;

interface NoteProps {
  note: NoteView;
  thread: ThreadId;
  me: Me;
  inbox: InboxView;
}

export function NoteCard({ note, thread, me, inbox }: NoteProps) {
  const [doing, setDoing] = useState<'edit' | 'delete' | 'history' | null>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const own = note.author.kind === 'agent' && note.author.id === me.agent.id;
  const moderates = may(me, inbox.id, 'notes.moderate');
  const changes = moderates || (own && may(me, inbox.id, 'notes.add'));
  const author = actorName(me, note.author, 'The customer');
  const done = () => {
    setDoing(null);
    setTimeout(() => edit.current?.focus());
  };
  return (
    <article class={note.deleted ? 'bubble note deleted' : 'bubble note'} data-testid="note">
      <p class="author">
        <Icon name="note" small />
        <bdi>{author}</bdi>
        <span class="tag">Private note</span>
      </p>
      {note.deleted ? (
        <p class="text">
          <em>Deleted by {byName(me, note.deleted.by)}</em>
        </p>
      ) : doing === 'edit' ? (
        <EditNote note={note} thread={thread} inbox={inbox} done={done} />
      ) : (
        <NoteWords text={note.text} mentions={note.mentions ?? []} me={me} inbox={inbox} />
      )}
      <p class="meta">
        <time dateTime={note.at} title={wholeTime(note.at)}>
          {clockTime(note.at)}
        </time>
        {note.edited_at && !note.deleted && <span title={wholeTime(note.edited_at)}>edited</span>}
        {changes && doing !== 'edit' && (
          <span class="note-actions">
            {!note.deleted && (
              <button ref={edit} type="button" class="link" onClick={() => setDoing('edit')}>
                Edit<span class="sr"> the note by {author}</span>
              </button>
            )}
            {!note.deleted && (
              <button type="button" class="link" onClick={() => setDoing('delete')}>
                Delete<span class="sr"> the note by {author}</span>
              </button>
            )}
            {(note.version > 1 || note.deleted) && (own || moderates) && (
              <button type="button" class="link" onClick={() => setDoing('history')}>
                History<span class="sr"> of the note by {author}</span>
              </button>
            )}
          </span>
        )}
      </p>
      {doing === 'delete' && <DeleteDialog note={note} thread={thread} done={() => setDoing(null)} />}
      {doing === 'history' && <HistoryDialog note={note} me={me} inbox={inbox} done={() => setDoing(null)} />}
    </article>
  );
}

function EditNote({ note, thread, inbox, done }: { note: NoteView; thread: ThreadId; inbox: InboxView; done(): void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(note.text);
  /** What was on screen when the editing began: what came since refuses it. */
  const [seen] = useState(note);
  const mentions = useMentions(area, inbox, true, setText);
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(text.length, text.length);
  }, []);
  const blocked = text.trim() === '' || text.length > NOTE_UNITS_MAX;
  const save = () => {
    if (blocked) return;
    if (text === seen.text) return done();
    editNote(desk, thread, seen, text, findMentions(text, mentionable(inbox))).then(done, notifyError);
  };
  return (
    <div class="edit-note">
      {mentions.list}
      <textarea
        ref={area}
        rows={2}
        dir="auto"
        aria-label="Edit the note"
        value={text}
        {...mentions.attributes}
        onInput={(event) => {
          setText(event.currentTarget.value);
          mentions.look();
        }}
        onClick={mentions.look}
        onBlur={mentions.close}
        onKeyDown={(event) => {
          if (mentions.onKey(event)) return;
          if (event.key === 'Escape') done();
          else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <p class="edit-note-buttons">
        <button type="button" onClick={done}>
          Cancel
        </button>
        <button type="button" class="primary note-button" disabled={blocked} onClick={save}>
          Save
        </button>
      </p>
    </div>
  );
}

function DeleteDialog({ note, thread, done }: { note: NoteView; thread: ThreadId; done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="delete-note-title" onClose={done}>
      <h2 id="delete-note-title">Delete the note?</h2>
      <p>Everybody sees that it was deleted, and nobody what it said. It stays on record for its author and for moderators.</p>
      <div class="dialog-buttons">
        <button type="button" onClick={done}>
          Cancel
        </button>
        <button
          type="button"
          class="primary"
          onClick={() => {
            deleteNote(desk, thread, note.id).catch(notifyError);
            done();
          }}
        >
          Delete
        </button>
      </div>
    </dialog>
  );
}

function HistoryDialog({ note, me, inbox, done }: { note: NoteView; me: Me; inbox: InboxView; done(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [history, setHistory] = useState<NoteHistory | null>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    noteHistory(desk, note.id).then(setHistory, notifyError);
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="note-history-title" onClose={done}>
      <h2 id="note-history-title">What the note said</h2>
      <ol class="note-history" data-testid="note-history">
        {history?.versions.map((one) => (
          <li key={one.version}>
            <p class="muted">
              <bdi>{actorName(me, one.author, 'The customer')}</bdi>, <time dateTime={one.at}>{dayAndTime(one.at)}</time>
            </p>
            <NoteWords text={one.text} mentions={one.mentions} me={me} inbox={inbox} />
          </li>
        ))}
        {history?.deleted && (
          <li class="muted">
            Deleted by {byName(me, history.deleted.by)}, <time dateTime={history.deleted.at}>{dayAndTime(history.deleted.at)}</time>
          </li>
        )}
      </ol>
      <div class="dialog-buttons">
        <button type="button" class="primary" onClick={done}>
          Close
        </button>
      </div>
    </dialog>
  );
}
