// The socket and its states: dial, hello, welcome, heartbeats, wake-ups, waiting, giving up. It
// knows frames, not what they mean: streams and the outbox hang on its hooks.

import { retryDelay, BACKOFF_MAX_MS } from './backoff.ts';
import { isClientFault, isFinal, named, networkReason, readClose, type CloseReason } from './codes.ts';
import { asTandemError } from './errors.ts';
import type { Host, SocketLike, Timer } from './host.ts';
import type { ClientFrame, Cursor, ServerFrame, StreamId, Welcome } from './protocol.ts';
import { Cell } from './store.ts';

/** One state machine for the socket. `denied` is never retried silently; `retry()` leaves it. */
export type Connection =
  | { state: 'idle' | 'connecting' | 'connected' | 'offline' }
  | { state: 'waiting'; attempt: number; retryAt: number; reason: CloseReason }
  | { state: 'denied'; reason: CloseReason };

export type Log = (level: 'debug' | 'warn' | 'error', message: string, data?: unknown) => void;

export interface LinkHooks {
  /** Streams to resume in the `hello`. */
  cursors(): { [stream: StreamId]: Cursor };
  /** Whether somebody waits for an answer: then even a hidden page comes back soon. */
  hasUnsent(): boolean;
  up(welcome: Welcome): void;
  down(): void;
  frame(frame: ServerFrame): void;
}

export interface LinkOptions {
  /** The servers' origins. The next one has its turn whenever one fails. */
  origins: readonly string[];
  /** Called for every connect, so a token is never stale. Without it the session cookie speaks. */
  token?: (() => string | Promise<string>) | undefined;
  lostAfterMs: number;
  log: Log;
}

const WELCOME_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 3_000;
const HEALTHY_AFTER_MS = 10_000;
const HEARTBEAT_SLACK_MS = 3_000;
/** A page that nobody looks at lets those in front of people go first. */
const HIDDEN_WAIT_MS = 30_000;
/** Once a wake-up has dialled, others within `HEALTHY_AFTER_MS` are spread over this. */
const WAKE_SPREAD_MS = 1_000;

export class Link {
  readonly state = new Cell<Connection>({ state: 'idle' });
  readonly lost = new Cell(false);
  /** The server's clock minus ours, in milliseconds. */
  skewMs = 0;

  private readonly host: Host;
  private readonly options: LinkOptions;
  private readonly hooks: LinkHooks;
  private socket: SocketLike | null = null;
  /** Grows with every dial and drop: whatever belongs to an older turn is void. */
  private turn = 0;
  private attempt = 0;
  /** How often an origin failed: the next one has its turn. */
  private failures = 0;
  private wokenAt = -Infinity;
  /** The server has asked not to be dialled before. */
  private notBefore = 0;
  private dialAt = 0;
  /** The server goes away; over this time it sends its clients elsewhere. */
  private drainMs: number | undefined;
  private lastId = 0;
  private heartbeatMs = 25_000;
  private pingId: number | null = null;
  private unwatch: (() => void) | null = null;
  private timers: { [name in 'dial' | 'welcome' | 'silent' | 'ping' | 'healthy' | 'lost']?: Timer } = {};

  constructor(host: Host, options: LinkOptions, hooks: LinkHooks) {
    this.host = host;
    this.options = options;
    this.hooks = hooks;
  }

  /** The server whose turn it is. */
  get origin(): string {
    const { origins } = this.options;
    return origins[this.failures % origins.length] ?? '';
  }

  /** Starts if it is not started. */
  connect(): void {
    if (this.state.get().state !== 'idle') return;
    this.unwatch ??= this.host.page.watch(
      () => this.wake(),
      () => this.probe(),
    );
    this.expectLoss();
    void this.dial();
  }

  /** A person wants it now: skips a wait, leaves `denied`. */
  retry(): void {
    const { state } = this.state.get();
    if (state === 'idle') return this.connect();
    if (state !== 'connected' && state !== 'connecting') void this.dial();
  }

  /** Ends it. `connect()` starts anew. */
  close(): void {
    const wasUp = this.isUp();
    this.abandon();
    for (const name of Object.keys(this.timers)) this.clear(name as keyof typeof this.timers);
    this.unwatch?.();
    this.unwatch = null;
    this.attempt = 0;
    this.state.set({ state: 'idle' });
    this.lost.set(false);
    if (wasUp) this.hooks.down();
  }

  /** The server said, by HTTP or by close code, that this session is no good. */
  deny(reason: CloseReason): void {
    const wasUp = this.isUp();
    this.abandon();
    this.clear('dial');
    this.clear('lost');
    this.attempt = 0;
    this.state.set({ state: 'denied', reason });
    if (wasUp) this.hooks.down();
  }

  isUp(): boolean {
    return this.state.get().state === 'connected';
  }

  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Sends if connected. A frame that was sent may still be lost: only answers count. */
  send(frame: ClientFrame): boolean {
    if (!this.isUp() || !this.socket) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private async dial(): Promise<void> {
    this.abandon();
    const turn = this.turn;
    this.clear('dial');
    this.state.set({ state: 'connecting' });
    // Before the token: a token that never comes is a connection that never comes.
    this.arm('welcome', WELCOME_TIMEOUT_MS, () => this.drop(networkReason('The server did not answer')));
    try {
      const token = await this.options.token?.();
      if (turn !== this.turn) return;
      this.open(turn, token);
    } catch (cause) {
      if (turn !== this.turn) return;
      const error = asTandemError(cause);
      const denied = error.code === 'unauthenticated' || error.code === 'bad_credentials';
      this.drop(denied ? { code: 4500, key: 'unauthenticated', message: error.message } : networkReason(error.message));
    }
  }

  private open(turn: number, token: string | undefined): void {
    const socket = this.host.socket(`${this.origin.replace(/^http/, 'ws')}/ws`, 'tandem.v1');
    this.socket = socket;
    this.lastId = 0;
    this.drainMs = undefined;
    socket.onopen = () => {
      if (turn !== this.turn) return;
      const cursors = this.hooks.cursors();
      const hello: ClientFrame = { type: 'hello', id: this.nextId() };
      if (token !== undefined) hello.token = token;
      if (Object.keys(cursors).length > 0) hello.cursors = cursors;
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (event) => {
      if (turn === this.turn) this.receive(event.data);
    };
    socket.onclose = (event) => {
      if (turn !== this.turn) return;
      const reason = readClose(event.code, event.reason);
      if (isClientFault(event.code)) this.options.log('error', `closed with ${event.code}: a fault of this client`, reason);
      this.drop(reason);
    };
  }

  private receive(data: unknown): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(String(data)) as ServerFrame;
    } catch {
      this.options.log('error', 'a frame that is not JSON was ignored');
      return;
    }
    this.expectHeartbeat();
    switch (frame.type) {
      case 'welcome':
        this.welcome(frame);
        break;
      case 'pong':
        if (frame.id === this.pingId) this.clear('ping');
        break;
      case 'heartbeat':
        this.skewMs = Date.parse(frame.at) - this.host.now();
        break;
      case 'draining':
        // Nothing to do yet: the socket is good until the server closes it.
        this.drainMs = frame.retry_after_ms;
        break;
      default:
        if (this.isUp()) this.hooks.frame(frame);
    }
  }

  private welcome(frame: Welcome): void {
    this.clear('welcome');
    this.clear('lost');
    this.heartbeatMs = frame.heartbeat_ms;
    this.skewMs = Date.parse(frame.at) - this.host.now();
    this.arm('healthy', HEALTHY_AFTER_MS, () => {
      this.attempt = 0;
    });
    this.expectHeartbeat();
    this.state.set({ state: 'connected' });
    this.lost.set(false);
    this.hooks.up(frame);
  }

  private expectHeartbeat(): void {
    this.arm('silent', 2 * this.heartbeatMs + HEARTBEAT_SLACK_MS, () =>
      this.drop(networkReason('The server went silent')),
    );
  }

  /** The page may have slept: is the socket still alive? If there is none, dial at once. */
  private wake(): void {
    const { state } = this.state.get();
    const now = this.host.now();
    if (state === 'connected') return this.probe();
    if ((state !== 'waiting' && state !== 'offline') || now < this.notBefore) return;
    const again = now - this.wokenAt < HEALTHY_AFTER_MS;
    if (!again) {
      this.wokenAt = now;
      void this.dial();
    } else {
      // A network or a window that comes and goes: the wake-ups of a whole house are no stampede.
      this.dialAt = Math.min(this.dialAt, now + this.host.random() * WAKE_SPREAD_MS);
      this.arm('dial', this.dialAt - now, () => void this.dial());
    }
  }

  /** Asks for a sign of life with a short deadline. */
  private probe(): void {
    if (!this.isUp() || this.timers.ping !== undefined) return;
    this.pingId = this.nextId();
    this.send({ type: 'ping', id: this.pingId });
    this.arm('ping', PING_TIMEOUT_MS, () => this.drop(networkReason('The connection was gone after a pause'), true));
  }

  /** The connection is gone, or never came: wait and dial again, or stop. */
  private drop(reason: CloseReason, atOnce = false): void {
    if (isFinal(reason.code)) return this.deny(reason);
    const wasUp = this.isUp();
    this.abandon();
    this.attempt += 1;
    this.failures += 1;
    const online = this.host.page.online();
    // `onLine` may be wrong (a server on this very machine): keep trying, slowly.
    const delay = !online ? BACKOFF_MAX_MS : atOnce ? 0 : this.delay(reason);
    this.dialAt = this.host.now() + delay;
    this.arm('dial', delay, () => void this.dial());
    this.state.set(online ? { state: 'waiting', attempt: this.attempt, retryAt: this.dialAt, reason } : { state: 'offline' });
    this.options.log('debug', `connection lost: ${reason.message}`, reason);
    if (wasUp) this.hooks.down();
    this.expectLoss();
  }

  private delay(reason: CloseReason): number {
    const { windowMs = this.drainMs, afterMs } = named(reason);
    const random = this.host.random();
    this.notBefore = this.host.now() + (afterMs ?? 0);
    const told = afterMs !== undefined || windowMs !== undefined;
    if (!told && !this.host.page.visible() && !this.hooks.hasUnsent()) return Math.round(HIDDEN_WAIT_MS * (1 + random));
    return retryDelay(this.attempt, random, { afterMs, windowMs });
  }

  private expectLoss(): void {
    if (this.timers.lost !== undefined || this.lost.get()) return;
    this.arm('lost', this.options.lostAfterMs, () => this.lost.set(true));
  }

  /** Makes the present socket void, whatever it still says. */
  private abandon(): void {
    this.turn += 1;
    this.clear('welcome');
    this.clear('silent');
    this.clear('ping');
    this.clear('healthy');
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private arm(name: keyof typeof this.timers, ms: number, fn: () => void): void {
    this.clear(name);
    this.timers[name] = this.host.setTimeout(() => {
      delete this.timers[name];
      fn();
    }, ms);
  }

  private clear(name: keyof typeof this.timers): void {
    this.host.clearTimeout(this.timers[name]);
    delete this.timers[name];
  }
}
