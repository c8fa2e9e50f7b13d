// What all parts of one desk share: the host, the link, HTTP, the outbox, the streams with their
// tables. Made by desk.ts; handles get it whole.

import type { Host } from './host.ts';
import type { Http } from './http.ts';
import type { Link, Log } from './connection.ts';
import type { Outbox } from './outbox.ts';
import type { OutgoingBook } from './outgoing.ts';
import type { AgentId, InboxId, LockRequested, Me, ServerFrame, StreamId, ThreadId, ThreadSnapshot } from './protocol.ts';
import type { Emitter, Store } from './store.ts';
import type { Feed, Streams } from './streams.ts';
import type { Table } from './table.ts';

export interface Core {
  readonly host: Host;
  readonly log: Log;
  readonly link: Link;
  readonly http: Http;
  readonly outbox: Outbox;
  readonly outgoing: OutgoingBook;
  readonly streams: Streams;
  readonly me: Store<Me | null>;
  readonly lockRequests: Emitter<LockRequested>;
  /** Frames that are nobody's here: for parts that are loaded apart. */
  readonly frames: Emitter<ServerFrame>;
  /** Told when a connection is up again. */
  readonly ups: Emitter<void>;
  /** Loads `me` if it is not there. */
  needMe(): Promise<Me>;
  agentId(): AgentId | null;
  /** The stream's table; kept as long as somebody listens to the feed. */
  table(stream: StreamId): Table;
  /** The stream a thread was seen in, if any. */
  streamOf(thread: ThreadId): StreamId | null;
  /** Gives up a feed that nobody uses, and its table with it. */
  release(feed: Feed): void;
  /** Reads one thread, so that its table knows it. */
  fetchThread(id: ThreadId, limit?: number): Promise<ThreadSnapshot>;
}

/** An inbox's stream has the inbox's digits. */
export function streamOfInbox(inbox: InboxId): StreamId {
  return `str_${inbox.slice(inbox.indexOf('_') + 1)}`;
}
