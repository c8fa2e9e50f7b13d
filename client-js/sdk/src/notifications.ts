// What this agent is told of: exact from a page and what the streams of its inboxes tell after it, on all of its
// devices. Loaded apart from the core.

import { streamOfInbox } from './core.ts';
import type { Desk } from './desk.ts';
import type { Timer } from './host.ts';
import type { Sent } from './outbox.ts';
import type { Event, NotificationId, NotificationPage, NotificationView, Outcome, StreamId, ThreadId } from './protocol.ts';
import { Cell, Emitter, type Store, type Unsubscribe } from './store.ts';
import type { Feed, Loading } from './streams.ts';

export interface Notifications {
  /** Newest first, as far as they are loaded. */
  readonly list: Store<readonly NotificationView[]>;
  readonly unread: Store<number>;
  readonly hasOlder: Store<boolean>;
  /** What has just come in. */
  readonly added: Emitter<NotificationView>;
  older(): Promise<void>;
  read(ids: readonly NotificationId[]): Sent<Outcome>;
  readAll(): Sent<Outcome>;
  end(): void;
}

const PAGE = 50;
/** Several at once are one more page. */
const SETTLE_MS = 250;
const AGAIN_MS = 3_000;
const READ_AT_ONCE = 200;

/** Lets this agent hear of a thread only where it is mentioned itself, or of all again. */
export function muteThread(desk: Desk, thread: ThreadId, muted: boolean): Sent<Outcome> {
  return desk.core.outbox.post({ kind: 'thread.mute', thread_id: thread, muted });
}

/** Begins to hear; `desk` has to be signed in. */
export function createNotifications(desk: Desk): Notifications {
  return new Bell(desk);
}

class Bell implements Notifications {
  readonly list = new Cell<readonly NotificationView[]>([]);
  readonly unread = new Cell(0);
  readonly hasOlder = new Cell(false);
  readonly added = new Emitter<NotificationView>();
  private readonly desk: Desk;
  private readonly undo: Unsubscribe[];
  private readonly followed = new Map<StreamId, { feed: Feed; stop: Unsubscribe }>();
  /** What each stream has told up to here is in the list. */
  private readonly base = new Map<StreamId, number>();
  private next: number | null = null;
  private timer: Timer | undefined;
  private loading = false;
  private ended = false;

  constructor(desk: Desk) {
    this.desk = desk;
    this.undo = [desk.core.ups.on(() => this.soon(0)), desk.core.me.subscribe(() => this.soon(SETTLE_MS))];
    this.soon(0);
  }

  async older(): Promise<void> {
    if (this.next === null) return;
    const page = await this.desk.core.http.get<NotificationPage>('/api/v1/notifications', { before: this.next, limit: PAGE });
    const known = new Set(this.list.get().map(({ id }) => id));
    this.list.set([...this.list.get(), ...page.notifications.filter(({ id }) => !known.has(id))]);
    this.setNext(page.next);
  }

  read(ids: readonly NotificationId[]): Sent<Outcome> {
    return this.desk.core.outbox.post({ kind: 'notification.read', notification_ids: ids.slice(0, READ_AT_ONCE) });
  }

  readAll(): Sent<Outcome> {
    return this.desk.core.outbox.post({ kind: 'notification.read_all' });
  }

  end(): void {
    this.ended = true;
    this.desk.core.host.clearTimeout(this.timer);
    for (const undo of this.undo) undo();
    for (const { feed, stop } of this.followed.values()) {
      stop();
      feed.kept = false;
      this.desk.core.release(feed);
    }
  }

  /** Loads the newest page in a while, once however often it is asked for. */
  private soon(ms: number): void {
    const { host } = this.desk.core;
    if (this.ended) return;
    host.clearTimeout(this.timer);
    this.timer = host.setTimeout(() => void this.load(), ms);
  }

  private async load(): Promise<void> {
    const { core } = this.desk;
    // Nobody asks before it is known who asks.
    if (this.loading || !core.link.isUp()) return;
    this.loading = true;
    const held = new Map<StreamId, Loading>();
    for (const inbox of core.me.get()?.inboxes ?? []) {
      const stream = streamOfInbox(inbox.id);
      held.set(stream, this.follow(stream).load());
    }
    try {
      const page = await core.http.get<NotificationPage>('/api/v1/notifications', { limit: PAGE });
      if (!this.ended) this.take(page, held);
    } catch {
      this.soon(AGAIN_MS);
    } finally {
      for (const loading of held.values()) loading.abort();
      this.loading = false;
    }
  }

  private take(page: NotificationPage, held: ReadonlyMap<StreamId, Loading>): void {
    const after: { stream: StreamId; events: readonly Event[] }[] = [];
    for (const { stream, seq } of page.streams) {
      const loading = held.get(stream);
      const events = loading ? loading.done(seq) : [];
      if (events === null) return this.soon(SETTLE_MS);
      after.push({ stream, events });
    }
    this.list.set(page.notifications);
    this.unread.set(page.unread);
    this.setNext(page.next);
    for (const { stream, seq, cursor } of page.streams) {
      this.base.set(stream, seq);
      this.desk.core.streams.begin(this.follow(stream), seq, cursor);
    }
    for (const { stream, events } of after) this.events(stream, events);
  }

  private follow(stream: StreamId): Feed {
    const { core } = this.desk;
    const feed = core.streams.feed(stream);
    const old = this.followed.get(stream);
    if (old?.feed === feed) return feed;
    old?.stop();
    feed.kept = true;
    const stop = feed.listen({ events: (events) => this.events(stream, events), reset: () => this.soon(SETTLE_MS) });
    this.followed.set(stream, { feed, stop });
    return feed;
  }

  private events(stream: StreamId, events: readonly Event[]): void {
    for (const event of events) {
      const base = this.base.get(stream);
      // Before the first page there is nothing to go on from.
      if (base === undefined || event.seq <= base) continue;
      this.base.set(stream, event.seq);
      this.event(event);
    }
  }

  private event(event: Event): void {
    const list = this.list.get();
    if (event.kind === 'notification.added') {
      const { notification } = event.data;
      if (list.some(({ id }) => id === notification.id)) return;
      this.list.set([notification, ...list]);
      this.unread.set(this.unread.get() + 1);
      this.added.emit(notification);
      // For the words, and the customer's name.
      this.soon(SETTLE_MS);
    } else if (event.kind === 'notification.read') {
      const ids = new Set(event.data.notification_ids);
      const known = list.filter(({ id, read }) => read && ids.has(id)).length;
      this.list.set(list.map((one) => (ids.has(one.id) ? { ...one, read: true } : one)));
      this.unread.set(Math.max(0, this.unread.get() - ids.size + known));
    } else if (['thread_gone', 'thread_view', 'note.edited', 'note.deleted'].includes(event.kind)) {
      // What may be seen of it is another thing now.
      if (event.kind === 'thread_view' || list.some(({ thread_id }) => thread_id === event.thread_id)) this.soon(SETTLE_MS);
    }
  }

  private setNext(next: number | null): void {
    this.next = next;
    this.hasOlder.set(next !== null);
  }
}
