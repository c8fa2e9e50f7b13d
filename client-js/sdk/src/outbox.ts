// Commands on their way. Each has a key of its own; one that got no answer is sent again with the
// same key, in the old order, as soon as there is a connection, and the server does it once.

import { retryDelay } from './backoff.ts';
import { TandemError } from './errors.ts';
import type { Host, Timer } from './host.ts';
import type { Link } from './connection.ts';
import type { Command, ErrorBody, Key, Outcome } from './protocol.ts';
import { Cell, type Store } from './store.ts';

export type SentStatus = 'queued' | 'sending' | 'accepted' | 'delivered' | 'read' | 'failed';

/**
 * A promise with a status. It settles once, with the first final answer; after `retry()` of a
 * failed one follow `status`.
 */
export type Sent<T> = Promise<T> & {
  readonly key: Key;
  readonly status: Store<SentStatus>;
  /** Sends again, with the same key: at once if it waits, anew if it failed. */
  retry(): void;
  /** Takes it back if it was never sent; says whether that worked. */
  cancel(): boolean;
};

export interface Pending {
  commands: number;
  oldestAt: number | null;
}

export interface PostOptions {
  /** Only of use right now: given up when the connection goes. */
  transient?: boolean;
}

interface Entry {
  key: Key;
  command: Command;
  transient: boolean;
  at: number;
  /** The frame that carries it, on this connection. */
  frameId: number | null;
  everSent: boolean;
  failures: number;
  status: Cell<SentStatus>;
  timer: Timer | undefined;
  resolve(outcome: Outcome): void;
  reject(error: TandemError): void;
}

const ANSWER_TIMEOUT_MS = 15_000;
const FAILURES_MAX = 6;
/** Retryable, but not by waiting: a person has to decide. */
const FOR_PEOPLE: readonly string[] = ['locked'];

export class Outbox {
  readonly pending = new Cell<Pending>({ commands: 0, oldestAt: null });
  private readonly host: Host;
  private readonly link: Link;
  private readonly entries = new Map<Key, Entry>();
  private readonly byFrame = new Map<number, Entry>();

  constructor(host: Host, link: Link) {
    this.host = host;
    this.link = link;
  }

  post(command: Command, options: PostOptions = {}): Sent<Outcome> {
    const status = new Cell<SentStatus>('queued');
    const key = this.host.newKey();
    let entry: Entry | null = null;
    const promise = new Promise<Outcome>((resolve, reject) => {
      const transient = options.transient ?? false;
      const at = this.host.now();
      entry = { key, command, transient, at, status, resolve, reject, frameId: null, everSent: false, failures: 0, timer: undefined };
    });
    const made = entry as unknown as Entry;
    if (made.transient && !this.link.isUp()) {
      status.set('failed');
      made.reject(new TandemError('network', 'Not connected'));
    } else {
      this.add(made);
    }
    return Object.assign(promise, {
      key,
      status,
      retry: () => this.retry(made),
      cancel: () => this.cancel(made),
    });
  }

  /** Sends what waits, oldest first. */
  up(): void {
    for (const entry of this.entries.values()) this.send(entry);
  }

  /** The connection is gone: answers on it will not come. */
  down(): void {
    this.byFrame.clear();
    for (const entry of [...this.entries.values()]) {
      entry.frameId = null;
      this.host.clearTimeout(entry.timer);
      if (entry.transient) this.settle(entry, new TandemError('network', 'The connection was lost'));
      else entry.status.set('queued');
    }
  }

  ok(frameId: number, outcome: Outcome): void {
    const entry = this.byFrame.get(frameId);
    if (entry) this.settle(entry, outcome);
  }

  /** A refusal; says whether it was one of ours. */
  error(frameId: number, body: ErrorBody): boolean {
    const entry = this.byFrame.get(frameId);
    if (!entry) return false;
    this.byFrame.delete(frameId);
    entry.frameId = null;
    entry.failures += 1;
    const again = body.retryable && !FOR_PEOPLE.includes(body.code) && !entry.transient;
    if (!again || entry.failures >= FAILURES_MAX) {
      this.settle(entry, TandemError.from(body));
      return true;
    }
    const after = body.details?.retry_after_ms;
    const delay = after ?? 250 + retryDelay(entry.failures + 1, this.host.random());
    this.wait(entry, delay);
    return true;
  }

  /** Gives up everything: the desk is closed. */
  clear(): void {
    for (const entry of [...this.entries.values()]) this.settle(entry, new TandemError('closed', 'The desk was closed'));
  }

  private add(entry: Entry): void {
    this.entries.set(entry.key, entry);
    entry.status.set('queued');
    this.count();
    this.send(entry);
  }

  private send(entry: Entry): void {
    if (entry.frameId !== null || !this.link.isUp()) return;
    this.host.clearTimeout(entry.timer);
    const id = this.link.nextId();
    entry.frameId = id;
    entry.everSent = true;
    this.byFrame.set(id, entry);
    entry.status.set('sending');
    this.link.send({ type: 'command', id, key: entry.key, command: entry.command });
    entry.timer = this.host.setTimeout(() => {
      // The server lives but did not answer: the same key again cannot do harm.
      this.byFrame.delete(id);
      entry.frameId = null;
      this.send(entry);
    }, ANSWER_TIMEOUT_MS);
  }

  private wait(entry: Entry, ms: number): void {
    this.host.clearTimeout(entry.timer);
    entry.timer = this.host.setTimeout(() => this.send(entry), ms);
  }

  private retry(entry: Entry): void {
    if (this.entries.has(entry.key)) return this.send(entry);
    if (entry.status.get() !== 'failed') return;
    entry.failures = 0;
    this.add(entry);
  }

  private cancel(entry: Entry): boolean {
    if (entry.everSent || !this.entries.has(entry.key)) return false;
    this.settle(entry, new TandemError('cancelled', 'Cancelled'));
    return true;
  }

  private settle(entry: Entry, answer: Outcome | TandemError): void {
    this.host.clearTimeout(entry.timer);
    if (entry.frameId !== null) this.byFrame.delete(entry.frameId);
    entry.frameId = null;
    this.entries.delete(entry.key);
    this.count();
    if (answer instanceof TandemError) {
      entry.status.set('failed');
      entry.reject(answer);
    } else {
      entry.status.set('accepted');
      entry.resolve(answer);
    }
  }

  private count(): void {
    let commands = 0;
    let oldestAt: number | null = null;
    for (const entry of this.entries.values()) {
      if (entry.transient) continue;
      commands += 1;
      oldestAt = oldestAt === null ? entry.at : Math.min(oldestAt, entry.at);
    }
    const before = this.pending.get();
    if (before.commands !== commands || before.oldestAt !== oldestAt) this.pending.set({ commands, oldestAt });
  }
}
