// What a closed connection means for the client: come back, or stop. The server's own range says it
// by number; standard codes are the network's or this client's fault, and come back.

import type { Named } from './backoff.ts';
import type { CloseReason as WireReason } from './protocol.ts';

/** Why the connection is not there. `key` is the protocol's name, or `network`. */
export interface CloseReason {
  code: number;
  key: string;
  message: string;
  retryAfterMs?: number;
}

const FAULTS: Readonly<Record<number, string>> = {
  1002: 'protocol',
  1003: 'unsupported',
  1007: 'not_utf8',
  1009: 'too_big',
};

const WORDS: Readonly<Record<string, string>> = {
  draining: 'The server restarts',
  overloaded: 'The server is busy',
  rate_limited: 'Too many requests',
  unauthenticated: 'You are not signed in',
  session_revoked: 'Your session was ended',
  hello_expected: 'This page does not fit the server',
  internal: 'The server had a fault',
  network: 'No connection to the server',
};

/** Reads a close event. The reason is JSON of the protocol, or whatever a proxy put there. */
export function readClose(code: number, reason: string): CloseReason {
  let wire: Partial<WireReason> = {};
  try {
    const read: unknown = reason === '' ? {} : JSON.parse(reason);
    if (typeof read === 'object' && read !== null) wire = read;
  } catch {
    // Not ours: the number alone speaks.
  }
  const key = typeof wire.code === 'string' ? wire.code : (FAULTS[code] ?? 'network');
  const result: CloseReason = { code, key, message: WORDS[key] ?? 'The connection was closed' };
  if (typeof wire.retry_after_ms === 'number') result.retryAfterMs = wire.retry_after_ms;
  return result;
}

/** Reasons whose `retryAfterMs` is a place in a queue and not a window to spread over. */
const QUEUED: readonly string[] = ['draining', 'overloaded', 'rate_limited'];

/** What the server wants of a client that it sent away. */
export function named({ key, retryAfterMs }: CloseReason): Named {
  return QUEUED.includes(key) ? { afterMs: retryAfterMs } : { windowMs: retryAfterMs };
}

/** Whether this code ends it for good: 4500 to 4999. */
export function isFinal(code: number): boolean {
  return code >= 4500 && code <= 4999;
}

/** Whether the server says that this client broke the protocol: come back, but say so in the log. */
export function isClientFault(code: number): boolean {
  return code in FAULTS;
}

/** A reason made here, where no close frame came. */
export function networkReason(message = 'No connection to the server'): CloseReason {
  return { code: 1006, key: 'network', message };
}
