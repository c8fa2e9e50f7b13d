// Coming back without a stampede: when, to whom, and so that nobody sees it.

import { describe, expect, it } from 'vitest';
import { retryDelay } from '../src/backoff.ts';
import { createDesk, type DeskOptions } from '../src/index.ts';
import type { ServerFrame } from '../src/protocol.ts';
import { ANN, batch, BEN, looking, ME, settle, snapshot, STREAM, THREAD, thread, World } from './world.ts';


async function open(options: Partial<DeskOptions> = {}) {
  const it = await looking(5, undefined, options);
  const wait = () => {
    const now = it.desk.connection.get();
    return now.state === 'waiting' ? now.retryAt - it.world.time : null;
  };
  return { ...it, wait };
}

const draining = (ms: number): ServerFrame => ({ type: 'draining', retry_after_ms: ms });

describe('when', () => {
  it('spreads the first retry over two seconds, later ones over a bound that doubles from half a second to twenty', () => {
    expect([0, 0.5, 1].map((random) => retryDelay(1, random))).toEqual([0, 1_000, 2_000]);
    expect([2, 3, 4, 5, 6, 7, 8, 50].map((attempt) => retryDelay(attempt, 1))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
    expect([2, 5, 50].map((attempt) => retryDelay(attempt, 0))).toEqual([0, 0, 0]);
  });

  it('spreads the first retry over the window that the server names', async () => {
    const { world, wait } = await open();
    world.chance = 0.25;
    world.socket.end(4011, { code: 'internal', retry_after_ms: 8_000 });
    expect(wait()).toBe(2_000);
  });

  it('comes exactly when the server said, where it gave out places', async () => {
    for (const [number, code] of [[4000, 'draining'], [4013, 'overloaded'], [4029, 'rate_limited']] as const) {
      const { world, wait } = await open();
      world.chance = 0.01;
      world.socket.end(number, { code, retry_after_ms: 800 });
      expect([code, wait()]).toEqual([code, 800]);
      await world.pass(790);
      expect(world.sockets).toHaveLength(1);
      await world.pass(20);
      world.socket.end(number, { code, retry_after_ms: 7_000 });
      expect([code, wait()]).toEqual([code, 7_000]);
    }
  });

  it('is not hurried past the server\'s time by a wake-up, but by a person', async () => {
    const { world, desk } = await open();
    world.socket.end(4013, { code: 'overloaded', retry_after_ms: 8_000 });
    world.wake();
    await settle();
    expect(world.sockets).toHaveLength(1);
    desk.retry();
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it('starts afresh only after ten healthy seconds', async () => {
    const { world, desk } = await open();
    const attempt = () => {
      const now = desk.connection.get();
      return now.state === 'waiting' ? now.attempt : null;
    };
    for (let i = 1; i <= 4; i += 1) {
      world.socket.end(1006);
      expect(attempt()).toBe(i);
      world.wake();
      await world.pass(3_000);
      world.socket.welcome();
      await world.pass(6_900);
    }
    await world.pass(3_200);
    world.socket.end(1006);
    expect(attempt()).toBe(1);
  });

  it('dials at once when woken, and spreads wake-ups that follow each other', async () => {
    const { world, wait } = await open();
    world.chance = 0.9;
    world.socket.end(1006);
    world.wake();
    world.wake();
    await settle();
    expect(world.sockets).toHaveLength(2);
    world.socket.end(1006);
    expect(wait()).toBe(450);
    await world.pass(450);
    for (let i = 0; i < 3; i += 1) {
      world.socket.end(1006);
      await world.pass(900);
    }
    const before = world.sockets.length;
    world.socket.end(1006);
    expect(wait()).toBeGreaterThan(3_000);
    world.wake();
    await world.pass(500);
    // Wake-ups only ever bring it nearer.
    world.wake();
    await world.pass(390);
    expect(world.sockets).toHaveLength(before);
    await world.pass(20);
    expect(world.sockets).toHaveLength(before + 1);
  });

  it('lets a hidden page wait until it is looked at or half a minute has gone', async () => {
    const { world } = await open();
    world.isVisible = false;
    world.chance = 0.5;
    world.socket.end(1006);
    await world.pass(44_900);
    expect(world.sockets).toHaveLength(1);
    await world.pass(200);
    expect(world.sockets).toHaveLength(2);
    world.socket.end(1006);
    world.isVisible = true;
    world.wake();
    await settle();
    expect(world.sockets).toHaveLength(3);
  });

  it('does not let a hidden page wait that has something to send, or that the server gave a time', async () => {
    const { world, handle } = await open();
    world.isVisible = false;
    void handle.note('On its way').catch(() => undefined);
    world.socket.end(1006);
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
    const other = await open();
    other.world.isVisible = false;
    other.world.socket.end(4000, { code: 'draining', retry_after_ms: 300 });
    await other.world.pass(300);
    expect(other.world.sockets).toHaveLength(2);
  });
});

describe('to whom', () => {
  it('takes the next node when one fails, for the socket and for HTTP', async () => {
    const world = new World();
    world.serve('/api/v1/me', ME);
    const asked: string[] = [];
    const { fetch } = world.host;
    world.host.fetch = (url, init) => {
      asked.push(url);
      return fetch(url, init);
    };
    const desk = createDesk({ urls: ['http://test-a', 'http://test-b/'], host: world.host });
    await desk.connect();
    world.socket.welcome();
    for (let i = 0; i < 2; i += 1) {
      world.socket.end(1006);
      await world.pass(2_000);
      if (i === 0) void desk.thread(THREAD).ready.catch(() => undefined);
      await settle();
    }
    expect(world.dialled).toEqual(['ws://test-a/ws', 'ws://test-b/ws', 'ws://test-a/ws']);
    expect(asked).toEqual(['http://test-a/api/v1/me', `http://test-b/api/v1/threads/${THREAD}?limit=50`]);
  });
});

describe('a node that goes away', () => {
  it('keeps its socket until the server closes it, and works meanwhile', async () => {
    const { world, desk, handle } = await open();
    const states: string[] = [];
    desk.connection.subscribe((now) => states.push(now.state));
    world.socket.say(draining(4_000));
    await world.pass(3_900);
    void handle.note('Still here').catch(() => undefined);
    expect(world.socket.command('note.add').command).toMatchObject({ text: 'Still here' });
    expect(handle.phase.get()).toBe('live');
    expect(states).toEqual([]);
    world.socket.end(4000, { code: 'draining', retry_after_ms: 150 });
    await world.pass(150);
    world.socket.welcome();
    expect(states).toEqual(['waiting', 'connecting', 'connected']);
    expect(desk.lost.get()).toBe(false);
  });

  it('spreads over the drain when the socket breaks before its time', async () => {
    const { world, wait } = await open();
    world.chance = 0.5;
    world.socket.say(draining(6_000));
    world.socket.end(1006);
    expect(wait()).toBe(3_000);
    await world.pass(3_000);
    world.socket.end(1006);
    expect(wait()).toBe(250);
  });

  it('has its viewing, its typing and its lock back before anything else', async () => {
    const { world, handle } = await open();
    handle.activity('viewing');
    handle.replying();
    const taken = world.socket.command('lock.acquire');
    world.socket.say({ type: 'ok', id: taken.id, outcome: { kind: 'lock.held', token: 7, expires_at: '2026-09-21T14:13:35.123Z' } });
    const note = handle.note('In flight');
    const { key } = world.socket.command('note.add');
    world.socket.end(4000, { code: 'draining', retry_after_ms: 50 });
    await world.pass(50);
    world.socket.welcome();
    const sent = world.socket.sent.map((frame) => (frame.type === 'command' ? frame.command.kind : frame.type));
    expect(sent).toEqual(['hello', 'signal', 'lock.acquire', 'note.add']);
    expect(world.socket.of('signal')[0]).toMatchObject({ thread_id: THREAD, activity: 'typing' });
    expect(world.socket.command('note.add').key).toBe(key);
    world.socket.say({ type: 'ok', id: world.socket.command('note.add').id, outcome: { kind: 'note.added', note_id: 'nte_1', seq: 6 } });
    await expect(note).resolves.toMatchObject({ seq: 6 });
  });

  it('does not take a lock back that has run out, or was given back', async () => {
    for (const [away, released] of [[20_000, 'never'], [50, 'before'], [50, 'meanwhile']] as const) {
      const { world, handle } = await open();
      handle.replying();
      world.socket.say({ type: 'ok', id: world.socket.command('lock.acquire').id, outcome: { kind: 'lock.held', token: 7, expires_at: '2026-09-21T14:13:35.123Z' } });
      await settle();
      if (released === 'before') void handle.releaseLock();
      world.socket.end(4000, { code: 'draining', retry_after_ms: away });
      if (released === 'meanwhile') void handle.releaseLock();
      await world.pass(away);
      world.socket.welcome();
      expect(world.socket.of('command')).toEqual([]);
    }
  });
});

describe('a page that is loaded anew', () => {
  it('views again as soon as it is connected, even before it knows where the thread lives', async () => {
    const world = new World();
    world.serve('/api/v1/me', ME);
    let answer: () => void = () => undefined;
    world.answers.set(`/api/v1/threads/${THREAD}`, () => new Promise((resolve) => {
      answer = () => resolve({ status: 200, body: snapshot(5, thread(), []) });
    }));
    const handle = createDesk({ url: 'http://test', host: world.host }).thread(THREAD);
    handle.activity('viewing');
    await settle();
    world.socket.welcome();
    answer();
    await settle();
    expect(world.socket.of('signal')).toEqual([{ type: 'signal', thread_id: THREAD, activity: 'viewing' }]);
  });
});

describe('a busy server', () => {
  it('has a command again when it says, with the same key', async () => {
    const { world, handle } = await open();
    const sent = handle.note('Patience');
    const first = world.socket.command('note.add');
    world.socket.say({ type: 'error', id: first.id, error: { code: 'overloaded', message: '', retryable: true, details: { retry_after_ms: 3_000 } } });
    await world.pass(2_900);
    expect(world.socket.of('command')).toHaveLength(1);
    await world.pass(200);
    expect(world.socket.of('command').map((frame) => frame.key)).toEqual([first.key, first.key]);
    expect(sent.status.get()).toBe('sending');
  });

  it('has streams of the hello again when it says', async () => {
    const { world, handle } = await open();
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.welcome();
    world.socket.say({ type: 'error', error: { code: 'overloaded', message: '', retryable: true, details: { retry_after_ms: 9_000 } } });
    await world.pass(8_900);
    expect(world.socket.of('subscribe')).toHaveLength(0);
    await world.pass(200);
    world.socket.say({ type: 'subscribed', id: world.socket.of('subscribe')[0]?.id ?? 0, stream: STREAM, at: 5, cursor: 'c5', head: 5 });
    expect(handle.phase.get()).toBe('live');
  });

  it('has lists again when it says, also without a problem document', async () => {
    for (const body of [{ code: 'overloaded', retryable: true, details: { retry_after_ms: 4_000 } }, '<html>busy</html>']) {
      const { world, desk } = await open();
      world.answers.set('/api/v1/inboxes/ibx_busy/threads', () => ({ status: 503, body, headers: { 'retry-after': '4' } }));
      desk.list({ inboxId: 'ibx_busy' });
      await world.pass(4_100);
      const asked = () => world.requests.filter((request) => request.includes('ibx_busy')).length;
      expect(asked()).toBe(1);
      await world.pass(700);
      expect(asked()).toBe(2);
    }
  });
});

describe('who is here', () => {
  it('shows the customer typing and who may have left', async () => {
    const { world, handle } = await open();
    const say = (more: object) =>
      world.socket.say({ type: 'signals', stream: STREAM, full: false, threads: [{ thread_id: THREAD, viewing: [ANN, BEN], typing: [], lock: null, ...more }] });
    say({ contact_typing: true, stale: [ANN, BEN] });
    expect([handle.contactTyping.get(), handle.stale.get(), handle.viewers.get()]).toEqual([true, [BEN], [BEN]]);
    say({});
    expect([handle.contactTyping.get(), handle.stale.get(), handle.viewers.get()]).toEqual([false, [], [BEN]]);
  });

  it('knows until when a thread is put off', async () => {
    const { world, list, handle } = await open();
    const until = '2026-09-22T07:00:00Z';
    void handle.setStatus('pending', new Date(until)).catch(() => undefined);
    expect(world.socket.command('thread.set_status').command).toMatchObject({ to: 'pending', until: '2026-09-22T07:00:00.000Z' });
    const change = (seq: number, data: { from: 'open' | 'pending'; to: 'open' | 'pending'; until?: string }) =>
      batch(seq - 1, seq, { seq, at: '', actor: { kind: 'system' }, thread_id: THREAD, kind: 'thread.status_changed', data });
    world.socket.say(change(6, { from: 'open', to: 'pending', until }));
    expect(list.items.get()[0]).toMatchObject({ status: 'pending', until });
    world.socket.say(change(7, { from: 'pending', to: 'open' }));
    expect(handle.data.get()?.until).toBeUndefined();
  });
});
