// A value that can be read now and watched for change: the one reactive shape of the SDK. It fits
// useSyncExternalStore, Svelte stores and signals as it is.

export type Unsubscribe = () => void;

/** A readable value. `subscribe` tells of changes only; read the present value with `get`. */
export interface Store<T> {
  get(): T;
  subscribe(listener: (value: T) => void): Unsubscribe;
}

/** A store that its owner can write. Setting the same value again tells nobody. */
export class Cell<T> implements Store<T> {
  private value: T;
  private readonly listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.value = value;
  }

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): Unsubscribe {
    // Wrapped, so that the same function may subscribe twice and leave once.
    const own = (value: T) => listener(value);
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
    };
  }
}

/** Named callbacks of one shape, for things that happen rather than are. */
export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  emit(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  on(listener: (value: T) => void): Unsubscribe {
    const own = (value: T) => listener(value);
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
    };
  }
}
