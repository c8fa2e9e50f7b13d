// What the sandbox phone asks of the server, and the number it keeps.

import type { ChannelId, SandboxChannel, SandboxChannels, SandboxPhone, SandboxPlay, SandboxSend } from '../../sdk/src/protocol.ts';

const NUMBER_KEY = 'tandem.phone.number';

async function readJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return (await response.json()) as T;
}

export async function loadChannels(): Promise<SandboxChannel[]> {
  return (await readJson<SandboxChannels>('/sandbox/api/channels')).channels;
}

function phonePath(channel: ChannelId, number: string): string {
  return `/sandbox/api/channels/${channel}/phones/${encodeURIComponent(number)}`;
}

export function loadPhone(channel: ChannelId, number: string): Promise<SandboxPhone> {
  return readJson<SandboxPhone>(phonePath(channel, number));
}

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
}

export function sendText(channel: ChannelId, send: SandboxSend): Promise<void> {
  return post(`/sandbox/api/channels/${channel}/messages`, send);
}

export function markRead(channel: ChannelId, number: string): Promise<void> {
  return post(`${phonePath(channel, number)}/read`, {});
}

export function play(channel: ChannelId, number: string, plays: SandboxPlay): Promise<void> {
  return post(`${phonePath(channel, number)}/plays`, { plays });
}

export function sendTyping(channel: ChannelId, from: string): Promise<void> {
  return post(`/sandbox/api/channels/${channel}/typing`, { from });
}

/** The number of this phone: made up once, kept in this browser. */
export function ownNumber(): string {
  const kept = localStorage.getItem(NUMBER_KEY);
  if (kept) return kept;
  const digits = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  // +1 202 555 xxxx: a range where no real telephone rings.
  const number = `+1202555${String(digits % 10_000).padStart(4, '0')}`;
  keepNumber(number);
  return number;
}

export function keepNumber(number: string): void {
  localStorage.setItem(NUMBER_KEY, number);
}

/** E.164, as the providers write numbers. */
export function isNumber(text: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(text);
}
