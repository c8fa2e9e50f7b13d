// Priorities, tags and read marks as events tell of them, and many commands in one request.

import { expect, it } from 'vitest';
import { applyToThread, applyToTimeline, isUnread } from '../src/apply.ts';
import { bulk } from '../src/labels.ts';
import type { Event } from '../src/protocol.ts';
import { ANN, AT, connected, thread, THREAD } from './world.ts';

const byAgent = (seq: number, body: object) => ({ seq, at: AT, actor: { kind: 'agent', id: ANN }, thread_id: THREAD, ...body }) as Event;
const urgent = byAgent(6, { kind: 'thread.prioritised', data: { from: 'normal', priority: 'urgent' } });
const tagged = byAgent(7, { kind: 'thread.tagged', data: { tags: ['tag_1'], added: 'tag_1' } });
const unread = byAgent(8, { kind: 'thread.marked_unread', data: { agent_id: ANN, read_seq: 4 } });

it('what is put on a thread is on it, and in its timeline', () => {
  const after = [urgent, tagged].reduce((view, event) => applyToThread(view, event) ?? view, thread());
  expect(after).toMatchObject({ priority: 'urgent', tags: ['tag_1'] });
  const timeline = [urgent, tagged, unread].reduce(applyToTimeline, [] as readonly Event[]);
  expect(timeline.map((event) => event.seq)).toEqual([6, 7]);
});

it('a thread that is marked unread is, though it was read further', () => {
  const read = thread({ inbound_seq: 5, read_seq: 5 });
  expect(isUnread(read)).toBe(false);
  const after = applyToThread(read, unread);
  expect(after && isUnread(after)).toBe(true);
});

it('more commands than one request takes go in several, each with a key of its own', async () => {
  const { world, desk } = await connected();
  const asked: { key: string }[][] = [];
  desk.core.http.request = (async (_method: string, _path: string, { commands }: { commands: { key: string }[] }) => {
    asked.push(commands);
    return { answers: commands.map(({ key }) => ({ key })) };
  }) as typeof desk.core.http.request;
  const command = { kind: 'thread.prioritise', thread_id: THREAD, to: 'high' } as const;
  const answers = await bulk(desk, Array.from({ length: 250 }, () => command));
  expect(asked.map((some) => some.length)).toEqual([200, 50]);
  expect(new Set(answers.map((answer) => answer.key)).size).toBe(250);
  expect(world.socket).toBeDefined();
});
