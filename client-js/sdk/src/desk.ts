// The entrance: one desk is one agent's connection to the server, and the handles hung on it.

import { Http } from './http.ts';
import { Link, type Connection, type Log } from './connection.ts';
import type { Core } from './core.ts';
import { TandemError } from './errors.ts';
import { systemHost, type Host } from './host.ts';
import { Leases, type Lease } from './lease.ts';
import { ThreadList, type ListFilter, type ListHandle } from './list.ts';
import { Outbox, type Pending } from './outbox.ts';
import { OutgoingBook } from './outgoing.ts';
import type {
  AgentId, Event, LockRequested, Me, ServerFrame, SignedIn, StreamId, ThreadId, ThreadSignals, ThreadSnapshot, Welcome,
} from './protocol.ts';
import { Cell, Emitter, type Store, type Unsubscribe } from './store.ts';
import { Streams, type Feed } from './streams.ts';
import { Table } from './table.ts';
import { OpenThread, type ThreadHandle } from './thread.ts';
import { streamOfInbox } from './core.ts';

export interface DeskOptions {
  /** The server's address; left out: the page's own. */
  url?: string;
  /** Several nodes instead, without a load balancer before them: when one fails, the next is tried. */
  urls?: readonly string[];
  /** Called for every connect and request, so it is never stale. Left out: the session cookie. */
  token?: () => string | Promise<string>;
  /** Only after this long without a connection is `lost` true: quick blips never flash. */
  lostAfterMs?: number;
  lingerMs?: number;
  log?: Log;
  host?: Partial<Host>;
}

/** What is going on around the threads of one inbox: who views, who types, who holds the lock. */
export type Surroundings = ReadonlyMap<ThreadId, ThreadSignals>;

export interface DeskEvents {
  /** Every event as it happens; `live` is false for those that are caught up on. */
  event: { event: Event; live: boolean };
  lock_requested: LockRequested;
}

const LOST_AFTER_MS = 5_000;
const LINGER_MS = 2_000;

export function createDesk(options: DeskOptions = {}): Desk {
  return new Desk(options);
}

export class Desk implements AsyncDisposable {
  readonly connection: Store<Connection>;
  readonly lost: Store<boolean>;
  readonly pending: Store<Pending>;
  readonly me: Store<Me | null>;
  /** For the SDK's own parts, such as `team.ts`. */
  readonly core: Core;
  private readonly meCell = new Cell<Me | null>(null);
  private agent: AgentId | null = null;
  private loadingMe: Promise<Me> | null = null;
  private readonly tables = new Map<StreamId, { table: Table; surroundings: Cell<Surroundings> }>();
  private readonly threads: Leases<OpenThread>;
  private readonly lists: Leases<ThreadList>;
  private readonly emitters: { [K in keyof DeskEvents]: Emitter<DeskEvents[K]> } = {
    event: new Emitter(),
    lock_requested: new Emitter(),
  };
  /** Where threads were seen that no table has yet. */
  private readonly seenIn = new Map<ThreadId, StreamId>();

  constructor(options: DeskOptions) {
    const host: Host = { ...systemHost(), ...options.host };
    const log: Log = options.log ?? (() => undefined);
    const urls = options.urls?.length ? options.urls : [options.url ?? globalThis.location?.origin ?? ''];
    const origins = urls.map((url) => url.replace(/\/$/, ''));
    const http = new Http(host, {
      origin: () => link.origin,
      token: options.token,
      denied: (error) => this.core.link.deny({ code: 4500, key: 'unauthenticated', message: error.message }),
    });
    const link = new Link(
      host,
      { origins, token: options.token, lostAfterMs: options.lostAfterMs ?? LOST_AFTER_MS, log },
      {
        cursors: () => this.core.streams.cursors(),
        hasUnsent: () => this.pending.get().commands > 0,
        up: (welcome) => this.up(welcome),
        down: () => this.down(),
        frame: (frame) => this.frame(frame),
      },
    );
    this.core = {
      host, log, link, http,
      outbox: new Outbox(host, link),
      outgoing: new OutgoingBook(),
      streams: new Streams(host, link, log),
      me: this.meCell,
      lockRequests: this.emitters.lock_requested,
      ups: new Emitter<void>(),
      frames: new Emitter<ServerFrame>(),
      needMe: () => this.needMe(),
      agentId: () => this.agent,
      table: (stream) => this.around(stream).table,
      streamOf: (thread) => this.streamOf(thread),
      release: (feed) => this.release(feed),
      fetchThread: (id, limit) => this.fetchThread(id, limit),
    };
    this.connection = link.state;
    this.lost = link.lost;
    this.pending = this.core.outbox.pending;
    this.me = this.meCell;
    const linger = options.lingerMs ?? LINGER_MS;
    this.threads = new Leases<OpenThread>(host, linger);
    this.lists = new Leases<ThreadList>(host, linger);
  }

  /** Connects; the first handle does it by itself. Done once `me` is known. */
  async connect(): Promise<Me> {
    this.core.link.connect();
    return this.needMe();
  }

  /** Tries again now, also after `denied`. */
  retry(): void {
    this.core.link.retry();
  }

  async close(): Promise<void> {
    this.threads.endAll();
    this.lists.endAll();
    this.core.outbox.clear();
    this.core.link.close();
    this.meCell.set(null);
    this.agent = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Signs in with a cookie of this site. */
  async signIn(email: string, password: string): Promise<SignedIn> {
    const body = { email, password, transport: 'cookie' };
    const signedIn = await this.core.http.request<SignedIn>('POST', '/api/v1/sessions', body);
    this.core.link.retry();
    return signedIn;
  }

  async signOut(): Promise<void> {
    await this.core.http.request<void>('DELETE', '/api/v1/sessions/current');
    await this.close();
  }

  thread(id: ThreadId): Lease<ThreadHandle> {
    this.core.link.connect();
    return this.threads.take(id, () => new OpenThread(this.core, id));
  }

  list(filter: ListFilter): Lease<ListHandle> {
    this.core.link.connect();
    return this.lists.take(JSON.stringify(filter), () => new ThreadList(this.core, filter));
  }

  /** Who does what in an inbox; filled while one of its lists or threads is open. */
  surroundings(inboxId: string): Store<Surroundings> {
    return this.around(streamOfInbox(inboxId)).surroundings;
  }

  on<K extends keyof DeskEvents>(kind: K, listener: (value: DeskEvents[K]) => void): Unsubscribe {
    return this.emitters[kind].on(listener);
  }

  /** The server's clock now, in milliseconds. */
  serverNow(): number {
    return this.core.host.now() + this.core.link.skewMs;
  }

  private up(welcome: Welcome): void {
    this.agent = welcome.agent.id;
    // Signals first: nobody must see a leave while the outbox is emptied.
    this.core.ups.emit();
    this.core.streams.up();
    this.core.outbox.up();
    this.quietly(this.needMe());
  }

  private down(): void {
    this.core.streams.down();
    this.core.outbox.down();
  }

  private frame(frame: ServerFrame): void {
    if (frame.type === 'ok') this.core.outbox.ok(frame.id, frame.outcome);
    else if (frame.type === 'lock_requested') this.core.lockRequests.emit(frame);
    else if (frame.type === 'error' && frame.id !== undefined && this.core.outbox.error(frame.id, frame.error)) return;
    else if (!this.core.streams.frame(frame)) {
      if (frame.type === 'error') this.core.log('warn', `refused: ${frame.error.code}`, frame);
      this.core.frames.emit(frame);
    }
  }

  private needMe(): Promise<Me> {
    const known = this.meCell.get();
    if (known) return Promise.resolve(known);
    this.loadingMe ??= this.loadMe().finally(() => {
      this.loadingMe = null;
    });
    return this.loadingMe;
  }

  private quietly(me: Promise<Me>): void {
    me.catch((cause: unknown) => this.core.log('warn', 'me could not be loaded', cause));
  }

  private async loadMe(): Promise<Me> {
    const me = await this.core.http.get<Me>('/api/v1/me');
    this.agent = me.agent.id;
    this.meCell.set(me);
    return me;
  }

  private around(stream: StreamId): { table: Table; surroundings: Cell<Surroundings> } {
    let around = this.tables.get(stream);
    if (!around) {
      const feed = this.core.streams.feed(stream);
      const table = new Table(feed);
      const surroundings = new Cell<Surroundings>(new Map());
      feed.listen({
        events: (events) => {
          for (const event of events) {
            this.core.outgoing.event(event);
            if (!event.thread_id) this.quietly(this.loadMe());
            this.emitters.event.emit({ event, live: feed.live.get() });
          }
        },
        signals: () => surroundings.set(new Map(feed.signals)),
        reset: (reason) => {
          // What this agent may see has changed, and with it perhaps its inboxes.
          if (reason === 'rights') this.quietly(this.loadMe());
        },
      });
      around = { table, surroundings };
      this.tables.set(stream, around);
    }
    return around;
  }

  private streamOf(thread: ThreadId): StreamId | null {
    for (const [stream, { table }] of this.tables) if (table.get(thread)) return stream;
    return this.seenIn.get(thread) ?? null;
  }

  private release(feed: Feed): void {
    const used = [...this.lists.values(), ...this.threads.values()].some((handle) => handle.uses(feed));
    if (used || feed.kept) return;
    feed.listeners.clear();
    this.tables.delete(feed.stream);
    this.core.streams.end(feed);
  }

  private async fetchThread(id: ThreadId, limit?: number): Promise<ThreadSnapshot> {
    const known = this.streamOf(id);
    const loading = known ? this.core.streams.feed(known).load() : undefined;
    try {
      const snapshot = await this.core.http.get<ThreadSnapshot>(`/api/v1/threads/${id}`, { limit });
      this.seenIn.set(id, snapshot.stream);
      const { table } = this.around(snapshot.stream);
      const feed = this.core.streams.feed(snapshot.stream);
      const after = loading ? loading.done(snapshot.seq) : feed.at === null || feed.at <= snapshot.seq ? [] : null;
      if (after === null) throw new TandemError('network', 'The snapshot was too old', { retryable: true });
      table.put([snapshot.thread], snapshot.seq, after);
      return snapshot;
    } catch (cause) {
      loading?.abort();
      throw cause;
    }
  }
}
