// How things are called and dates are written on screen.

import type { ActorView, AddressKind, AgentId, Availability, ChannelKind, ChannelView, ConsentAbout, ContactView, DeliveryState, DeliveryView, Me, MessageForm, Pause, Role, Status } from '../../sdk/src/index.ts';

export const STATUS_NAMES: Readonly<Record<Status, string>> = {
  new: 'New',
  open: 'Open',
  pending: 'Pending',
  escalated: 'Escalated',
  closed: 'Closed',
};

export const AVAILABILITY_NAMES: Readonly<Record<Availability, string>> = {
  online: 'Online',
  away: 'Away',
  busy: 'Busy',
  offline: 'Offline',
};

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  agent: 'Agent',
  supervisor: 'Supervisor',
  admin: 'Administrator',
  reviewer: 'Reviewer',
};

export const CHANNEL_NAMES: Readonly<Record<ChannelKind, string>> = {
  sms: 'SMS',
  whatsapp: 'WhatsApp',
  rcs: 'RCS',
  sandbox: 'Sandbox',
};

/** What a message is, where its text alone does not say. */
export const FORM_NAMES: Readonly<Partial<Record<MessageForm, string>>> = {
  media: 'Attachment',
  location: 'Location',
  contact_card: 'Contact card',
  choice: 'Chose',
  order: 'Order',
  system: 'Notice of the provider',
  unsupported: 'Cannot be shown here',
};

/** Why a file did not come, by the server's word for it. */
export const FILE_ERRORS: Readonly<Record<string, string>> = {
  blocked_address: 'its address is not one that may be asked',
  bad_address: 'its address cannot be read',
  too_large: 'it is too large',
  too_slow: 'it took too long',
  http_404: 'the provider does not have it',
  http_410: 'the provider no longer has it',
  http_401: 'the provider refuses it',
  http_403: 'the provider refuses it',
};

/** The size of a file, for people. */
export function fileSize(bytes: number): string {
  const [value, unit] = bytes < 1000 ? [bytes, 'byte'] : bytes < 1_000_000 ? [bytes / 1000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat('en', { style: 'unit', unit, maximumSignificantDigits: 3 }).format(value);
}

export const CONSENT_NAMES: Readonly<Record<ConsentAbout, string>> = {
  everything: 'messages',
  all_but_essential: 'messages but essential ones',
  marketing: 'marketing',
};

export const ADDRESS_NAMES: Readonly<Record<AddressKind, string>> = {
  phone: 'Phone',
  whatsapp_user: 'WhatsApp id',
  whatsapp_name: 'Name at WhatsApp',
  sender_id: 'Sender',
};

export const DELIVERY_NAMES: Readonly<Record<DeliveryState, string>> = {
  queued: 'Queued',
  sending: 'Sending',
  unknown: 'Outcome unknown',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Failed',
};

/** Why a message stands where it does, by the server's or the sandbox's word for it. */
export const DELIVERY_ERRORS: Readonly<Record<string, string>> = {
  opted_out: 'the customer wants no messages',
  outcome_unknown: 'nobody knows whether it arrived',
  not_revoked: 'nobody knows whether it arrives',
  ttl_expired: 'the phone was not reached in time',
  no_word: 'the phone was not reached in time',
  unreachable: 'the phone cannot be reached this way',
};

/** How far a message is; `other` is the channel that it goes by, where it was written for another one. */
export function deliveryWords({ state, error }: DeliveryView, other: ChannelKind | undefined): string {
  const name = `${DELIVERY_NAMES[state] ?? state}${other ? ` as ${CHANNEL_NAMES[other]}` : ''}`;
  if (!error) return name;
  const why = DELIVERY_ERRORS[error] ?? `error ${error}`;
  return `${name}: ${why}`;
}

/** Why nothing goes out over a channel. */
export function pauseWords(channel: ChannelView): string {
  const name = CHANNEL_NAMES[channel.kind];
  const wait = 'Replies wait and go out when it goes again.';
  if (channel.paused?.reason !== 'credentials') return `${name} is paused. ${wait}`;
  const code = channel.paused.code ? ` (${channel.paused.code})` : '';
  return `${name} is paused: the provider refuses our credentials${code}. ${wait}`;
}

export function contactName(contact: ContactView): string {
  return contact.name ?? contact.addresses[0]?.value ?? 'Unknown sender';
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words[words.length - 1] ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

export function agentName(me: Me | null, id: AgentId): string {
  if (!me) return 'A colleague';
  for (const inbox of me.inboxes) for (const agent of inbox.agents) if (agent.id === id) return agent.name;
  return id === me.agent.id ? me.agent.name : 'A colleague';
}

/** "Ann", "Ann and Ben", "Ann, Ben and 2 more". */
export function nameList(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  if (names.length === 2) return `${names[0]} and ${names[1]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} more`;
}

export function actorName(me: Me | null, actor: ActorView, contact: string): string {
  if (actor.kind === 'contact') return contact;
  if (actor.kind === 'system') return 'Tandem';
  if (actor.kind === 'token') return me?.tokens.find((it) => it.id === actor.id)?.name ?? 'An integration';
  return actor.id === me?.agent.id ? 'You' : agentName(me, actor.id);
}

/** The same, in the middle of a sentence. */
export function byName(me: Me | null, actor: ActorView): string {
  return actor.kind === 'agent' && actor.id === me?.agent.id ? 'you' : actorName(me, actor, 'the customer');
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const fullDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** For lists: as short as can be. */
export function shortTime(at: string, now: number): string {
  const time = Date.parse(at);
  const age = now - time;
  if (age < MINUTE_MS) return 'now';
  if (age < 60 * MINUTE_MS) return `${Math.floor(age / MINUTE_MS)} min`;
  if (startOfDay(time) === startOfDay(now)) return timeOfDay.format(time);
  return age < 6 * DAY_MS ? weekday.format(time) : dayAndMonth.format(time);
}

/** A time to come: "14:30", "tomorrow 09:00", "Mon 09:00", "12 Oct 09:00". */
export function untilTime(at: string, now: number): string {
  const time = Date.parse(at);
  const days = Math.round((startOfDay(time) - startOfDay(now)) / DAY_MS);
  if (days <= 0) return timeOfDay.format(time);
  const day = days === 1 ? 'tomorrow' : days < 7 ? weekday.format(time) : dayAndMonth.format(time);
  return `${day} ${timeOfDay.format(time)}`;
}

export function clockTime(at: string): string {
  return timeOfDay.format(Date.parse(at));
}

export function wholeTime(at: string): string {
  return fullTime.format(Date.parse(at));
}

export function dayName(at: string, now: number): string {
  const day = startOfDay(Date.parse(at));
  const days = Math.round((startOfDay(now) - day) / DAY_MS);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return fullDay.format(day);
}

const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function dayAndTime(at: string): string {
  return dateAndTime.format(Date.parse(at));
}

/** Why nothing goes out over a channel, and since when. */
export function pauseReason({ reason, code, since }: Pause): string {
  const why = reason === 'by_hand' ? 'An administrator has paused this channel' : `The provider refuses this channel${code ? ` (${code})` : ''}`;
  return `${why}, since ${dayAndTime(since)}.`;
}

/** "just now", "4 s ago", "3 min ago", or the time of day. */
export function ago(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `at ${clockTime(at)}`;
}
