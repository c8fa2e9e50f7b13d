// A list of threads: a filter over what is known of an inbox, loaded page by page, newest activity
// first, kept exact by events.

import { activityOf, isTimelineKind, isUnread } from './apply.ts';
import { streamOfInbox, type Core } from './core.ts';
import { asTandemError } from './errors.ts';
import { Loader, type Live } from './live.ts';
import type { AgentId, Event, InboxId, Priority, Status, TagId, TeamId, ThreadId, ThreadPage, ThreadView } from './protocol.ts';
import { Cell, type Store, type Unsubscribe } from './store.ts';
import type { Feed } from './streams.ts';
import type { Table } from './table.ts';

export interface ListFilter {
  inboxId: InboxId;
  /** Any of these, here and below; what is left out lets every thread through. */
  statuses?: readonly Status[];
  priorities?: readonly Priority[];
  tags?: readonly TagId[];
  teams?: readonly TeamId[];
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

/** Whether something that is had is wanted; where nothing is said, everything is. */
function among(wanted: readonly (string | null)[] | undefined, had: readonly (string | null)[]): boolean {
  return !wanted || had.some((one) => wanted.includes(one));
}

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
    if (this.bound !== null) await this.page(this.bound);
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
    return this.page(null);
  }

  private async page(before: number | null): Promise<boolean> {
    const { inboxId, statuses, priorities, tags, teams, assignee } = this.filter;
    const query = { status: statuses?.join(), priority: priorities?.join(), tag: tags?.join(), team: teams?.join(), assignee, before, limit: PAGE };
    const loading = this.feed.load();
    let page: ThreadPage;
    try {
      page = await this.core.http.get<ThreadPage>(`/api/v1/inboxes/${inboxId}/threads`, query);
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
    if (!id || (!isTimelineKind(event) && event.kind !== 'thread.changed') || this.fetching.has(id)) return;
    if (event.kind === 'thread.assigned' && this.filter.assignee === 'me' && event.data.to !== this.core.agentId()) return;
    this.fetching.add(id);
    void this.core
      .fetchThread(id, 1)
      .catch((cause) => this.core.log('warn', 'a thread could not be loaded', asTandemError(cause)))
      .finally(() => this.fetching.delete(id));
  }

  private matches(thread: ThreadView): boolean {
    const { statuses, priorities, tags, teams, assignee } = this.filter;
    return (
      among(statuses, [thread.status]) &&
      among(priorities, [thread.priority]) &&
      among(tags, thread.tags) &&
      among(teams, [thread.team_id]) &&
      among(assignee && [assignee === 'me' ? this.core.agentId() : assignee === 'none' ? null : assignee], [thread.assignee_id])
    );
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
