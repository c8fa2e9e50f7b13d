// What lists and threads have in common: loading a snapshot, going on with events, and saying
// plainly whether what they show is fresh.

import { retryDelay } from './backoff.ts';
import { asTandemError, TandemError } from './errors.ts';
import type { Timer } from './host.ts';
import type { Core } from './core.ts';
import { Cell, Emitter, type Store, type Unsubscribe } from './store.ts';

/** `stale`: shown as it was, the connection is not there. `failed`: it could not be loaded. */
export type Phase = 'loading' | 'live' | 'stale' | 'failed';

export interface Live {
  readonly phase: Store<Phase>;
  readonly error: Store<TandemError | null>;
  /** The first snapshot is there. */
  readonly ready: Promise<void>;
  /** Told when history was loaded anew instead of resumed. */
  onGap(listener: () => void): Unsubscribe;
}

/** Refusals that another try will not mend. */
const FINAL: readonly string[] = ['not_found', 'forbidden', 'unauthenticated', 'invalid'];

export class Loader implements Live {
  readonly phase = new Cell<Phase>('loading');
  readonly error = new Cell<TandemError | null>(null);
  readonly ready: Promise<void>;
  loaded = false;
  ended = false;
  private readonly core: Core;
  private readonly gaps = new Emitter<void>();
  private readonly read: () => Promise<boolean>;
  private resolveReady: () => void = () => undefined;
  private rejectReady: (error: TandemError) => void = () => undefined;
  private feedLive = false;
  private running = false;
  private again = false;
  private attempt = 0;
  private timer: Timer | undefined;
  private readonly unwatch: Unsubscribe;

  /** `read` loads a snapshot; `false` means that it was too old and must be read again. */
  constructor(core: Core, read: () => Promise<boolean>) {
    this.core = core;
    this.read = read;
    this.ready = new Promise((resolve, reject) => {
      this.resolveReady = resolve;
      this.rejectReady = reject;
    });
    // Whoever does not wait for it must not get an unhandled rejection.
    this.ready.catch(() => undefined);
    // A new connection is worth a new try.
    this.unwatch = core.ups.on(() => {
      if (!this.loaded && !this.running && this.error.get()?.code !== 'not_found') this.load();
    });
  }

  onGap(listener: () => void): Unsubscribe {
    return this.gaps.on(listener);
  }

  setLive(live: boolean): void {
    this.feedLive = live;
    this.judge();
  }

  /** Reads a snapshot now; once more afterwards if asked meanwhile. */
  load(): void {
    if (this.ended) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.core.host.clearTimeout(this.timer);
    this.running = true;
    void this.run();
  }

  end(): void {
    this.ended = true;
    this.unwatch();
    this.core.host.clearTimeout(this.timer);
    this.rejectReady(new TandemError('closed', 'Released before it was loaded'));
  }

  private async run(): Promise<void> {
    try {
      const exact = await this.read();
      if (this.ended) return;
      if (exact) this.done();
      else this.later(asTandemError(new Error('The snapshot was too old')));
    } catch (cause) {
      if (this.ended) return;
      const error = asTandemError(cause);
      this.error.set(error);
      if (FINAL.includes(error.code)) {
        this.phase.set('failed');
        this.rejectReady(error);
      } else {
        this.later(error);
      }
    } finally {
      this.running = false;
      if (this.again) {
        this.again = false;
        this.load();
      }
    }
  }

  private done(): void {
    const first = !this.loaded;
    this.loaded = true;
    this.attempt = 0;
    this.error.set(null);
    this.judge();
    if (first) this.resolveReady();
    else this.gaps.emit();
  }

  private later(error: TandemError): void {
    this.attempt += 1;
    const delay = 200 + (error.retryAfterMs ?? 0) + retryDelay(this.attempt + 1, this.core.host.random());
    this.timer = this.core.host.setTimeout(() => this.load(), delay);
  }

  private judge(): void {
    if (this.loaded) this.phase.set(this.feedLive ? 'live' : 'stale');
  }
}
