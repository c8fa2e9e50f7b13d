// A thread's draft, which several agents write at once. Loaded apart from the core, with Yjs, by whoever
// shows shared drafts.

import * as Y from 'yjs';
import type { Core } from './core.ts';
import type { Desk } from './desk.ts';
import { TandemError } from './errors.ts';
import { Leases, type Ends, type Lease } from './lease.ts';
import type { Timer } from './host.ts';
import type { Sent } from './outbox.ts';
import type { CannedId, Command, DraftContent, DraftPerson, DraftView, Outcome, ServerFrame, ThreadId } from './protocol.ts';
import { Cell, type Store, type Unsubscribe } from './store.ts';

/** A caret, in UTF-16 units from the beginning. */
export interface Range {
  from: number;
  to: number;
}

export interface DraftHandle {
  /** The text as it is on this screen. */
  readonly text: Store<string>;
  /** The draft as the server has it; `null` before it is known. */
  readonly view: Store<DraftView | null>;
  /** Who else has it open. */
  readonly people: Store<readonly DraftPerson[]>;
  /** `stale` while there is no connection: one can go on writing. */
  readonly phase: Store<'loading' | 'live' | 'stale' | 'failed'>;
  /** Whether all that was written here is stored. */
  readonly saved: Store<boolean>;
  /** Why it cannot be opened, or something was refused. */
  readonly error: Store<TandemError | null>;
  /** Changes the text from `from` to `to`. */
  edit(from: number, to: number, words: string): void;
  /** Tells of changes by others, before `text` does: how to move a caret. */
  onRemote(listener: (move: (at: number) => number) => void): Unsubscribe;
  /** Keeps changes by others back, for instance while letters are put together. */
  hold(held: boolean): void;
  /** Says where one's own caret is; `null` where it is not in the draft. */
  caret(range: Range | null): void;
  /** Where somebody's caret is in the text as it is here. */
  place(person: DraftPerson): Range | null;
  request(): Sent<Outcome>;
  /** Approves what is on screen; fails where the server has another text. */
  approve(): Promise<Outcome>;
  askChanges(comment: string): Sent<Outcome>;
  discard(): Sent<Outcome>;
  /** Answers the customer with it, where nobody has since `seenReply`. */
  send(seenReply: number, canned?: CannedId): Sent<Outcome>;
}

const LINGER_MS = 500;
const FLUSH_MS = 60;
const CARET_MS = 120;
const AGAIN_MS = 1_000;
/** Marks what does not come from this screen. */
const REMOTE = 'remote';
const shared = new WeakMap<Core, Leases<Draft>>();

/** Opens the draft of a thread, as long as somebody holds it. */
export function openDraft(desk: Desk, thread: ThreadId): Lease<DraftHandle> {
  const { core } = desk;
  const leases = shared.get(core) ?? new Leases<Draft>(core.host, LINGER_MS);
  shared.set(core, leases);
  return leases.take(thread, () => new Draft(core, thread));
}

class Draft implements DraftHandle, Ends {
  readonly text = new Cell('');
  readonly view = new Cell<DraftView | null>(null);
  readonly people = new Cell<readonly DraftPerson[]>([]);
  readonly phase = new Cell<'loading' | 'live' | 'stale' | 'failed'>('loading');
  readonly saved = new Cell(true);
  readonly error = new Cell<TandemError | null>(null);
  private readonly core: Core;
  private readonly thread: ThreadId;
  /** Names all that this screen writes; the server gives it to this agent. */
  private readonly client = 16 + Math.floor(Math.random() * 0x7fff_ff00);
  private doc = new Y.Doc();
  private readonly undo: Unsubscribe[];
  private readonly listeners = new Set<(move: (at: number) => number) => void>();
  private opening: number | null = null;
  /** Changes that were not sent. */
  private waiting: Uint8Array[] = [];
  /** Requests with changes that were not answered. */
  private readonly sent = new Set<number>();
  private flushing: Timer | undefined;
  private again: Timer | undefined;
  private moving: Timer | undefined;
  private range: Range | null = null;
  private held: ServerFrame[] | null = null;

  constructor(core: Core, thread: ThreadId) {
    this.core = core;
    this.thread = thread;
    this.begin();
    this.undo = [
      core.ups.on(() => this.open()),
      core.link.state.subscribe(({ state }) => {
        if (state === 'connected' || this.phase.get() !== 'live') return;
        this.phase.set('stale');
        this.people.set([]);
      }),
      core.frames.on((frame) => this.take(frame)),
    ];
    this.open();
  }

  end(): void {
    const { host, link } = this.core;
    for (const timer of [this.flushing, this.again, this.moving]) host.clearTimeout(timer);
    this.flush();
    for (const undo of this.undo) undo();
    link.send({ type: 'draft_close', id: link.nextId(), thread_id: this.thread });
    this.doc.destroy();
  }

  edit(from: number, to: number, words: string): void {
    this.doc.transact(() => {
      if (to > from) this.words().delete(from, to - from);
      if (words !== '') this.words().insert(from, words);
    });
  }

  onRemote(listener: (move: (at: number) => number) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  hold(held: boolean): void {
    if (held) {
      this.held ??= [];
      return;
    }
    const frames = this.held ?? [];
    this.held = null;
    for (const frame of frames) this.take(frame);
  }

  caret(range: Range | null): void {
    if (this.range?.from === range?.from && this.range?.to === range?.to) return;
    this.range = range;
    this.moving ??= this.core.host.setTimeout(() => {
      this.moving = undefined;
      this.tellCaret();
    }, CARET_MS);
  }

  place({ cursor }: DraftPerson): Range | null {
    if (cursor === null) return null;
    try {
      const places = (JSON.parse(cursor) as unknown[]).map((one) =>
        Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(one), this.doc),
      );
      const [from, to] = places.map((place) => (place?.type === this.words() ? place.index : null));
      return typeof from === 'number' && typeof to === 'number' ? { from, to } : null;
    } catch {
      // Another client's idea of a caret.
      return null;
    }
  }

  request(): Sent<Outcome> {
    return this.post({ kind: 'draft.request_review', thread_id: this.thread, digest: this.digest() });
  }

  async approve(): Promise<Outcome> {
    const shown = this.text.get();
    const { draft, text } = await this.core.http.get<DraftContent>(`/api/v1/threads/${this.thread}/draft`);
    // What is approved is what the server has: an editor that shows something else must not decide.
    if (text !== shown) throw new TandemError('conflict', 'The draft was changed meanwhile');
    return this.post({ kind: 'draft.approve', thread_id: this.thread, digest: draft.digest });
  }

  askChanges(comment: string): Sent<Outcome> {
    return this.post({ kind: 'draft.ask_changes', thread_id: this.thread, digest: this.digest(), comment });
  }

  discard(): Sent<Outcome> {
    return this.post({ kind: 'draft.discard', thread_id: this.thread, digest: this.digest() });
  }

  send(seenReply: number, canned?: CannedId): Sent<Outcome> {
    const began = canned === undefined ? {} : { canned };
    return this.post({ kind: 'draft.send', thread_id: this.thread, digest: this.digest(), seen_reply: seenReply, ...began });
  }

  private digest(): string {
    return this.view.get()?.digest ?? '';
  }

  private post(command: Command): Sent<Outcome> {
    return this.core.outbox.post(command);
  }

  private words(): Y.Text {
    return this.doc.getText('text');
  }

  /** Begins a document. */
  private begin(): void {
    this.doc.destroy();
    const doc = new Y.Doc();
    doc.clientID = this.client;
    this.doc = doc;
    this.waiting = [];
    this.sent.clear();
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === REMOTE) return;
      this.waiting.push(update);
      this.saved.set(false);
      this.flushing ??= this.core.host.setTimeout(() => this.flush(), FLUSH_MS);
    });
    this.words().observe((event, { origin }) => {
      if (origin === REMOTE) {
        const move = mover(event.delta);
        // A caret that was not told yet moves along.
        this.range &&= { from: move(this.range.from), to: move(this.range.to) };
        for (const listener of [...this.listeners]) listener(move);
      }
      this.text.set(this.words().toString());
    });
    this.text.set('');
    this.saved.set(true);
  }

  private open(): void {
    const { host, link } = this.core;
    host.clearTimeout(this.again);
    if (!link.isUp()) return;
    this.sent.clear();
    this.opening = link.nextId();
    link.send({ type: 'draft_open', id: this.opening, thread_id: this.thread, client: this.client });
  }

  private flush(): void {
    this.core.host.clearTimeout(this.flushing);
    this.flushing = undefined;
    const { link } = this.core;
    const view = this.view.get();
    if (this.waiting.length === 0 || !view || this.phase.get() !== 'live' || !link.isUp()) return;
    const id = link.nextId();
    this.sent.add(id);
    const update = encode(Y.mergeUpdates(this.waiting));
    this.waiting = [];
    link.send({ type: 'draft_update', id, thread_id: this.thread, epoch: view.epoch, update });
  }

  private tellCaret(): void {
    if (this.phase.get() !== 'live') return;
    const at = (index: number) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.words(), index)) as unknown;
    const cursor = this.range && JSON.stringify([at(this.range.from), at(this.range.to)]);
    this.core.link.send({ type: 'draft_cursor', thread_id: this.thread, cursor });
  }

  private take(frame: ServerFrame): void {
    if (frame.type === 'error') return this.refused(frame.id, frame.error);
    if (frame.type === 'draft_opened') {
      if (frame.id === this.opening) this.opened(frame.draft, frame.updates);
    } else if (frame.type === 'draft_saved') {
      if (this.sent.delete(frame.id)) this.settle();
    } else if (frame.type === 'draft_cursors') {
      if (frame.thread_id === this.thread) this.people.set(frame.cursors);
    } else if (frame.type === 'draft_closed') {
      if (frame.thread_id === this.thread && frame.id === undefined) this.phase.set('failed');
    } else if (frame.type === 'draft' && frame.draft.thread_id === this.thread) {
      if (this.held) this.held.push(frame);
      else this.changed(frame.draft, frame.updates);
    }
  }

  private opened(draft: DraftView, updates: string[]): void {
    const known = this.view.get();
    this.held &&= [];
    this.changed(draft, updates);
    this.phase.set('live');
    this.error.set(null);
    // What the server has not: written without a connection, or on its way when it went.
    if (known?.epoch === draft.epoch && !this.saved.get()) {
      const theirs = updates.length === 0 ? undefined : Y.encodeStateVectorFromUpdate(Y.mergeUpdates(updates.map(decode)));
      this.waiting = [Y.encodeStateAsUpdate(this.doc, theirs)];
      this.flush();
    }
    this.tellCaret();
  }

  private changed(draft: DraftView, updates: string[]): void {
    const known = this.view.get();
    if (known && known.epoch !== draft.epoch) {
      for (const listener of [...this.listeners]) listener(() => 0);
      this.begin();
    }
    this.doc.transact(() => {
      for (const update of updates) Y.applyUpdate(this.doc, decode(update), REMOTE);
    }, REMOTE);
    this.view.set(draft);
    // Carets are told relative to the text.
    this.people.set([...this.people.get()]);
  }

  private settle(): void {
    if (this.sent.size === 0 && this.waiting.length === 0) this.saved.set(true);
  }

  private refused(id: number | undefined, body: Parameters<typeof TandemError.from>[0]): void {
    if (id === undefined) return;
    const opening = id === this.opening;
    if (!opening && !this.sent.delete(id)) return;
    const error = TandemError.from(body);
    const wait = error.details.retry_after_ms ?? AGAIN_MS;
    if (body.retryable || !opening) {
      // A change that is not stored: what the server has is asked for, and what is more is sent again.
      const lost = !opening && !body.retryable && body.code !== 'conflict';
      if (lost) {
        this.error.set(error);
        this.view.set(null);
        this.begin();
      }
      this.core.host.clearTimeout(this.again);
      this.again = this.core.host.setTimeout(() => this.open(), wait);
      return;
    }
    this.error.set(error);
    this.phase.set('failed');
  }
}

/** How a place moves with a change. */
function mover(delta: readonly { insert?: unknown; delete?: number; retain?: number }[]): (at: number) => number {
  return (at) => {
    let index = 0;
    let moved = at;
    for (const { insert, delete: gone = 0, retain = 0 } of delta) {
      index += retain;
      if (index > moved) break;
      if (typeof insert === 'string') {
        if (index < moved) moved += insert.length;
        index += insert.length;
      }
      moved -= Math.min(gone, Math.max(0, moved - index));
    }
    return moved;
  };
}

function encode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
