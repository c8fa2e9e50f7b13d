// What the SDK gives. Everything else is its own business.

export { createDesk, type Desk, type DeskEvents, type DeskOptions, type Surroundings } from './desk.ts';
export type { Connection } from './connection.ts';
export type { CloseReason } from './codes.ts';
export { TandemError } from './errors.ts';
export type { Lease } from './lease.ts';
export type { ListFilter, ListHandle } from './list.ts';
export type { Live, Phase } from './live.ts';
export type { ReplyLock } from './lock.ts';
export type { Outgoing } from './outgoing.ts';
export type { Pending, Sent, SentStatus } from './outbox.ts';
export type { Store, Unsubscribe } from './store.ts';
export type { ReplyOptions, ReplyTerms, ThreadHandle } from './thread.ts';
export { activityOf, isUnread } from './apply.ts';
export type * from './protocol.ts';
