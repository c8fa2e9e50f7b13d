// The draft that a thread's agents write together: the text with everybody's carets, and its review.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { unfilled } from '../../sdk/src/canned.ts';
import { bindArea } from '../../sdk/src/draft-area.ts';
import { openDraft, type DraftHandle } from '../../sdk/src/drafts.ts';
import type { AgentId, DraftPerson, Permission, ThreadView } from '../../sdk/src/index.ts';
import { desk, notifyError } from './app-state.ts';
import { useCanned } from './canned-menu.ts';
import { Icon } from './icons.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { useLease, useStore } from './use.ts';
import { agentName } from './words.ts';

/** As many as draft.css has. */
const COLOURS = 6;

export type SharedParts = Pick<ThreadParts, 'me' | 'inbox'> & { view: ThreadView };

export function SharedDraft({ me, inbox, view }: SharedParts) {
  const draft = useLease<DraftHandle>(view.id, () => openDraft(desk, view.id));
  const text = useStore(draft.text);
  const known = useStore(draft.view);
  const people = useStore(draft.people);
  const phase = useStore(draft.phase);
  const saved = useStore(draft.saved);
  const error = useStore(draft.error);
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const [asking, setAsking] = useState(false);
  const may = (permission: Permission) => inbox.may.includes(permission);
  const canned = useCanned(area, may('drafts.write'), (from, to, words) => draft.edit(from, to, words));
  const kind = inbox.channels.find((one) => one.id === view.channel_id)?.kind ?? null;
  const gap = canned.began.current === null ? null : unfilled(text);
  const send = () => {
    const began = canned.began.current;
    canned.began.current = null;
    tell(draft.send(view.reply_no, began ?? undefined));
  };
  useEffect(() => {
    if (!area.current) return;
    const undo = bindArea(area.current, draft);
    area.current.focus();
    return undo;
  }, [draft]);

  const nameOf = (id: AgentId) => (id === me.agent.id ? 'You' : agentName(me, id));
  const mine = known?.authors.includes(me.agent.id) ?? false;
  const state = known?.review.state ?? 'writing';
  // Commands name what the server has: not before it has everything.
  const ready = phase === 'live' && saved && known !== null && known.digest !== '';
  const tell = (sent: Promise<unknown>) => {
    sent.catch(notifyError);
    area.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (canned.asked && canned.keys.current?.(event)) return event.preventDefault();
    if (event.key === 'Escape') area.current?.blur();
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !ready || gap || !may('replies.send')) return;
    event.preventDefault();
    send();
  };
  const others = [...new Set(people.map((person) => person.agent_id))].filter((id) => id !== me.agent.id);
  return (
    <div class="draft" data-testid="shared-draft" data-state={state} data-saved={saved}>
      <p class="draft-people muted">
        {others.length === 0 && 'Nobody else has it open.'}
        {others.map((id) => (
          <span key={id} class={`draft-person c${colourOf(id)}`} data-testid="draft-person">
            <span class="draft-dot" aria-hidden="true" />
            {agentName(me, id)}
          </span>
        ))}
        {phase === 'stale' && <span role="status">Not connected: what you write is kept and stored later.</span>}
      </p>
      <p class={`draft-review ${state}`} role="status" data-testid="draft-review">
        {state !== 'writing' && <Icon name={state === 'approved' ? 'check' : 'note'} small />}
        {state === 'writing' && known?.digest !== '' && known !== null && 'Not reviewed.'}
        {state === 'requested' && known?.review.agent_id && `${nameOf(known.review.agent_id)} asked for a review.`}
        {state === 'approved' && known?.review.agent_id && `Approved by ${nameOf(known.review.agent_id)}, as it is.`}
        {state === 'changes_requested' && known?.review.agent_id && (
          <>
            {nameOf(known.review.agent_id)} asked for changes: <q>{known.review.comment}</q>
          </>
        )}
      </p>
      {(phase === 'failed' || error) && (
        <p class="obstacle" role="alert">
          <Icon name="alert" small />
          {error?.message ?? 'This draft cannot be shown any more.'}
        </p>
      )}
      {canned.asked && canned.Menu && (
        <canned.Menu inbox={inbox} thread={view.id} kind={kind} asked={canned.asked} keys={canned.keys} area={area} choose={canned.choose} close={canned.close} />
      )}
      <div class="draft-text">
        <div class="draft-mirror" aria-hidden="true" ref={mirror}>
          <Carets text={text} draft={draft} people={people} nameOf={nameOf} />
        </div>
        <textarea
          ref={area}
          rows={3}
          dir="auto"
          aria-label="Shared draft"
          placeholder="Write it together"
          readOnly={!may('drafts.write')}
          data-testid="draft-area"
          onKeyDown={onKey}
          onInput={canned.moved}
          onSelect={canned.moved}
          onScroll={(event) => {
            if (mirror.current) mirror.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {asking && (
        <Comment
          done={(comment) => {
            setAsking(false);
            if (comment !== null) tell(draft.askChanges(comment));
            else area.current?.focus();
          }}
        />
      )}
      <div class="composer-foot draft-foot">
        {may('drafts.review') && !mine && (
          <>
            <button type="button" disabled={!ready || state === 'approved'} onClick={() => tell(draft.approve())}>
              <Icon name="check" small />
              Approve
            </button>
            <button type="button" disabled={!ready || asking} onClick={() => setAsking(true)}>
              Ask for changes
            </button>
          </>
        )}
        {may('drafts.write') && (
          <>
            <button type="button" disabled={!ready || state === 'requested' || state === 'approved'} onClick={() => tell(draft.request())}>
              Request review
            </button>
            <button type="button" class="quiet" disabled={!ready} onClick={() => tell(draft.discard())}>
              Discard
            </button>
          </>
        )}
        <span class="muted keys">
          {gap && <span class="counter over">Fill in {gap.name} </span>}
          {saved ? '' : 'Storing… '}
          <kbd>Ctrl</kbd> <kbd>Enter</kbd> sends
        </span>
        <button type="button" class="primary" disabled={!ready || gap !== null || !may('replies.send')} onClick={send}>
          <Icon name="send" small />
          Send draft
        </button>
      </div>
    </div>
  );
}

interface CaretParts {
  text: string;
  draft: DraftHandle;
  people: readonly DraftPerson[];
  nameOf(id: AgentId): string;
}

/** A copy of the text with the carets of the others in it. */
function Carets({ text, draft, people, nameOf }: CaretParts) {
  const carets = people
    .map((person) => ({ person, range: draft.place(person) }))
    .filter((one) => one.range !== null)
    .sort((a, b) => (a.range?.to ?? 0) - (b.range?.to ?? 0));
  const parts = [];
  let at = 0;
  for (const { person, range } of carets) {
    const to = Math.min(range?.to ?? 0, text.length);
    parts.push(text.slice(at, to));
    parts.push(
      <span key={person.connection_id} class={`draft-caret c${colourOf(person.agent_id)}`} data-testid="draft-caret">
        <span class="draft-name">{nameOf(person.agent_id)}</span>
      </span>,
    );
    at = to;
  }
  parts.push(text.slice(at));
  return <>{parts}</>;
}

/** The same for everybody who looks. */
function colourOf(agent: AgentId): number {
  let sum = 0;
  for (const char of agent) sum = (sum * 31 + char.charCodeAt(0)) % 1_000_003;
  return sum % COLOURS;
}

function Comment({ done }: { done(comment: string | null): void }) {
  const [comment, setComment] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  return (
    <form
      class="draft-comment"
      onSubmit={(event) => {
        event.preventDefault();
        if (comment.trim() !== '') done(comment);
      }}
    >
      <input
        ref={input}
        aria-label="What shall be changed?"
        placeholder="What shall be changed?"
        value={comment}
        maxLength={2_000}
        onInput={(event) => setComment(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') done(null);
        }}
      />
      <button type="submit" disabled={comment.trim() === ''}>
        Ask
      </button>
      <button type="button" class="quiet" onClick={() => done(null)}>
        Cancel
      </button>
    </form>
  );
}
