// All threads of one stream that were seen so far, each as of its own place in the stream. Lists
// and open threads read from here, so the same thread never looks different in two panes.

import { applyToThread } from './apply.ts';
import type { Event, ThreadId, ThreadView } from './protocol.ts';
import { Emitter } from './store.ts';
import type { Feed } from './streams.ts';

interface Row {
  view: ThreadView;
  /** The events up to here are in `view`. */
  seq: number;
}

export class Table {
  /** Tells which threads changed; once a batch. */
  readonly changed = new Emitter<ReadonlySet<ThreadId>>();
  /** Tells of events whose thread is not here. */
  readonly unknown = new Emitter<Event>();
  private readonly feed: Feed;
  private readonly rows = new Map<ThreadId, Row>();

  constructor(feed: Feed) {
    this.feed = feed;
    feed.listen({
      events: (events) => this.apply(events),
      // Old places mean nothing any more; lists keep what they show until they have loaded again.
      reset: () => this.rows.clear(),
    });
  }

  get(id: ThreadId): ThreadView | null {
    return this.rows.get(id)?.view ?? null;
  }

  all(): ThreadView[] {
    return Array.from(this.rows.values(), (row) => row.view);
  }

  /** Takes views of a snapshot at `seq`, and what came after it. */
  put(views: readonly ThreadView[], seq: number, after: readonly Event[]): void {
    const touched = new Set<ThreadId>();
    const reached = Math.max(seq, this.feed.at ?? 0);
    for (const view of views) {
      const old = this.rows.get(view.id);
      if (old && old.seq > reached) continue;
      let now: ThreadView | null = view;
      for (const event of after) if (now && event.thread_id === view.id) now = applyToThread(now, event);
      if (now) this.rows.set(view.id, { view: now, seq: reached });
      else this.rows.delete(view.id);
      touched.add(view.id);
    }
    this.changed.emit(touched);
  }

  /** Changes a view ahead of the server's word, for instance a read mark. */
  patch(id: ThreadId, change: Partial<ThreadView>): void {
    const row = this.rows.get(id);
    if (!row) return;
    row.view = { ...row.view, ...change };
    this.changed.emit(new Set([id]));
  }

  private apply(events: readonly Event[]): void {
    const touched = new Set<ThreadId>();
    for (const event of events) {
      const id = event.thread_id;
      if (!id) continue;
      const row = this.rows.get(id);
      if (!row) {
        const view = event.kind === 'thread.created' ? event.data.thread : event.kind === 'thread_view' ? event.data : null;
        if (view) this.rows.set(id, { view, seq: event.seq });
        else if (event.kind !== 'thread_gone') this.unknown.emit(event);
        if (view) touched.add(id);
        continue;
      }
      if (event.seq <= row.seq) continue;
      const view = applyToThread(row.view, event);
      if (view) this.rows.set(id, { view, seq: event.seq });
      else this.rows.delete(id);
      if (view !== row.view) touched.add(id);
    }
    if (touched.size > 0) this.changed.emit(touched);
  }
}
