// Mentioning: whom one can mention in an inbox, the picker that opens at an `@`, and the chips in what was written.

import type { ComponentChildren, RefObject } from 'preact';
import { useId, useState } from 'preact/hooks';
import { addNote, findMentions, type Mentionable } from '../../sdk/src/notes.ts';
import type { InboxView, Me, Mention, Outcome, Sent, ThreadId } from '../../sdk/src/index.ts';
import { desk } from './app-state.ts';
import { Icon } from './icons.tsx';

const SHOWN_MAX = 7;

/** Agents and teams of an inbox, by name. */
export function mentionable(inbox: InboxView): Mentionable[] {
  const agents = inbox.agents.map(({ id, name }) => ({ name, agentId: id }));
  const teams = inbox.teams.map(({ id, name }) => ({ name, teamId: id }));
  return [...agents, ...teams].sort((a, b) => a.name.localeCompare(b.name));
}

/** Writes a note, with whom it mentions by name. */
export function writeNote(inbox: InboxView, thread: ThreadId, text: string): Sent<Outcome> {
  return addNote(desk, thread, text, findMentions(text, mentionable(inbox)));
}

interface Asked {
  /** Where the `@` is. */
  at: number;
  query: string;
  active: number;
}

export interface MentionPicker {
  /** Call when the text or the caret has changed. */
  look(): void;
  /** Says whether the key was the picker's. */
  onKey(event: KeyboardEvent): boolean;
  close(): void;
  /** For the text area. */
  attributes: { [name: string]: string | undefined };
  list: ComponentChildren;
}

/** The picker of a text area; `write` puts the text. */
export function useMentions(area: RefObject<HTMLTextAreaElement | null>, inbox: InboxView, on: boolean, write: (text: string) => void): MentionPicker {
  const [asked, setAsked] = useState<Asked | null>(null);
  const id = useId();
  const found = on && asked ? matching(mentionable(inbox), asked.query) : [];
  const open = found.length > 0;
  const active = Math.min(asked?.active ?? 0, found.length - 1);

  const look = () => {
    const element = area.current;
    if (!on || !element || element.selectionStart !== element.selectionEnd) return setAsked(null);
    const before = element.value.slice(0, element.selectionStart);
    const query = /(?:^|[^\p{L}\p{N}_])@([^\s@]*)$/u.exec(before)?.[1];
    if (query === undefined) return setAsked(null);
    setAsked((old) => {
      const at = before.length - query.length - 1;
      return old?.at === at && old.query === query ? old : { at, query, active: 0 };
    });
  };
  const pick = (who: Mentionable) => {
    const element = area.current;
    if (!element || !asked) return;
    const rest = element.value.slice(asked.at + 1 + asked.query.length);
    const head = `${element.value.slice(0, asked.at)}@${who.name} `;
    const text = head + rest.replace(/^ /, '');
    write(text);
    // Now, not with the next rendering: the caret is to stand behind the name.
    element.value = text;
    element.focus();
    element.setSelectionRange(head.length, head.length);
    setAsked(null);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    if (!open || event.isComposing) return false;
    const who = found[active];
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setAsked((old) => old && { ...old, active: (active + by + found.length) % found.length });
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.ctrlKey && !event.metaKey && !event.shiftKey && who) pick(who);
    else if (event.key === 'Escape') setAsked(null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const attributes = open ? { 'aria-autocomplete': 'list', 'aria-controls': id, 'aria-activedescendant': `${id}-${active}` } : {};
  const list = open && (
    <ul class="mention-list" role="listbox" id={id} aria-label="Mention somebody" data-testid="mention-list">
      {found.map((who, n) => (
        <li
          key={who.agentId ?? who.teamId}
          id={`${id}-${n}`}
          role="option"
          aria-selected={n === active}
          // The text area keeps the focus.
          onMouseDown={(event) => {
            event.preventDefault();
            pick(who);
          }}
        >
          <Icon name={who.teamId ? 'people' : 'person'} small />
          <bdi>{who.name}</bdi>
          {who.teamId && <span class="muted">Team</span>}
        </li>
      ))}
    </ul>
  );
  return { look, onKey, close: () => setAsked(null), attributes, list };
}

function matching(people: readonly Mentionable[], query: string): Mentionable[] {
  const wanted = query.toLocaleLowerCase();
  const rank = ({ name }: Mentionable): number => {
    const low = name.toLocaleLowerCase();
    return low.startsWith(wanted) ? 0 : low.split(/\s+/u).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return people.filter((who) => rank(who) < 2).sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN_MAX);
}

/** The words of a note, with a chip for everybody whom it mentions. */
export function NoteWords({ text, mentions, me, inbox }: { text: string; mentions: readonly Mention[]; me: Me; inbox?: InboxView | undefined }) {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const mention of mentions) {
    parts.push(text.slice(at, mention.from));
    const mine = mention.agent_id === me.agent.id || (inbox?.teams.find(({ id }) => id === mention.team_id)?.members.includes(me.agent.id) ?? false);
    parts.push(
      <span key={mention.from} class={mine ? 'mention mine' : 'mention'} data-testid="mention">
        {text.slice(mention.from, mention.to)}
      </span>,
    );
    at = mention.to;
  }
  parts.push(text.slice(at));
  return (
    <p class="text">
      <bdi>{parts}</bdi>
    </p>
  );
}
