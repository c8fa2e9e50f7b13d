// A list of threads: a filter over what is known of an inbox, loaded page by page, newest activity
// first, kept exact by events.

import { activityOf, isUnread } from './apply.ts';
import { streamOfInbox, type Core } from './core.ts';
import { asTandemError } from './errors.ts';
import { Loader, type Live } from './live.ts';
import type { AgentId, Event, InboxId, Status, ThreadId, ThreadPage, ThreadView } from './protocol.ts';
import { Cell, type Store, type Unsubscribe } from './store.ts';
import type { Feed } from './streams.ts';
import type { Table } from './table.ts';

export interface ListFilter {
  inboxId: InboxId;
  /** Any of these; all of them if left out. */
  statuses?: readonly Status[];
  assignee?: 'me' | 'none' | AgentId;
}

export interface ListHandle extends Live {
  readonly items: Store<readonly ThreadView[]>;
  readonly unread: Store<number>;
  /** Whether older threads can be loaded. */
  readonly hasMore: Store<boolean>;
  /** Loads an older page; says whether there may be more. */
  more(): Promise<boolean>;
}

const PAGE = 50;
/** A filter that the server cannot apply may leave pages empty: read on, but not for ever. */
const PAGES_AT_ONCE_MAX = 4;

/** Events that may bring a thread into a list it is not in. */
const ENTERING: readonly string[] = [
  'message.received', 'message.sent', 'note.added', 'thread.assigned', 'thread.status_changed', 'thread.changed',
];

export class ThreadList implements ListHandle {
  readonly items = new Cell<readonly ThreadView[]>([]);
  readonly unread = new Cell(0);
  readonly hasMore = new Cell(false);
  private readonly core: Core;
  private readonly filter: ListFilter;
  private readonly feed: Feed;
  private readonly table: Table;
  private readonly loader: Loader;
  private readonly undo: Unsubscribe[];
  /** Threads with activity at or above this place are all here; `null`: every thread is. */
  private bound: number | null = null;
  private readonly fetching = new Set<ThreadId>();

  constructor(core: Core, filter: ListFilter) {
    this.core = core;
    this.filter = filter;
    this.feed = core.streams.feed(streamOfInbox(filter.inboxId));
    this.table = core.table(this.feed.stream);
    this.loader = new Loader(core, () => this.read());
    this.undo = [
      this.feed.listen({ live: (live) => this.loader.setLive(live), reset: () => this.loader.load() }),
      this.table.changed.on(() => this.compute()),
      this.table.unknown.on((event) => this.meet(event)),
      core.me.subscribe(() => this.compute()),
    ];
    this.loader.setLive(this.feed.live.get());
    this.loader.load();
  }

  get phase() {
    return this.loader.phase;
  }
  get error() {
    return this.loader.error;
  }
  get ready() {
    return this.loader.ready;
  }
  onGap(listener: () => void): Unsubscribe {
    return this.loader.onGap(listener);
  }

  async more(): Promise<boolean> {
    for (let page = 0; page < PAGES_AT_ONCE_MAX && this.bound !== null; page += 1) {
      const before = this.items.get().length;
      await this.page(this.bound);
      if (this.items.get().length > before) break;
    }
    return this.bound !== null;
  }

  end(): void {
    for (const undo of this.undo) undo();
    this.loader.end();
    this.core.release(this.feed);
  }

  uses(feed: Feed): boolean {
    return this.feed === feed;
  }

  private async read(): Promise<boolean> {
    await this.core.needMe();
    const exact = await this.page(null);
    if (exact && this.items.get().length === 0) await this.more();
    return exact;
  }

  private async page(before: number | null): Promise<boolean> {
    const { inboxId, statuses, assignee } = this.filter;
    const status = statuses?.length === 1 ? statuses[0] : undefined;
    const loading = this.feed.load();
    let page: ThreadPage;
    try {
      page = await this.core.http.get<ThreadPage>(`/api/v1/inboxes/${inboxId}/threads`, { status, assignee, before, limit: PAGE });
    } catch (cause) {
      loading.abort();
      throw cause;
    }
    const after = loading.done(page.seq);
    if (after === null || this.loader.ended) return false;
    this.core.streams.begin(this.feed, page.seq, page.cursor);
    this.bound = page.next;
    this.hasMore.set(page.next !== null);
    this.table.put(page.threads, page.seq, after);
    this.compute(true);
    return true;
  }

  /** An event of a thread that is not known: it may belong here now. */
  private meet(event: Event): void {
    const id = event.thread_id;
    if (!id || !ENTERING.includes(event.kind) || this.fetching.has(id)) return;
    const wantsMe = this.filter.assignee === 'me';
    if (event.kind === 'thread.assigned' && wantsMe && event.data.to !== this.core.agentId()) return;
    this.fetching.add(id);
    void this.core
      .fetchThread(id, 1)
      .catch((cause) => this.core.log('warn', 'a thread could not be loaded', asTandemError(cause)))
      .finally(() => this.fetching.delete(id));
  }

  private matches(thread: ThreadView): boolean {
    const { statuses, assignee } = this.filter;
    if (statuses && !statuses.includes(thread.status)) return false;
    if (assignee === undefined) return true;
    if (assignee === 'none') return thread.assignee_id === null;
    return thread.assignee_id === (assignee === 'me' ? this.core.agentId() : assignee);
  }

  private compute(force = false): void {
    // While a new snapshot is on its way the old picture stays.
    if (!force && (!this.loader.loaded || this.feed.at === null)) return;
    const { bound } = this;
    const items = this.table
      .all()
      .filter((thread) => this.matches(thread) && (bound === null || activityOf(thread) >= bound))
      .sort((a, b) => activityOf(b) - activityOf(a) || (a.id < b.id ? 1 : -1));
    const old = this.items.get();
    if (items.length !== old.length || items.some((item, i) => item !== old[i])) this.items.set(items);
    this.unread.set(items.filter(isUnread).length);
  }
}
