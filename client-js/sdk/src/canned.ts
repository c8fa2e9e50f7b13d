// Canned replies: what there is, filled for a thread by the server, written, approved. Loaded apart from the core.

import { streamOfInbox } from './core.ts';
import type { Desk } from './desk.ts';
import type {
  CannedId, CannedList, CannedReply, CannedRule, CannedSaved, CannedView, ChannelKind, CheckedCanned, FilledCanned, InboxId, ThreadId,
  WantedCanned,
} from './protocol.ts';
import type { Unsubscribe } from './store.ts';

const KINDS = new Set(['canned.changed', 'canned.approved', 'canned.removed']);

/** Tells what an inbox shares and what the agent has of its own, now and whenever it changes, until it is undone. */
export function followCanned(desk: Desk, inbox: InboxId, told: (list: CannedList) => void, failed: (cause: unknown) => void): Unsubscribe {
  const { core } = desk;
  let over = false;
  let newest = 0;
  const load = () => {
    const mine = ++newest;
    core.http.get<CannedList>(`/api/v1/inboxes/${inbox}/canned`).then(
      (list) => {
        // An answer that was overtaken is old.
        if (!over && mine === newest) told(list);
      },
      (cause: unknown) => {
        if (!over) failed(cause);
      },
    );
  };
  const feed = core.streams.feed(streamOfInbox(inbox));
  const undo = feed.listen({
    events: (events) => {
      if (events.some((event) => KINDS.has(event.kind))) load();
    },
    reset: load,
  });
  load();
  return () => {
    over = true;
    undo();
    core.release(feed);
  };
}

/** A canned reply with the thread's words in it; `missing` are those that the agent has to fill in. */
export function fillCanned(desk: Desk, thread: ThreadId, id: CannedId, language?: string): Promise<FilledCanned> {
  return desk.core.http.get(`/api/v1/threads/${thread}/canned/${id}`, { language });
}

export function readCanned(desk: Desk, id: CannedId): Promise<CannedReply> {
  return desk.core.http.get(`/api/v1/canned/${id}`);
}

/** Makes one that the inbox shares, or, without an inbox, one of the agent's own. */
export function createCanned(desk: Desk, inbox: InboxId | null, canned: WantedCanned): Promise<CannedSaved> {
  return desk.core.http.request('POST', inbox === null ? '/api/v1/me/canned' : `/api/v1/inboxes/${inbox}/canned`, canned);
}

/** Changes one, as it was on screen: refused where somebody else was faster. */
export function changeCanned(desk: Desk, old: CannedView, canned: WantedCanned): Promise<CannedSaved> {
  return desk.core.http.request('PUT', `/api/v1/canned/${old.id}`, { ...canned, version: old.version });
}

export function approveCanned(desk: Desk, { id, version }: CannedView): Promise<CannedSaved> {
  return desk.core.http.request('POST', `/api/v1/canned/${id}/approve`, { version });
}

export function removeCanned(desk: Desk, { id, version }: CannedView): Promise<void> {
  return desk.core.http.request('DELETE', `/api/v1/canned/${id}?version=${version}`);
}

/** What is wrong with texts while they are written. */
export function checkCanned(desk: Desk, texts: WantedCanned['texts']): Promise<CheckedCanned> {
  return desk.core.http.request('POST', '/api/v1/canned/check', { texts });
}

export function setCannedRule(desk: Desk, inbox: InboxId, rule: CannedRule): Promise<CannedRule> {
  return desk.core.http.request('PUT', `/api/v1/admin/inboxes/${inbox}/canned`, rule);
}

/** A `/` and what was typed after it, before the caret. */
export interface Asked {
  from: number;
  to: number;
  words: string;
}

const LONGEST = 40;

/** Finds what is asked for at a caret: a `/` that begins a word, with nothing but one word after it. */
export function askedAt(text: string, caret: number): Asked | null {
  const found = /(?:^|\s)\/([^\s/]*)$/u.exec(text.slice(0, caret));
  const words = found?.[1];
  if (words === undefined || words.length > LONGEST) return null;
  return { from: caret - words.length - 1, to: caret, words };
}

/** Those that can be used on this kind of channel and match, the likeliest first. */
export function matching(all: readonly CannedView[], words: string, kind: ChannelKind | null): CannedView[] {
  const wanted = words.toLowerCase();
  const rank = (one: CannedView): number => {
    const [code, title] = [one.short_code.toLowerCase(), one.title.toLowerCase()];
    if (code === wanted) return 0;
    if (code.startsWith(wanted)) return 1;
    if (title.startsWith(wanted)) return 2;
    return code.includes(wanted) || title.includes(wanted) ? 3 : 4;
  };
  return all
    .filter((one) => one.usable !== null && (one.kinds.length === 0 || kind === null || one.kinds.includes(kind)))
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank }) => rank < 4)
    .sort((a, b) => a.rank - b.rank || b.one.uses - a.one.uses || a.one.title.localeCompare(b.one.title))
    .map(({ one }) => one);
}

const UNFILLED = /\{\{[a-z_.]+\}\}/u;

/** The first variable that nobody has filled in, and where it is. */
export function unfilled(text: string): { at: number; name: string } | null {
  const found = UNFILLED.exec(text);
  return found && { at: found.index, name: found[0] };
}
