// Snapshots and events: nothing lost, nothing twice, whatever the timing.

import { describe, expect, it } from 'vitest';
import type { Event } from '../src/protocol.ts';
import { ANN, batch, INBOX, looking, page, received, replied, settle, snapshot, STREAM, THREAD, thread, World } from './world.ts';

const THREADS = `/api/v1/inboxes/${INBOX}/threads`;
const OTHER = 'thr_0190c2a4e6f17d3f8a1b0000000000ff';
const ONE = `/api/v1/threads/${THREAD}`;

function subscribe(world: World, at: number, head: number) {
  const id = world.socket.of('subscribe').at(-1)?.id;
  world.socket.say({ type: 'subscribed', ...(id ? { id } : {}), stream: STREAM, at, cursor: `c${at}`, head });
}

const texts = (timeline: readonly Event[]) =>
  timeline.map((event) => (event.kind === 'message.received' || event.kind === 'message.sent' ? event.data.message.text : event.kind));

describe('resume', () => {
  it('subscribes once, from the snapshot, and shows what follows', async () => {
    const { world, list, handle } = await looking();
    expect(world.socket.of('subscribe').map((frame) => frame.cursor)).toEqual(['c5']);
    expect(handle.phase.get()).toBe('live');
    world.socket.say(batch(5, 8, received(7, 'Second')));
    expect(texts(handle.timeline.get())).toEqual(['Hello', 'Second']);
    expect(list.items.get()[0]?.preview?.text).toBe('Second');
    expect(list.items.get()[0]?.inbound_seq).toBe(7);
    expect(list.unread.get()).toBe(1);
  });

  it('resumes in the hello from where it was, and is stale meanwhile', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(5, 9, received(7, 'Second')));
    world.socket.end(1006);
    expect(handle.phase.get()).toBe('stale');
    await world.pass(2_000);
    world.socket.open();
    expect(world.socket.of('hello')[0]?.cursors).toEqual({ [STREAM]: 'c9' });
    world.socket.welcome();
    world.socket.say({ type: 'subscribed', stream: STREAM, at: 9, cursor: 'c9', head: 12 });
    expect(handle.phase.get()).toBe('stale');
    world.socket.say(batch(9, 12, received(12, 'Missed')));
    expect(handle.phase.get()).toBe('live');
    expect(texts(handle.timeline.get())).toEqual(['Hello', 'Second', 'Missed']);
    expect(world.requests.filter((request) => request.startsWith(`GET ${ONE}`))).toHaveLength(1);
  });

  it('asks for a stream by itself when the hello was not answered for it', async () => {
    const { world, handle } = await looking();
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.welcome();
    world.socket.say({ type: 'error', error: { code: 'unavailable', message: '', retryable: true } });
    await world.pass(4_900);
    expect(world.socket.of('subscribe')).toHaveLength(0);
    await world.pass(200);
    expect(world.socket.of('subscribe').map((frame) => frame.cursor)).toEqual(['c5']);
    subscribe(world, 5, 5);
    expect(handle.phase.get()).toBe('live');
    await world.pass(10_000);
    expect(world.socket.of('subscribe')).toHaveLength(1);
  });

  it('skips what it has when a batch overlaps', async () => {
    const { world, desk, handle } = await looking();
    const told: number[] = [];
    desk.on('event', ({ event }) => told.push(event.seq));
    world.socket.say(batch(5, 7, received(6, 'A'), received(7, 'B')));
    world.socket.say(batch(5, 7, received(6, 'A'), received(7, 'B')));
    world.socket.say(batch(6, 8, received(7, 'B'), received(8, 'C')));
    world.socket.say(batch(5, 6, received(6, 'A')));
    expect(texts(handle.timeline.get())).toEqual(['Hello', 'A', 'B', 'C']);
    expect(told).toEqual([6, 7, 8]);
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.open();
    expect(world.socket.of('hello')[0]?.cursors).toEqual({ [STREAM]: 'c8' });
  });

  it('asks again from its cursor when something before a batch is missing', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(9, 10, received(10, 'Late')));
    expect(texts(handle.timeline.get())).toEqual(['Hello']);
    expect(world.socket.of('subscribe').at(-1)?.cursor).toBe('c5');
    expect(world.socket.of('subscribe')).toHaveLength(2);
    expect(handle.phase.get()).toBe('stale');
    subscribe(world, 5, 10);
    world.socket.say(batch(5, 10, received(8, 'Missing'), received(10, 'Late')));
    expect(texts(handle.timeline.get())).toEqual(['Hello', 'Missing', 'Late']);
    expect(handle.phase.get()).toBe('live');
  });

  it('accepts holes in the numbers: events it may not see are left out', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(5, 20), batch(20, 31, received(31, 'Far')));
    expect(texts(handle.timeline.get())).toEqual(['Hello', 'Far']);
    expect(world.socket.of('subscribe')).toHaveLength(1);
  });

  it('loads a snapshot after reset and says so', async () => {
    const { world, handle, list } = await looking();
    let gaps = 0;
    handle.onGap(() => (gaps += 1));
    world.serve(THREADS, page(50, [thread({ status: 'pending' })]));
    world.serve(ONE, snapshot(50, thread({ status: 'pending' }), [received(5, 'Hello'), received(49, 'Much later')]));
    world.socket.say({ type: 'reset', stream: STREAM, reason: 'too_far' });
    expect(texts(handle.timeline.get())).toEqual(['Hello']);
    await settle();
    expect(world.socket.of('subscribe').at(-1)?.cursor).toBe('c50');
    subscribe(world, 50, 50);
    expect(texts(handle.timeline.get())).toEqual(['Hello', 'Much later']);
    expect(list.items.get()[0]?.status).toBe('pending');
    expect(gaps).toBe(1);
  });

  it('completes a snapshot with the events that overtook it', async () => {
    const { world, desk } = await looking();
    const view = thread({ id: OTHER, inbound_seq: 5 });
    world.socket.say(batch(5, 6, { seq: 6, at: '', actor: { kind: 'system' }, thread_id: OTHER, kind: 'thread_view', data: view }));
    let answer: () => void = () => undefined;
    world.answers.set(`/api/v1/threads/${OTHER}`, () => new Promise((resolve) => {
      answer = () => resolve({ status: 200, body: snapshot(7, { ...view, inbound_seq: 7 }, [received(7, 'In it', OTHER)]) });
    }));
    const late = desk.thread(OTHER);
    await settle();
    world.socket.say(batch(6, 7, received(7, 'In it', OTHER)), batch(7, 8, received(8, 'After it', OTHER)));
    answer();
    await settle();
    expect(texts(late.timeline.get())).toEqual(['In it', 'After it']);
    expect(late.data.get()?.inbound_seq).toBe(8);
    expect(late.phase.get()).toBe('live');
  });

  it('reads again when a snapshot of an unknown thread came too late', async () => {
    const { world, desk } = await looking();
    const view = thread({ id: OTHER });
    const answers: (() => void)[] = [];
    const serve = (seq: number, events: Event[]) =>
      world.answers.set(`/api/v1/threads/${OTHER}`, () => new Promise((resolve) => {
        answers.push(() => resolve({ status: 200, body: snapshot(seq, { ...view, inbound_seq: seq }, events) }));
      }));
    serve(6, [received(6, 'A', OTHER)]);
    const late = desk.thread(OTHER);
    await settle();
    // Nobody knew where this thread lives, so nobody held its events.
    world.socket.say(batch(5, 8, received(6, 'A', OTHER), received(8, 'B', OTHER)));
    serve(8, [received(6, 'A', OTHER), received(8, 'B', OTHER)]);
    for (let i = 0; i < 5; i += 1) {
      for (const answer of answers.splice(0)) answer();
      await world.pass(1_000);
    }
    expect(texts(late.timeline.get())).toEqual(['A', 'B']);
    expect(late.phase.get()).toBe('live');
  });

  it('does not go on from a snapshot that is older than what it has seen', async () => {
    const { world, desk } = await looking();
    const view = thread({ id: OTHER, inbound_seq: 8 });
    world.socket.say(batch(5, 8, { seq: 8, at: '', actor: { kind: 'system' }, thread_id: OTHER, kind: 'thread_view', data: view }));
    world.serve(`/api/v1/threads/${OTHER}`, snapshot(6, view, []));
    const late = desk.thread(OTHER);
    await settle();
    expect(late.phase.get()).toBe('loading');
    world.serve(`/api/v1/threads/${OTHER}`, snapshot(8, view, [received(8, 'B', OTHER)]));
    await world.pass(3_000);
    expect(texts(late.timeline.get())).toEqual(['B']);
  });

  it('shares one subscription among all that hold it, until the last lets go', async () => {
    const { world, desk, list, handle } = await looking();
    const again = desk.thread(THREAD);
    expect(again.timeline.get()).toBe(handle.timeline.get());
    handle.release();
    handle.release();
    list.release();
    await world.pass(5_000);
    world.socket.say(batch(5, 6, received(6, 'Still here')));
    expect(texts(again.timeline.get())).toEqual(['Hello', 'Still here']);
    expect(world.socket.of('unsubscribe')).toHaveLength(0);
    again.release();
    await world.pass(2_100);
    expect(world.socket.of('unsubscribe')).toHaveLength(1);
  });

  it('takes a thread into the list that it did not know, and drops one that is gone', async () => {
    const { world, list } = await looking();
    world.serve(`/api/v1/threads/${OTHER}`, snapshot(6, thread({ id: OTHER, inbound_seq: 6 }), [received(6, 'Back again', OTHER)]));
    world.socket.say(batch(5, 6, received(6, 'Back again', OTHER)));
    await settle();
    expect(list.items.get().map((item) => item.id)).toEqual([OTHER, THREAD]);
    world.socket.say(batch(6, 7, { seq: 7, at: '', actor: { kind: 'system' }, thread_id: OTHER, kind: 'thread_gone', data: {} }));
    expect(list.items.get().map((item) => item.id)).toEqual([THREAD]);
  });

  it('moves threads between lists as they are assigned', async () => {
    const { world, desk } = await looking();
    world.serve(THREADS, page(5, []));
    const mine = desk.list({ inboxId: INBOX, assignee: 'me' });
    await settle();
    expect(mine.items.get()).toHaveLength(0);
    world.socket.say(batch(5, 6, { seq: 6, at: '', actor: { kind: 'system' }, thread_id: THREAD, kind: 'thread.assigned', data: { from: null, to: ANN, from_team: null, to_team: null } }));
    expect(mine.items.get().map((item) => item.id)).toEqual([THREAD]);
  });

  it('gives up a stream a while after the last lease', async () => {
    const { world, list, handle } = await looking();
    handle.release();
    list.release();
    await world.pass(1_900);
    expect(world.socket.of('unsubscribe')).toHaveLength(0);
    await world.pass(200);
    expect(world.socket.of('unsubscribe').map((frame) => frame.stream)).toEqual([STREAM]);
  });

  it('keeps the delivery state of a reply up to date', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(5, 6, replied(6, 'Hi', 1, 'k')));
    const data = { message_id: 'msg_6', delivery: { state: 'delivered' as const } };
    world.socket.say(batch(6, 7, { seq: 7, at: '', actor: { kind: 'system' }, thread_id: THREAD, kind: 'message.delivery_changed', data }));
    const last = handle.timeline.get().at(-1);
    expect(last?.kind === 'message.sent' && last.data.message.delivery?.state).toBe('delivered');
    expect(handle.data.get()?.reply_no).toBe(1);
  });
});
