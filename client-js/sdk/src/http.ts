// Requests to the HTTP API: snapshots, pages, sessions. A refusal becomes a TandemError.

import { asTandemError, TandemError } from './errors.ts';
import type { Host } from './host.ts';
import type { Problem } from './protocol.ts';

export interface HttpOptions {
  /** The origin whose turn it is, without a slash at its end. */
  origin: () => string;
  token?: (() => string | Promise<string>) | undefined;
  /** Told of every `unauthenticated`. */
  denied?: (error: TandemError) => void;
}

type Query = { [name: string]: string | number | null | undefined };

export class Http {
  private readonly host: Host;
  private readonly options: HttpOptions;

  constructor(host: Host, options: HttpOptions) {
    this.host = host;
    this.options = options;
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
    const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
    return this.request<T>('GET', search === '' ? path : `${path}?${search}`);
  }

  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.exchange(method, path, body);
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    const error = await readProblem(response);
    if (error.code === 'unauthenticated') this.options.denied?.(error);
    throw error;
  }

  private async exchange(method: string, path: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    const init: RequestInit = { method, headers, credentials: 'same-origin' };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      init.body = JSON.stringify(body);
    }
    try {
      const token = await this.options.token?.();
      if (token !== undefined) headers.authorization = `Bearer ${token}`;
      return await this.host.fetch(this.options.origin() + path, init);
    } catch (cause) {
      throw asTandemError(cause);
    }
  }
}

/** Reads a refusal; what is not a problem document (a proxy's page) is told by its status. */
async function readProblem(response: Response): Promise<TandemError> {
  try {
    const problem = (await response.json()) as Partial<Problem>;
    if (typeof problem.code === 'string') {
      return TandemError.from({
        code: problem.code,
        message: problem.detail ?? problem.title ?? problem.code,
        retryable: problem.retryable ?? false,
        ...(problem.details ? { details: problem.details } : {}),
      });
    }
  } catch {
    // Falls through to the status.
  }
  if (response.status === 401) return new TandemError('unauthenticated', 'Not signed in');
  if (response.status === 404) return new TandemError('not_found', 'Not found');
  const retryable = response.status >= 500 || response.status === 429;
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  const details = Number.isFinite(seconds) ? { retry_after_ms: seconds * 1000 } : {};
  return new TandemError('unavailable', `The server answered ${response.status}`, { retryable, details });
}
