// A filtered list: what the server is asked for, and how events keep it true.

import { expect, it } from 'vitest';
import type { Event, ThreadView } from '../src/protocol.ts';
import { batch, INBOX, looking, page, settle, snapshot, thread, THREAD } from './world.ts';

const THREADS = `/api/v1/inboxes/${INBOX}/threads`;
const OTHER = 'thr_other';
const system = { kind: 'system' } as const;
const at = (seq: number, thread_id: string, rest: Pick<Event, 'kind' | 'data'>) => ({ seq, at: '', actor: system, thread_id, ...rest }) as Event;
const ids = (threads: readonly ThreadView[]) => threads.map((one) => one.id);

it('asks the server for what it shows', async () => {
  const { world, desk } = await looking();
  world.serve(THREADS, page(5, []));
  desk.list({ inboxId: INBOX, statuses: ['new', 'open'], priorities: ['high'], tags: ['tag_1', 'tag_2'], teams: ['tem_1'], assignee: 'none' });
  await settle();
  const asked = new URL(world.requests.at(-1)?.split(' ')[1] ?? '', 'http://test').searchParams;
  expect(Object.fromEntries(asked)).toEqual({ status: 'new,open', priority: 'high', tag: 'tag_1,tag_2', team: 'tem_1', assignee: 'none', limit: '50' });
});

it('has threads come and go by priority, tag, team and status', async () => {
  const { world, desk } = await looking();
  world.serve(THREADS, page(5, []));
  const urgent = desk.list({ inboxId: INBOX, statuses: ['new', 'open'], priorities: ['urgent', 'high'] });
  const tagged = desk.list({ inboxId: INBOX, tags: ['tag_1'] });
  const ours = desk.list({ inboxId: INBOX, teams: ['tem_1'] });
  await settle();
  const shown = () => [urgent, tagged, ours].map((list) => ids(list.items.get()).join());
  expect(shown()).toEqual(['', '', '']);
  world.socket.say(batch(5, 6, at(6, THREAD, { kind: 'thread.prioritised', data: { from: 'normal', priority: 'high' } })));
  world.socket.say(batch(6, 7, at(7, THREAD, { kind: 'thread.tagged', data: { tags: ['tag_0', 'tag_1'] } as never })));
  world.socket.say(batch(7, 8, at(8, THREAD, { kind: 'thread.assigned', data: { from: null, to: null, from_team: null, to_team: 'tem_1' } })));
  expect(shown()).toEqual([THREAD, THREAD, THREAD]);
  world.socket.say(batch(8, 9, at(9, THREAD, { kind: 'thread.tagged', data: { tags: ['tag_0'] } as never })));
  world.socket.say(batch(9, 10, at(10, THREAD, { kind: 'thread.assigned', data: { from: null, to: null, from_team: 'tem_1', to_team: null } })));
  expect(shown()).toEqual([THREAD, '', '']);
  world.socket.say(batch(10, 11, at(11, THREAD, { kind: 'thread.status_changed', data: { from: 'open', to: 'closed' } as never })));
  expect(shown()).toEqual(['', '', '']);
});

it('loads a thread that it does not know when that begins to fit', async () => {
  const { world, desk } = await looking();
  world.serve(THREADS, page(5, []));
  const tagged = desk.list({ inboxId: INBOX, tags: ['tag_1'] });
  await settle();
  world.serve(`/api/v1/threads/${OTHER}`, snapshot(6, { ...thread(), id: OTHER, tags: ['tag_1'] }, []));
  world.socket.say(batch(5, 6, at(6, OTHER, { kind: 'thread.tagged', data: { tags: ['tag_1'] } as never })));
  await settle();
  expect(ids(tagged.items.get())).toEqual([OTHER]);
});
