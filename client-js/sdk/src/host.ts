// What the SDK needs from the world around it, so that tests can bring their own: sockets, HTTP,
// time, chance and the page's comings and goings.

export interface SocketLike {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export type Timer = ReturnType<typeof setTimeout>;

export interface Page {
  online(): boolean;
  visible(): boolean;
  /** Calls `wake` whenever the page may have slept, and `sleep` when the network went. */
  watch(wake: () => void, sleep: () => void): () => void;
}

export interface Host {
  socket(url: string, protocol: string): SocketLike;
  fetch(url: string, init: RequestInit): Promise<Response>;
  now(): number;
  random(): number;
  newKey(): string;
  setTimeout(fn: () => void, ms: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
  page: Page;
}

const WAKE_EVENTS = ['online', 'pageshow', 'focus'] as const;

const browserPage: Page = {
  online: () => globalThis.navigator?.onLine !== false,
  visible: () => globalThis.document?.visibilityState !== 'hidden',
  watch(wake, sleep) {
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => undefined;
    const seen = () => {
      if (document.visibilityState === 'visible') wake();
    };
    for (const name of WAKE_EVENTS) window.addEventListener(name, wake);
    window.addEventListener('offline', sleep);
    document.addEventListener('visibilitychange', seen);
    document.addEventListener('resume', wake);
    return () => {
      for (const name of WAKE_EVENTS) window.removeEventListener(name, wake);
      window.removeEventListener('offline', sleep);
      document.removeEventListener('visibilitychange', seen);
      document.removeEventListener('resume', wake);
    };
  },
};

/** 128 bits of chance as hexadecimal digits. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The real world, as far as there is one: works in browsers, workers and Node 22. */
export function systemHost(): Host {
  return {
    socket: (url, protocol) => new WebSocket(url, protocol),
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    random: () => Math.random(),
    newKey: randomKey,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    page: browserPage,
  };
}
