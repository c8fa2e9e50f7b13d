// How long to wait before the next try.

export const FIRST_RETRY_MS = 2_000;
export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 20_000;

/** What the server said about coming back. */
export interface Named {
  /** Not before this: a time that it chose for this very client. */
  afterMs?: number | undefined;
  /** The time over which it wants its clients spread. */
  windowMs?: number | undefined;
}

/**
 * The wait before try number `attempt` (1 is the first retry). The first one is spread over a
 * window, so that a crash does not bring everybody back at the same instant; later ones use full
 * jitter under a doubling bound. The server's own time for this client comes first.
 */
export function retryDelay(attempt: number, random: number, { afterMs, windowMs }: Named = {}): number {
  if (attempt <= 1) return Math.round(afterMs ?? random * (windowMs ?? FIRST_RETRY_MS));
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt - 2, 10));
  return Math.round(Math.max(afterMs ?? 0, random * Math.max(bound, windowMs ?? 0)));
}
