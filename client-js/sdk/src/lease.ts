// Shared handles. Opening the same thing twice shares one; the last release ends it, after a short
// linger, so that switching away and back costs nothing.

import type { Host, Timer } from './host.ts';

/** A handle that is yours until you release it. */
export type Lease<T> = T & Disposable & { release(): void };

export interface Ends {
  end(): void;
}

interface Shared<T> {
  handle: T;
  users: number;
  timer: Timer | undefined;
}

export class Leases<T extends Ends> {
  private readonly host: Host;
  private readonly lingerMs: number;
  private readonly shared = new Map<string, Shared<T>>();

  constructor(host: Host, lingerMs: number) {
    this.host = host;
    this.lingerMs = lingerMs;
  }

  take(name: string, make: () => T): Lease<T> {
    let entry = this.shared.get(name);
    if (!entry) {
      entry = { handle: make(), users: 0, timer: undefined };
      this.shared.set(name, entry);
    }
    const mine = entry;
    mine.users += 1;
    this.host.clearTimeout(mine.timer);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      mine.users -= 1;
      if (mine.users === 0) mine.timer = this.host.setTimeout(() => this.end(name, mine), this.lingerMs);
    };
    // Methods run on the shared handle itself, so that what they write is everybody's.
    return new Proxy(mine.handle, {
      get(handle, name) {
        if (name === 'release' || name === Symbol.dispose) return release;
        const value: unknown = Reflect.get(handle, name, handle);
        return typeof value === 'function' ? value.bind(handle) : value;
      },
    }) as Lease<T>;
  }

  values(): T[] {
    return Array.from(this.shared.values(), (entry) => entry.handle);
  }

  endAll(): void {
    for (const [name, entry] of [...this.shared]) this.end(name, entry);
  }

  private end(name: string, entry: Shared<T>): void {
    this.host.clearTimeout(entry.timer);
    if (this.shared.get(name) !== entry) return;
    this.shared.delete(name);
    entry.handle.end();
  }
}
