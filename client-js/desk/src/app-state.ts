// The desk's own state: the one SDK desk, what is looked at (kept in the address bar), texts that
// are being written, short notices. What the server knows stays in the SDK.

import { computed, signal } from '@preact/signals';
import { createDesk, TandemError, type AgentId, type InboxId, type ListFilter, type Me, type Status, type ThreadId } from '../../sdk/src/index.ts';
import { agentName } from './words.ts';

/** A restart of the server or a blip of the network is over by then, and not worth a word. */
const LOST_AFTER_MS = 2_000;

export const desk = createDesk({
  lostAfterMs: LOST_AFTER_MS,
  log: (level, message, data) => {
    if (level === 'error') console.error(message, data ?? '');
  },
});

// Whether there is a session: asked of the server only if this browser once signed in, as every
// refusal would be an error in the browser's log.

const SESSION_KEY = 'tandem.session';

export function hasSession(): boolean {
  return localStorage.getItem(SESSION_KEY) !== null;
}

export function setSession(there: boolean): void {
  if (there) localStorage.setItem(SESSION_KEY, 'yes');
  else localStorage.removeItem(SESSION_KEY);
}

// Signing in elsewhere ends at this page, which is told how in its address.

const told = new URLSearchParams(location.search);
export const refusedElsewhere = told.get('sign-in');
if (told.has('signed-in')) setSession(true);
if (told.has('signed-in') || refusedElsewhere !== null) history.replaceState(null, '', location.pathname + location.hash);

export type View = 'mine' | 'teams' | 'none' | 'all';
export type StatusFilter = 'active' | Status;

export interface Route {
  inbox: InboxId | null;
  view: View;
  status: StatusFilter;
  thread: ThreadId | null;
  /** What is shown where a thread would be. */
  panel: 'team' | 'settings' | null;
  /** Which page of the settings. */
  section: string | null;
}

const ACTIVE: readonly Status[] = ['new', 'open', 'pending', 'escalated'];
export const VIEWS: readonly { view: View; name: string }[] = [
  { view: 'mine', name: 'Mine' },
  { view: 'teams', name: 'My teams' },
  { view: 'none', name: 'Unassigned' },
  { view: 'all', name: 'All' },
];
export const STATUSES: readonly StatusFilter[] = ['active', ...ACTIVE, 'closed'];

const PANELS = ['team', 'settings'] as const;

function readRoute(): Route {
  const query = new URLSearchParams(location.search);
  const view = VIEWS.find((one) => one.view === query.get('view'))?.view ?? 'all';
  const status = STATUSES.find((one) => one === query.get('status')) ?? 'active';
  const panel = PANELS.find((one) => one === query.get('panel')) ?? null;
  return { inbox: query.get('inbox'), view, status, thread: query.get('thread'), panel, section: query.get('section') };
}

export const route = signal<Route>(readRoute());
window.addEventListener('popstate', () => {
  route.value = readRoute();
});

/** Goes somewhere; what fills the pane gets an entry in the history, so that Back closes it. */
export function go(change: Partial<Route>): void {
  const next = { ...route.value, ...(change.thread ? { panel: null } : {}), ...change };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(next)) if (value !== null) query.set(name, value);
  const url = `${location.pathname}?${query}`;
  if ((change.thread || change.panel) && !isPaneOpen.value) history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  route.value = next;
}

export function filterOf(inboxId: InboxId, view: View, status: StatusFilter): ListFilter {
  const statuses = status === 'active' ? ACTIVE : [status];
  const filter: ListFilter = { inboxId, statuses };
  if (view === 'mine') filter.assignee = 'me';
  if (view === 'none') filter.assignee = 'none';
  return filter;
}

/** The inbox that is looked at: the one in the address if it is ours, else the first. */
export function currentInbox(me: Me) {
  return me.inboxes.find((inbox) => inbox.id === route.value.inbox) ?? me.inboxes[0] ?? null;
}

// Texts being written, by thread: they outlive switching threads and reloading the page.

export type Mode = 'reply' | 'note';
const PREFIX = 'tandem.text.';

const textKey = (thread: ThreadId, mode: Mode): string => `${PREFIX}${mode}.${thread}`;

export function keptText(thread: ThreadId, mode: Mode): string {
  return sessionStorage.getItem(textKey(thread, mode)) ?? '';
}

export function keepText(thread: ThreadId, mode: Mode, text: string): void {
  if (text === '') sessionStorage.removeItem(textKey(thread, mode));
  else sessionStorage.setItem(textKey(thread, mode), text);
}

/** Puts what was being written in one thread to what is being written in another. */
export function moveTexts(from: ThreadId, to: ThreadId): void {
  for (const mode of ['reply', 'note'] as const) {
    const texts = [keptText(to, mode), keptText(from, mode)].filter((text) => text !== '');
    keepText(to, mode, texts.join('\n'));
    keepText(from, mode, '');
  }
}

export function forgetTexts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}

const AGENT_KEY = 'tandem.agent';

/** Somebody else than before: nothing of the other may stay, least of all unsent replies. */
export function keepTextsOf(agent: AgentId): void {
  const before = sessionStorage.getItem(AGENT_KEY);
  sessionStorage.setItem(AGENT_KEY, agent);
  if (before === null || before === agent) return;
  forgetTexts();
  location.reload();
}

// Notices: what was refused or done, shown for a while and read out.

export interface Notice {
  id: number;
  text: string;
}

export const notices = signal<readonly Notice[]>([]);
export const announcement = signal('');
const NOTICE_MS = 6_000;
let lastNotice = 0;

export function notify(text: string): void {
  lastNotice += 1;
  const notice = { id: lastNotice, text };
  notices.value = [...notices.value.slice(-2), notice];
  setTimeout(() => {
    notices.value = notices.value.filter((other) => other !== notice);
  }, NOTICE_MS);
}

/** Says why something was refused. */
export function notifyError(cause: unknown): void {
  const me = desk.me.get();
  if (!(cause instanceof TandemError)) return notify(String(cause));
  const { code, details } = cause;
  if (code === 'cancelled' || code === 'closed') return;
  if (code === 'owner_changed' || code === 'not_owner') {
    const owner = details.assignee ? `${agentName(me, details.assignee)} has it now.` : 'Nobody has it now.';
    return notify(`Somebody was faster: ${owner}`);
  }
  if (code === 'locked' && details.lock) return notify(`${agentName(me, details.lock.agent_id)} is replying.`);
  notify(cause.message);
}

export const helpOpen = signal(false);
export const isPaneOpen = computed(() => route.value.thread !== null || route.value.panel !== null);
