// One open thread: what it is, what was said, who is here, and everything an agent can do with it.

import { OwnActivity } from './activity.ts';
import { applyToReach, applyToTimeline, isTimelineKind, messageOf } from './apply.ts';
import type { Core } from './core.ts';
import { TandemError } from './errors.ts';
import { Loader, type Live } from './live.ts';
import { OwnLock, type ReplyLock } from './lock.ts';
import type { Outgoing } from './outgoing.ts';
import type { Sent } from './outbox.ts';
import type {
  Activity, AgentId, ChannelId, Command, Event, Outcome, ReachView, SendReply, Status, StreamId, ThreadId, ThreadView, Timeline,
} from './protocol.ts';
import { Cell, type Store, type Unsubscribe } from './store.ts';
import type { Feed } from './streams.ts';

/** The channel to send by (left out: the one that the customer used last), and what it is sent under. */
export type ReplyTerms = Pick<SendReply, 'channel_id' | 'template' | 'essential' | 'attachments' | 'canned'>;

export interface ReplyOptions extends ReplyTerms {
  /** The `reply_no` that was on screen; left out: the newest that was there for a second. */
  seenReply?: number;
}

export interface ThreadHandle extends Live {
  readonly id: ThreadId;
  readonly data: Store<ThreadView | null>;
  /** How the customer can be answered, channel by channel. */
  readonly reach: Store<readonly ReachView[]>;
  /** What happened, oldest first, as far as it is loaded. */
  readonly timeline: Store<readonly Event[]>;
  readonly hasOlder: Store<boolean>;
  /** Own replies and notes that the timeline does not have yet; refused ones stay until dismissed. */
  readonly outgoing: Store<readonly Outgoing[]>;
  /** Colleagues who have it open, without oneself. */
  readonly viewers: Store<readonly AgentId[]>;
  readonly typing: Store<readonly AgentId[]>;
  /** Those of `viewers` who may have left: nobody can tell at the moment. */
  readonly stale: Store<readonly AgentId[]>;
  /** Whether the customer types, where the channel tells. */
  readonly contactTyping: Store<boolean>;
  readonly lock: Store<ReplyLock>;
  /** Who asks for the lock that this agent holds. */
  readonly lockAskedBy: Store<AgentId | null>;
  older(limit?: number): Promise<boolean>;
  /** Says that everything up to now was on screen. */
  markRead(): void;
  activity(activity: Activity): void;
  /** Call at every change of the reply's text: says `typing` and keeps the lock. */
  replying(): void;
  reply(text: string, options?: ReplyOptions): Sent<Outcome>;
  note(text: string): Sent<Outcome>;
  dismiss(key: string): void;
  assign(to: AgentId | null): Sent<Outcome>;
  /** `until`, with `pending` only: when it opens again by itself. */
  setStatus(to: Status, until?: Date): Sent<Outcome>;
  releaseLock(): Promise<void>;
  /** Keeps the lock: forgets that somebody asked for it. */
  keepLock(): void;
  requestLock(): Promise<void>;
  takeOverLock(reason: string): Promise<void>;
}

const PAGE = 50;
/** A reply that came on screen just before `send` was pressed was not seen by anybody. */
const SEEN_AFTER_MS = 1_000;

export class OpenThread implements ThreadHandle {
  readonly id: ThreadId;
  readonly data = new Cell<ThreadView | null>(null);
  readonly reach = new Cell<readonly ReachView[]>([]);
  readonly timeline = new Cell<readonly Event[]>([]);
  readonly hasOlder = new Cell(false);
  readonly outgoing: Store<readonly Outgoing[]>;
  readonly viewers = new Cell<readonly AgentId[]>([]);
  readonly typing = new Cell<readonly AgentId[]>([]);
  readonly stale = new Cell<readonly AgentId[]>([]);
  readonly contactTyping = new Cell(false);
  private readonly core: Core;
  private readonly own: OwnActivity;
  private readonly ownLock: OwnLock;
  private readonly loader: Loader;
  private readonly undo: Unsubscribe[];
  private feed: Feed | null = null;
  /** The timeline is exact up to here. */
  private base = 0;
  private next: number | null = null;
  private openedAt = -1;
  /** The number of one's own last accepted reply: what comes next answers to it. */
  private ownReplyNo = 0;
  /** Replies of colleagues came in just now; before them the thread was at `replyNo`. */
  private fresh: { replyNo: number; at: number } | null = null;

  constructor(core: Core, id: ThreadId) {
    this.core = core;
    this.id = id;
    this.outgoing = core.outgoing.of(id);
    this.own = new OwnActivity(core, id);
    this.ownLock = new OwnLock(core, id);
    this.loader = new Loader(core, () => this.read());
    // From the start: the first connection may come up before it is known where the thread lives.
    this.undo = [
      core.ups.on(() => {
        this.own.repeat();
        this.ownLock.regain();
      }),
      core.link.state.subscribe((connection) => {
        if (connection.state !== 'connected') this.ownLock.lose();
      }),
    ];
    const stream = core.streamOf(id);
    if (stream) this.attach(stream);
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
  get lock(): Store<ReplyLock> {
    return this.ownLock.state;
  }
  get lockAskedBy(): Store<AgentId | null> {
    return this.ownLock.asked;
  }
  onGap(listener: () => void): Unsubscribe {
    return this.loader.onGap(listener);
  }

  async older(limit = PAGE): Promise<boolean> {
    if (this.next === null) return false;
    const page = await this.core.http.get<Timeline>(`/api/v1/threads/${this.id}/timeline`, { before: this.next, limit });
    const first = this.timeline.get()[0]?.seq ?? Infinity;
    this.timeline.set([...page.events.filter((event) => event.seq < first), ...this.timeline.get()]);
    this.setNext(page.next);
    return page.next !== null;
  }

  markRead(): void {
    const view = this.data.get();
    if (!view || this.phase.get() !== 'live') return;
    const seq = Math.max(this.base, view.inbound_seq);
    // Once when it is opened, which is on record, and then when something new was read.
    const isNews = view.inbound_seq > Math.max(view.read_seq, this.openedAt);
    if (this.openedAt >= 0 && !isNews) return;
    this.openedAt = seq;
    this.post({ kind: 'thread.open', thread_id: this.id, read_seq: seq }).catch(() => {
      this.openedAt = -1;
    });
    if (this.feed) this.core.table(this.feed.stream).patch(this.id, { read_seq: Math.max(view.read_seq, seq) });
  }

  activity(activity: Activity): void {
    this.own.set(activity);
  }

  replying(): void {
    this.own.set('typing');
    const lock = this.lock.get();
    if (!lock.held || lock.mine) this.ownLock.typing();
  }

  reply(text: string, options: ReplyOptions = {}): Sent<Outcome> {
    const unanswered = this.outgoing.get().filter((item) => item.kind === 'reply' && (item.status === 'queued' || item.status === 'sending'));
    const after = unanswered.at(-1)?.key;
    const token = this.ownLock.token();
    const seenSeq = Math.max(this.base, this.feed?.at ?? 0);
    const { seenReply = this.seenReply(), ...terms } = options;
    const command: Command = {
      kind: 'reply.send',
      thread_id: this.id,
      text,
      seen_reply: seenReply,
      ...(seenSeq > 0 && { seen_seq: seenSeq }),
      ...(after !== undefined && { after }),
      ...(token === undefined ? {} : { lock_token: token }),
      ...terms,
    };
    const sent = this.post(command);
    sent.then(
      (outcome) => {
        if (outcome.kind === 'reply.sent') this.ownReplyNo = Math.max(this.ownReplyNo, outcome.reply_no);
        this.ownLock.forget();
      },
      () => undefined,
    );
    this.own.set('viewing');
    return this.core.outgoing.add({ threadId: this.id, kind: 'reply', text, at: this.core.host.now(), seenReply, terms }, sent);
  }

  note(text: string): Sent<Outcome> {
    const sent = this.post({ kind: 'note.add', thread_id: this.id, text });
    return this.core.outgoing.add({ threadId: this.id, kind: 'note', text, at: this.core.host.now(), seenReply: null, terms: {} }, sent);
  }

  dismiss(key: string): void {
    this.core.outgoing.dismiss(this.id, key);
  }

  /** Gives the thread to somebody; the team stays where none is named. */
  assign(to: AgentId | null, to_team = this.data.get()?.team_id): Sent<Outcome> {
    const { assignee_id: from = null, team_id: from_team } = this.data.get() ?? {};
    return this.post({ kind: 'thread.assign', thread_id: this.id, from, to, from_team, to_team });
  }

  setStatus(to: Status, until?: Date): Sent<Outcome> {
    return this.post({ kind: 'thread.set_status', thread_id: this.id, to, ...(until && { until: until.toISOString() }) });
  }

  releaseLock(): Promise<void> {
    return this.ownLock.release();
  }
  keepLock(): void {
    this.ownLock.asked.set(null);
  }
  requestLock(): Promise<void> {
    return this.ownLock.request();
  }
  takeOverLock(reason: string): Promise<void> {
    return this.ownLock.takeOver(reason);
  }

  end(): void {
    this.own.set('idle');
    void this.ownLock.release();
    for (const undo of this.undo) undo();
    this.loader.end();
    if (this.feed) this.core.release(this.feed);
  }

  uses(feed: Feed): boolean {
    return this.feed === feed;
  }

  private post(command: Command): Sent<Outcome> {
    return this.core.outbox.post(command);
  }

  private attach(stream: StreamId): void {
    const feed = this.core.streams.feed(stream);
    const table = this.core.table(stream);
    this.feed = feed;
    this.undo.push(
      feed.listen({
        events: (events) => this.events(events),
        signals: (threads) => {
          if (threads === 'all' || threads.has(this.id)) this.showSignals();
        },
        live: (live) => this.loader.setLive(live),
        reset: () => this.loader.load(),
      }),
      table.changed.on((threads) => {
        if (threads.has(this.id)) this.show(table.get(this.id));
      }),
      this.core.lockRequests.on((request) => {
        if (request.thread_id === this.id) this.ownLock.asked.set(request.from);
      }),
      this.core.me.subscribe(() => this.showSignals()),
    );
    this.loader.setLive(feed.live.get());
    this.show(table.get(this.id));
  }

  private async read(): Promise<boolean> {
    const known = this.feed ? null : this.core.streamOf(this.id);
    if (known) this.attach(known);
    const loading = this.feed?.load();
    try {
      // The snapshot goes into the stream's table on its way, with what came meanwhile.
      const snapshot = await this.core.fetchThread(this.id, PAGE);
      if (this.loader.ended) return false;
      if (!this.feed) this.attach(snapshot.stream);
      const feed = this.feed;
      if (!feed) return false;
      const after = loading ? loading.done(snapshot.seq) : feed.at === null || feed.at <= snapshot.seq ? [] : null;
      if (after === null) return false;
      this.core.streams.begin(feed, snapshot.seq, snapshot.cursor);
      this.base = snapshot.seq;
      this.reach.set(snapshot.reach);
      this.timeline.set(snapshot.timeline.events.filter(isTimelineKind));
      this.setNext(snapshot.timeline.next);
      this.events(after);
      this.core.outgoing.caughtUp(this.id, this.base);
      this.show(this.core.table(feed.stream).get(this.id));
      return true;
    } catch (cause) {
      loading?.abort();
      throw cause;
    }
  }

  private events(events: readonly Event[]): void {
    let timeline = this.timeline.get();
    let reload = false;
    for (const event of events) {
      if (event.seq <= this.base) continue;
      this.base = event.seq;
      if (event.thread_id !== this.id) continue;
      // It came back into sight, or something happened that has no words here.
      if (event.kind === 'thread_view' || event.kind === 'thread.changed' || event.kind.startsWith('contact.')) reload = true;
      if (event.kind === 'thread_gone') this.gone();
      if (event.kind === 'message.sent') this.noteReply(event.actor.kind === 'agent' ? event.actor.id : null, event.data.message.reply_no ?? 0);
      timeline = applyToTimeline(timeline, event);
      this.reach.set(applyToReach(this.reach.get(), event, this.windowOf(messageOf(event)?.channel_id)));
    }
    this.timeline.set(timeline);
    if (reload) this.loader.load();
  }

  private windowOf(channel: ChannelId | undefined): number | undefined {
    const channels = this.core.me.get()?.inboxes.flatMap((inbox) => inbox.channels);
    return channels?.find((one) => one.id === channel)?.window_hours;
  }

  private seenReply(): number {
    const now = this.core.host.now();
    const shown = this.fresh && now - this.fresh.at < SEEN_AFTER_MS ? this.fresh.replyNo : (this.data.get()?.reply_no ?? 0);
    return Math.max(shown, this.ownReplyNo);
  }

  /** Takes note of who replied: one's own replies are known, those of others have to be read first. */
  private noteReply(agent: AgentId | null, replyNo: number): void {
    // The server's own replies take no turn.
    if (!replyNo) return;
    if (agent === this.core.agentId()) this.ownReplyNo = Math.max(this.ownReplyNo, replyNo);
    else this.fresh = { replyNo: Math.min(this.seenReply(), replyNo - 1), at: this.core.host.now() };
  }

  private gone(): void {
    this.data.set(null);
    this.loader.loaded = false;
    this.loader.error.set(new TandemError('not_found', 'This thread is no longer yours to see'));
    this.loader.phase.set('failed');
  }

  private show(view: ThreadView | null): void {
    if (!view) return;
    this.data.set(view);
    this.showSignals();
  }

  private showSignals(): void {
    if (!this.feed) return;
    const me = this.core.agentId();
    const signals = this.feed.signals.get(this.id);
    const others = (agents: readonly AgentId[] = []) => agents.filter((agent) => agent !== me);
    setList(this.viewers, others(signals?.viewing));
    setList(this.typing, others(signals?.typing));
    setList(this.stale, others(signals?.stale));
    this.contactTyping.set(signals?.contact_typing ?? false);
    this.ownLock.show(this.feed.signalsKnown || signals ? (signals?.lock ?? null) : (this.data.get()?.lock ?? null));
  }

  private setNext(next: number | null): void {
    this.next = next;
    this.hasOlder.set(next !== null);
  }
}

/** Sets a list only if it says something else. */
function setList(cell: Cell<readonly AgentId[]>, list: readonly AgentId[]): void {
  const old = cell.get();
  if (old.length !== list.length || old.some((id, i) => id !== list[i])) cell.set(list);
}
