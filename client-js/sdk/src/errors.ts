// The one error class of the SDK. Codes are the protocol's, and a few that only a client can know.

import type { ErrorBody, ErrorCode, ErrorDetails } from './protocol.ts';

/** `network`: no answer came. `cancelled`: by the caller. `expired`: it would have come too late. */
export type ClientCode = 'network' | 'cancelled' | 'expired' | 'closed';

export class TandemError extends Error {
  readonly code: ErrorCode | ClientCode;
  /** Whether the same request, unchanged, may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode | ClientCode, message: string, more: Partial<ErrorBody> = {}) {
    super(message);
    this.name = 'TandemError';
    this.code = code;
    this.retryable = more.retryable ?? code === 'network';
    this.details = more.details ?? {};
    this.retryAfterMs = this.details.retry_after_ms;
  }

  /** From a refusal, as frames and problems carry it. */
  static from(body: ErrorBody): TandemError {
    return new TandemError(body.code, body.message, body);
  }
}

/** Makes any thrown thing a `TandemError`; unknown ones count as the network's. */
export function asTandemError(cause: unknown): TandemError {
  if (cause instanceof TandemError) return cause;
  return new TandemError('network', cause instanceof Error ? cause.message : String(cause));
}
