// Replies and notes on their way, as the agent sees them: laid over the timeline, never stored in
// it. The echo carries the key, so nothing shows twice; a refused one stays, text and all, until
// somebody decides.

import { keyOf } from './apply.ts';
import { asTandemError, type TandemError } from './errors.ts';
import type { Event, Key, MessageId, Outcome, ThreadId } from './protocol.ts';
import { Cell, type Store } from './store.ts';
import type { Sent, SentStatus } from './outbox.ts';
import type { ReplyTerms } from './thread.ts';

export interface Outgoing {
  readonly key: Key;
  readonly threadId: ThreadId;
  readonly kind: 'reply' | 'note';
  readonly text: string;
  readonly at: number;
  readonly status: SentStatus;
  /** Why it failed. */
  readonly error: TandemError | null;
  /** Replies: the `reply_no` that it answered to. */
  readonly seenReply: number | null;
  /** Replies: the way that they go, and under what. */
  readonly terms: ReplyTerms;
  /** Its place in the stream, once accepted. */
  readonly seq: number | null;
  retry(): void;
  cancel(): boolean;
}

type Told = 'delivered' | 'read' | 'failed';
const FOLLOWED_MAX = 200;

export class OutgoingBook {
  private readonly threads = new Map<ThreadId, Cell<readonly Outgoing[]>>();
  /** Status cells of accepted replies, so that `Sent.status` goes on to delivered and read. */
  private readonly followed = new Map<MessageId, Cell<SentStatus>>();

  of(threadId: ThreadId): Store<readonly Outgoing[]> {
    return this.cell(threadId);
  }

  add(what: Pick<Outgoing, 'threadId' | 'kind' | 'text' | 'at' | 'seenReply' | 'terms'>, sent: Sent<Outcome>): Sent<Outcome> {
    const { threadId } = what;
    const { key } = sent;
    const status = new Cell<SentStatus>(sent.status.get());
    const item: Outgoing = {
      ...what, key, status: status.get(), error: null, seq: null,
      retry: () => sent.retry(),
      cancel: () => sent.cancel(),
    };
    this.set(threadId, [...this.list(threadId), item]);
    sent.status.subscribe((value) => {
      status.set(value);
      this.change(threadId, key, { status: value, ...(value === 'failed' ? {} : { error: null }) });
    });
    sent.then(
      (outcome) => this.accepted(threadId, key, outcome, status),
      (cause) => {
        const error = asTandemError(cause);
        if (error.code === 'cancelled') this.dismiss(threadId, key);
        else this.change(threadId, key, { error });
      },
    );
    return Object.assign(sent, { status });
  }

  /** Forgets one that failed: the agent has decided what becomes of its text. */
  dismiss(threadId: ThreadId, key: Key): void {
    const list = this.list(threadId);
    const rest = list.filter((item) => item.key !== key);
    if (rest.length !== list.length) this.set(threadId, rest);
  }

  /** The stream says what became of them. */
  event(event: Event): void {
    if (event.kind === 'message.delivery_changed') {
      const { state } = event.data.delivery;
      const cell = this.followed.get(event.data.message_id);
      if (cell && (state === 'delivered' || state === 'read' || state === 'failed')) cell.set(state satisfies Told);
      return;
    }
    const key = keyOf(event);
    if (key && event.thread_id) this.dismiss(event.thread_id, key);
  }

  /** A snapshot was read at `seq`: what was accepted up to there is in it. */
  caughtUp(threadId: ThreadId, seq: number): void {
    const list = this.list(threadId);
    const rest = list.filter((item) => item.seq === null || item.seq > seq);
    if (rest.length !== list.length) this.set(threadId, rest);
  }

  private accepted(threadId: ThreadId, key: Key, outcome: Outcome, status: Cell<SentStatus>): void {
    if (outcome.kind === 'reply.sent') {
      this.followed.set(outcome.message_id, status);
      const oldest = this.followed.keys().next();
      if (this.followed.size > FOLLOWED_MAX && !oldest.done) this.followed.delete(oldest.value);
      this.change(threadId, key, { seq: outcome.seq });
    } else if (outcome.kind === 'note.added') {
      this.change(threadId, key, { seq: outcome.seq });
    }
  }

  private change(threadId: ThreadId, key: Key, change: Partial<Outgoing>): void {
    const list = this.list(threadId);
    if (!list.some((item) => item.key === key)) return;
    this.set(threadId, list.map((item) => (item.key === key ? { ...item, ...change } : item)));
  }

  private list(threadId: ThreadId): readonly Outgoing[] {
    return this.threads.get(threadId)?.get() ?? [];
  }

  private set(threadId: ThreadId, list: readonly Outgoing[]): void {
    this.cell(threadId).set(list);
  }

  private cell(threadId: ThreadId): Cell<readonly Outgoing[]> {
    let cell = this.threads.get(threadId);
    if (!cell) {
      cell = new Cell<readonly Outgoing[]>([]);
      this.threads.set(threadId, cell);
    }
    return cell;
  }
}
