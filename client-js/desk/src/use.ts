// Hooks between the SDK and the components.

import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { Lease, Store } from '../../sdk/src/index.ts';

/** The value of a store; renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, again] = useReducer((n: number, _change: unknown) => n + 1, 0);
  const value = store.get();
  useLayoutEffect(() => {
    // It may have changed between rendering and subscribing.
    if (!Object.is(store.get(), value)) again(null);
    return store.subscribe(() => again(null));
  }, [store]);
  return value;
}

/** Holds a handle as long as the component lives and `name` stays the same. */
export function useLease<T>(name: string, take: () => Lease<T>): Lease<T> {
  const held = useRef<{ name: string; lease: Lease<T> } | null>(null);
  if (held.current?.name !== name) {
    const lease = take();
    held.current?.lease.release();
    held.current = { name, lease };
  }
  useEffect(
    () => () => {
      held.current?.lease.release();
      held.current = null;
    },
    [],
  );
  return held.current.lease;
}

/** The time now, renewed every `everyMs`. */
export function useNow(everyMs: number): number {
  const [, again] = useReducer((n: number, _tick: null) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => again(null), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return Date.now();
}

/** Listens on the document or the window while the component lives. */
export function useListener(target: EventTarget, name: string, listener: (event: Event) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const call = (event: Event) => latest.current(event);
    target.addEventListener(name, call);
    return () => target.removeEventListener(name, call);
  }, [target, name]);
}
