// How long to wait before the next try.

export const FIRST_RETRY_MS = 2_000;
export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 20_000;

/**
 * The wait before try number `attempt` (1 is the first retry). The first one is spread over what
 * the server asked for, so that a restart does not bring everybody back at the same instant; later
 * ones use full jitter under a doubling bound.
 */
export function retryDelay(attempt: number, random: number, retryAfterMs?: number): number {
  if (attempt <= 1) return Math.round(random * (retryAfterMs ?? FIRST_RETRY_MS));
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(random * Math.max(bound, retryAfterMs ?? 0));
}
