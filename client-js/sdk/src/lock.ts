// The reply lock of one thread, from this agent's side: taken and renewed while typing, given back,
// asked for, taken over. Who holds it is the server's word; the token is ours.

import type { Core } from './core.ts';
import { asTandemError, TandemError } from './errors.ts';
import type { AgentId, LockView, Outcome, ThreadId } from './protocol.ts';
import { Cell } from './store.ts';

export type ReplyLock = { held: false } | { held: true; by: AgentId; mine: boolean; expiresAt: number };

const RENEW_EVERY_MS = 5_000;

export class OwnLock {
  readonly state = new Cell<ReplyLock>({ held: false });
  /** A colleague who asks for the lock that this agent holds. */
  readonly asked = new Cell<AgentId | null>(null);
  private readonly core: Core;
  private readonly threadId: ThreadId;
  private held: { token: number; expiresAt: number } | null = null;
  private askedAt = -Infinity;
  /** False once given back: an answer that is still on its way must not keep the lock. */
  private wanted = false;
  /** Held when the connection went, until then (our clock). */
  private lostUntil = 0;

  constructor(core: Core, threadId: ThreadId) {
    this.core = core;
    this.threadId = threadId;
  }

  token(): number | undefined {
    return this.held?.token;
  }

  /** The server's picture. */
  show(view: LockView | null): void {
    const me = this.core.agentId();
    if (view && view.agent_id !== me) this.held = null;
    if (!view || view.agent_id !== me) this.asked.set(null);
    const old = this.state.get();
    if (!view) {
      if (old.held) this.state.set({ held: false });
      return;
    }
    const expiresAt = Date.parse(view.expires_at) - this.core.link.skewMs;
    if (old.held && old.by === view.agent_id && old.expiresAt === expiresAt) return;
    this.state.set({ held: true, by: view.agent_id, mine: view.agent_id === me, expiresAt });
  }

  /** Takes or renews it, at most every 5 s; quietly, as typing is no wish for a message box. */
  typing(): void {
    const { host, link } = this.core;
    if (!link.isUp() || host.now() - this.askedAt < RENEW_EVERY_MS) return;
    this.acquire().catch((cause) => {
      const error = asTandemError(cause);
      if (error.code !== 'locked' && error.code !== 'network') this.core.log('debug', 'no lock', error);
    });
  }

  async acquire(): Promise<void> {
    this.askedAt = this.core.host.now();
    this.wanted = true;
    try {
      this.take(await this.post({ kind: 'lock.acquire', thread_id: this.threadId }));
    } catch (cause) {
      const { details } = asTandemError(cause);
      if (details.lock) this.show(details.lock);
      throw cause;
    }
  }

  async release(): Promise<void> {
    const token = this.held?.token;
    this.wanted = false;
    this.forget();
    if (token === undefined || !this.core.link.isUp()) return;
    await this.post({ kind: 'lock.release', thread_id: this.threadId, token }).catch((cause) => {
      // Gone already is as good as given back.
      this.core.log('debug', 'the lock could not be released', asTandemError(cause));
    });
  }

  async request(): Promise<void> {
    await this.post({ kind: 'lock.request', thread_id: this.threadId });
  }

  async takeOver(reason: string): Promise<void> {
    this.wanted = true;
    this.take(await this.post({ kind: 'lock.take_over', thread_id: this.threadId, reason }));
  }

  /** The connection went: another one has a moment to renew the lock, and nobody sees a thing. */
  lose(): void {
    const { wanted } = this;
    const until = (this.held?.expiresAt ?? 0) - this.core.link.skewMs;
    this.forget();
    this.wanted = wanted;
    this.lostUntil = Math.max(until, this.lostUntil);
  }

  /** A new connection. */
  regain(): void {
    if (this.wanted && this.core.host.now() < this.lostUntil) this.typing();
    this.lostUntil = 0;
  }

  /** The reply went out, and the lock with it. */
  forget(): void {
    this.held = null;
    this.wanted = false;
    this.askedAt = -Infinity;
    this.asked.set(null);
    const now = this.state.get();
    if (now.held && now.mine) this.state.set({ held: false });
  }

  private post(command: Parameters<Core['outbox']['post']>[0]): Promise<Outcome> {
    return this.core.outbox.post(command, { transient: true });
  }

  private take(outcome: Outcome): void {
    const me = this.core.agentId();
    if (outcome.kind !== 'lock.held') throw new TandemError('internal', 'An answer that does not fit');
    this.held = { token: outcome.token, expiresAt: Date.parse(outcome.expires_at) };
    if (!this.wanted) void this.release();
    else if (me) this.show({ agent_id: me, expires_at: outcome.expires_at });
  }
}
