// What the settings ask of the server: plain HTTP, apart from the SDK, which has no part in it.

import {
  TandemError,
  type AccountView,
  type Accounts,
  type ChannelSettings,
  type Channels,
  type ErrorCode,
  type InboxSettings,
  type Inboxes,
  type NewAccount,
  type NewChannel,
  type NewSecret,
  type Problem,
  type ProviderView,
  type Providers,
  type Tested,
  type WantedInbox,
} from '../../../sdk/src/index.ts';

/** All that the settings show. */
export interface Settings {
  inboxes: InboxSettings[];
  agents: Inboxes['agents'];
  providers: ProviderView[];
  accounts: AccountView[];
  channels: ChannelSettings[];
}

export async function load(): Promise<Settings> {
  const [{ inboxes, agents }, { providers }, { accounts }, { channels }] = await Promise.all([
    ask<Inboxes>('GET', 'inboxes'),
    ask<Providers>('GET', 'providers'),
    ask<Accounts>('GET', 'accounts'),
    ask<Channels>('GET', 'channels'),
  ]);
  return { inboxes, agents, providers, accounts, channels };
}

export const createInbox = (wanted: WantedInbox) => ask<Inboxes>('POST', 'inboxes', wanted);
export const changeInbox = (id: string, wanted: WantedInbox) => ask<Inboxes>('PUT', `inboxes/${id}`, wanted);
export const createAccount = (account: NewAccount) => ask<AccountView>('POST', 'accounts', account);
export const rotateSecret = (id: string, secret: NewSecret) => ask<AccountView>('POST', `accounts/${id}/secrets`, secret);
export const addChannel = (channel: NewChannel) => ask<ChannelSettings>('POST', 'channels', channel);
export const pauseChannel = (id: string) => ask<ChannelSettings>('POST', `channels/${id}/pause`);
export const resumeChannel = (id: string) => ask<ChannelSettings>('POST', `channels/${id}/resume`);
export const testAccount = (id: string) => ask<Tested>('POST', `accounts/${id}/test`);
export const testChannel = (id: string) => ask<Tested>('POST', `channels/${id}/test`);

/** Asks below `/api/v1/admin`; a refusal is thrown. */
export const ask = <T>(method: string, path: string, body?: unknown): Promise<T> => askFor<T>(method, `admin/${path}`, body);

/** Asks below `/api/v1`; a refusal is thrown. */
export async function askFor<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = JSON.stringify(body);
  const answer = await fetch(`/api/v1/${path}`, init).catch((cause: unknown) => {
    throw new TandemError('network', String(cause));
  });
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  const code: ErrorCode = problem.code ?? 'unavailable';
  const details = problem.details ? { details: problem.details } : {};
  throw new TandemError(code, problem.detail ?? `The server answered ${answer.status}`, details);
}
