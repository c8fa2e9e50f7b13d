// Streams and their cursors: what makes a snapshot plus events exact. One feed a stream, shared by
// all that watch it; a feed is somewhere in its stream (`at`) and accepts only what follows on.

import { TandemError } from './errors.ts';
import type { Host, Timer } from './host.ts';
import type { Link, Log } from './connection.ts';
import type {
  Cursor, Event, EventsFrame, Reset, ResetReason, ServerFrame, SignalsFrame, StreamId, Subscribed, ThreadId, ThreadSignals,
} from './protocol.ts';
import { Cell } from './store.ts';

export interface FeedListener {
  events?(events: readonly Event[]): void;
  /** Events were lost for good: load a snapshot. */
  reset?(reason: ResetReason): void;
  signals?(threads: ReadonlySet<ThreadId> | 'all'): void;
  /** Live or not: connected, subscribed and caught up. */
  live?(live: boolean): void;
}

/** A snapshot being read while events go on. */
export interface Loading {
  /**
   * The events after the snapshot's place, in order; `null` if some before were not held, so the
   * snapshot is too old to go on from.
   */
  done(seq: number): readonly Event[] | null;
  abort(): void;
}

const RESUBSCRIBE_MS = 2_000;
/** Streams of the `hello` that heard nothing for this long are asked for one by one. */
const HELLO_ANSWER_MS = 5_000;

export class Feed {
  readonly stream: StreamId;
  at: number | null = null;
  cursor: Cursor | null = null;
  head = 0;
  readonly live = new Cell(false);
  readonly signals = new Map<ThreadId, ThreadSignals>();
  /** Whether somebody outside follows it, with or without a list or a thread. */
  declare kept?: boolean;
  /** Whether `signals` is the whole picture. */
  signalsKnown = false;
  readonly listeners = new Set<FeedListener>();
  private readonly loads = new Map<object, { from: number | null }>();
  private held: Event[] = [];

  constructor(stream: StreamId) {
    this.stream = stream;
    this.live.subscribe((live) => this.tell((listener) => listener.live?.(live)));
  }

  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Says that a snapshot is being read: from now on events are held for it. */
  load(): Loading {
    const id = {};
    const load = { from: this.at };
    this.loads.set(id, load);
    const abort = () => {
      this.loads.delete(id);
      if (this.loads.size === 0) this.held = [];
    };
    const done = (seq: number) => {
      const exact = this.at === null || (load.from !== null && seq >= load.from);
      const after = this.held.filter((event) => event.seq > seq);
      abort();
      return exact ? after : null;
    };
    return { done, abort };
  }

  /** Begins at a snapshot's place. */
  begin(at: number, cursor: Cursor): void {
    this.at = at;
    this.cursor = cursor;
    this.head = at;
    for (const load of this.loads.values()) load.from ??= at;
  }

  /** Takes a batch. Says `gap` if something before it is missing. */
  accept(frame: EventsFrame): 'ok' | 'gap' {
    if (this.at === null) return 'ok';
    if (frame.prev > this.at) return 'gap';
    if (frame.to <= this.at) return 'ok';
    const before = this.at;
    const fresh = frame.events.filter((event) => event.seq > before);
    this.at = frame.to;
    this.cursor = frame.cursor;
    this.head = Math.max(this.head, frame.to);
    if (this.loads.size > 0) this.held.push(...fresh);
    if (fresh.length > 0) this.tell((listener) => listener.events?.(fresh));
    return 'ok';
  }

  takeSignals(frame: SignalsFrame): void {
    if (frame.full) {
      this.signals.clear();
      this.signalsKnown = true;
    }
    for (const thread of frame.threads) this.signals.set(thread.thread_id, thread);
    const which = frame.full ? 'all' : new Set(frame.threads.map((thread) => thread.thread_id));
    this.tell((listener) => listener.signals?.(which));
  }

  reset(reason: ResetReason): void {
    this.at = null;
    this.cursor = null;
    this.held = [];
    // Snapshots under way hang in the air until somebody begins again.
    for (const load of this.loads.values()) load.from = null;
    this.live.set(false);
    this.tell((listener) => listener.reset?.(reason));
  }

  private tell(say: (listener: FeedListener) => void): void {
    for (const listener of [...this.listeners]) say(listener);
  }
}

export class Streams {
  private readonly host: Host;
  private readonly link: Link;
  private readonly log: Log;
  private readonly feeds = new Map<StreamId, Feed>();
  private readonly requests = new Map<number, Feed>();
  private helloed = new Set<StreamId>();
  private helloTimer: Timer | undefined;

  constructor(host: Host, link: Link, log: Log) {
    this.host = host;
    this.link = link;
    this.log = log;
  }

  feed(stream: StreamId): Feed {
    let feed = this.feeds.get(stream);
    if (!feed) {
      feed = new Feed(stream);
      this.feeds.set(stream, feed);
    }
    return feed;
  }

  /** Begins a feed at a snapshot, unless it runs already. */
  begin(feed: Feed, at: number, cursor: Cursor): void {
    if (feed.at !== null) return;
    feed.begin(at, cursor);
    this.subscribe(feed);
  }

  /** Forgets a feed that nobody watches. */
  end(feed: Feed): void {
    if (feed.listeners.size > 0 || this.feeds.get(feed.stream) !== feed) return;
    this.feeds.delete(feed.stream);
    for (const [id, asked] of this.requests) if (asked === feed) this.requests.delete(id);
    if (feed.at !== null) this.link.send({ type: 'unsubscribe', id: this.link.nextId(), stream: feed.stream });
  }

  /** What `hello` resumes. */
  cursors(): { [stream: StreamId]: Cursor } {
    const cursors: { [stream: StreamId]: Cursor } = {};
    for (const feed of this.feeds.values()) if (feed.cursor !== null) cursors[feed.stream] = feed.cursor;
    this.helloed = new Set(Object.keys(cursors));
    return cursors;
  }

  up(): void {
    for (const feed of this.feeds.values()) {
      if (feed.cursor !== null && !this.helloed.has(feed.stream)) this.subscribe(feed);
    }
    this.askAfter(HELLO_ANSWER_MS);
  }

  down(): void {
    this.host.clearTimeout(this.helloTimer);
    this.requests.clear();
    for (const feed of this.feeds.values()) feed.live.set(false);
  }

  /** Takes the frames that are about streams; says whether this was one. */
  frame(frame: ServerFrame): boolean {
    switch (frame.type) {
      case 'subscribed':
        this.subscribed(frame);
        return true;
      case 'events':
        this.events(frame);
        return true;
      case 'signals':
        this.feeds.get(frame.stream)?.takeSignals(frame);
        return true;
      case 'reset':
        this.reset(frame);
        return true;
      case 'error':
        return this.refused(frame.id, TandemError.from(frame.error));
      default:
        return frame.type === 'unsubscribed';
    }
  }

  /** Asks one by one for the streams of the `hello` that were not answered by then. */
  private askAfter(ms: number): void {
    this.host.clearTimeout(this.helloTimer);
    this.helloTimer = this.host.setTimeout(() => {
      for (const feed of this.feeds.values()) if (this.helloed.has(feed.stream)) this.subscribe(feed);
    }, ms);
  }

  private subscribe(feed: Feed): void {
    if (!this.link.isUp() || feed.cursor === null) return;
    for (const asked of this.requests.values()) if (asked === feed) return;
    const id = this.link.nextId();
    this.requests.set(id, feed);
    this.link.send({ type: 'subscribe', id, stream: feed.stream, cursor: feed.cursor });
  }

  private subscribed(frame: Subscribed): void {
    if (frame.id !== undefined) this.requests.delete(frame.id);
    this.helloed.delete(frame.stream);
    const feed = this.feeds.get(frame.stream);
    if (!feed || feed.at === null) return;
    if (frame.at > feed.at) {
      // It goes on later than we are: what is between would be lost silently.
      this.log('warn', 'events skipped', { ours: feed.at, theirs: frame.at });
      feed.reset('diverged');
      return;
    }
    feed.head = Math.max(feed.head, frame.head);
    feed.live.set(feed.at >= feed.head);
  }

  private events(frame: EventsFrame): void {
    const feed = this.feeds.get(frame.stream);
    if (!feed) return;
    if (feed.accept(frame) === 'gap') {
      this.log('warn', 'events missing, resuming', { ours: feed.at, prev: frame.prev });
      feed.live.set(false);
      this.subscribe(feed);
      return;
    }
    const waiting = [...this.requests.values()].includes(feed);
    if (!waiting && feed.at !== null && feed.at >= feed.head) feed.live.set(true);
  }

  private reset(frame: Reset): void {
    if (frame.id !== undefined) this.requests.delete(frame.id);
    this.helloed.delete(frame.stream);
    this.feeds.get(frame.stream)?.reset(frame.reason);
  }

  private refused(id: number | undefined, error: TandemError): boolean {
    const feed = id === undefined ? undefined : this.requests.get(id);
    // Too many resume at once: this says when to ask for the streams that `hello` named.
    if (id === undefined && this.helloed.size > 0 && error.retryAfterMs !== undefined) this.askAfter(error.retryAfterMs);
    if (id === undefined || !feed) return false;
    this.requests.delete(id);
    this.log('warn', `a subscription was refused: ${error.code}`, error);
    if (error.retryable || error.code === 'too_many_subscriptions') {
      this.host.setTimeout(() => this.subscribe(feed), error.retryAfterMs ?? RESUBSCRIBE_MS);
    } else {
      feed.reset('rights');
    }
    return true;
  }
}
