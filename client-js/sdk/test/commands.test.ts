// Commands: one wish, one key, one result; replies that collide; the lock that goes with typing.

import { describe, expect, it } from 'vitest';
import { TandemError } from '../src/index.ts';
import type { ErrorBody, ServerFrame } from '../src/protocol.ts';
import { ANN, AT, batch, BEN, looking, message, received, replied, settle, STREAM, THREAD } from './world.ts';


const sentOk = (id: number, seq: number, reply_no: number): ServerFrame => ({
  type: 'ok', id, outcome: { kind: 'reply.sent', message_id: `msg_${seq}`, seq, reply_no, arrived: [] },
});

async function refusal(promise: Promise<unknown>): Promise<TandemError> {
  const error: unknown = await promise.then(() => null, (cause: unknown) => cause);
  if (!(error instanceof TandemError)) throw new Error('it was not refused');
  return error;
}

describe('commands', () => {
  it('names what was on screen', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(5, 6, replied(6, 'Hi', 3, 'other', BEN)));
    await world.pass(1_001);
    void handle.reply('And this');
    expect(world.socket.command('reply.send').command).toEqual({
      kind: 'reply.send', thread_id: THREAD, text: 'And this', seen_reply: 3, seen_seq: 6,
    });
  });

  it('does not count a colleague\'s reply as seen that came up at the last moment', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(5, 6, replied(6, 'One', 1, 'other', BEN)));
    await world.pass(700);
    world.socket.say(batch(6, 7, replied(7, 'Two', 2, 'other2', BEN)));
    await world.pass(700);
    void handle.reply('Too quick');
    expect(world.socket.command('reply.send').command).toMatchObject({ seen_reply: 0 });
    await world.pass(400);
    void handle.reply('Read it all');
    expect(world.socket.command('reply.send').command).toMatchObject({ seen_reply: 2 });
  });

  it('is not held up by what the server itself has just sent: that takes no turn', async () => {
    const { world, handle } = await looking();
    world.socket.say(batch(5, 6, replied(6, 'Hi', 3, 'other', BEN)));
    await world.pass(1_001);
    const own = message({ id: 'msg_7', direction: 'out', text: 'We are back at nine', author: { kind: 'system' } });
    world.socket.say(batch(6, 7, { seq: 7, at: AT, actor: { kind: 'system' }, thread_id: THREAD, kind: 'message.sent', data: { message: own } }));
    await settle();
    void handle.reply('I am here already');
    expect(world.socket.command('reply.send').command).toMatchObject({ seen_reply: 3 });
  });

  it('sends an unanswered command again with the same key, and only once more', async () => {
    const { world, desk, handle } = await looking();
    const sent = handle.reply('Hi');
    const first = world.socket.command('reply.send');
    world.socket.end(1006);
    expect(sent.status.get()).toBe('queued');
    expect(desk.pending.get().commands).toBe(1);
    await world.pass(2_000);
    world.socket.welcome();
    expect(world.socket.of('command')).toHaveLength(1);
    expect(world.socket.command('reply.send').key).toBe(first.key);
    expect(world.socket.command('reply.send').command).toEqual(first.command);
    world.socket.say(sentOk(world.socket.command('reply.send').id, 6, 1));
    await expect(sent).resolves.toMatchObject({ reply_no: 1 });
    world.socket.end(1006);
    await world.pass(2_000);
    world.socket.welcome();
    expect(world.socket.of('command')).toHaveLength(0);
    expect(desk.pending.get()).toEqual({ commands: 0, oldestAt: null });
  });

  it('waits in the outbox while there is no connection; cancel takes it back', async () => {
    const { world, handle } = await looking();
    world.socket.end(1006);
    const kept = handle.note('Kept');
    const gone = handle.note('Gone');
    expect(gone.cancel()).toBe(true);
    expect((await refusal(gone)).code).toBe('cancelled');
    expect(handle.outgoing.get().map((item) => item.text)).toEqual(['Kept']);
    await world.pass(2_000);
    world.socket.welcome();
    expect(world.socket.of('command').map((frame) => frame.key)).toEqual([kept.key]);
    expect(kept.cancel()).toBe(false);
  });

  it('shows a reply at once and never twice, whichever of answer and echo comes first', async () => {
    for (const echoFirst of [true, false]) {
      const { world, handle } = await looking();
      const sent = handle.reply('Hi');
      const shown = () => [
        ...handle.timeline.get().flatMap((event) => (event.kind === 'message.sent' ? [event.data.message.text] : [])),
        ...handle.outgoing.get().map((item) => item.text),
      ];
      expect(shown()).toEqual(['Hi']);
      const echo = batch(5, 6, replied(6, 'Hi', 1, sent.key));
      const ok = sentOk(world.socket.command('reply.send').id, 6, 1);
      for (const frame of echoFirst ? [echo, ok] : [ok, echo]) {
        world.socket.say(frame);
        await settle();
        expect(shown()).toEqual(['Hi']);
      }
      expect(handle.outgoing.get()).toEqual([]);
      expect(sent.status.get()).toBe('accepted');
      const data = { message_id: 'msg_6', delivery: { state: 'read' as const } };
      world.socket.say(batch(6, 7, { seq: 7, at: AT, actor: { kind: 'system' }, thread_id: THREAD, kind: 'message.delivery_changed', data }));
      expect(sent.status.get()).toBe('read');
    }
  });

  it('keeps the text of a reply that collided, and what the colleague said', async () => {
    const { world, handle } = await looking();
    const sent = handle.reply('My careful answer');
    const theirs = message({ id: 'msg_6', direction: 'out', text: 'Ben was faster', reply_no: 1, author: { kind: 'agent', id: BEN } });
    const error: ErrorBody = { code: 'collision', message: 'Ben replied', retryable: false, details: { reply_no: 1, replies: [theirs] } };
    world.socket.say({ type: 'error', id: world.socket.command('reply.send').id, error });
    const refused = await refusal(sent);
    expect(refused.details.replies?.[0]?.text).toBe('Ben was faster');
    await world.pass(20_000);
    expect(world.socket.of('command').filter((frame) => frame.command.kind === 'reply.send')).toHaveLength(1);
    const kept = handle.outgoing.get()[0];
    expect([kept?.text, kept?.status, kept?.error?.code]).toEqual(['My careful answer', 'failed', 'collision']);
    // "Send anyway": a new wish, naming what was seen since.
    handle.dismiss(sent.key);
    const again = handle.reply('My careful answer', { seenReply: refused.details.reply_no ?? 0 });
    expect(again.key).not.toBe(sent.key);
    expect(world.socket.command('reply.send').command).toMatchObject({ seen_reply: 1 });
  });

  it('names its own unanswered reply, and the number it got', async () => {
    const { world, handle } = await looking();
    const first = handle.reply('One');
    const firstFrame = world.socket.command('reply.send');
    void handle.reply('Two');
    expect(world.socket.command('reply.send').command).toMatchObject({ after: first.key, seen_reply: 0 });
    world.socket.say(sentOk(firstFrame.id, 6, 1), sentOk(world.socket.command('reply.send').id, 7, 2));
    await settle();
    void handle.reply('Three');
    const third = world.socket.command('reply.send').command;
    expect(third).toMatchObject({ seen_reply: 2 });
    expect(third).not.toHaveProperty('after');
  });

  it('tries again by itself when the server was busy, but not when somebody holds the lock', async () => {
    const { world, handle } = await looking();
    const busy = handle.note('Note');
    const frame = world.socket.command('note.add');
    world.socket.say({ type: 'error', id: frame.id, error: { code: 'unavailable', message: '', retryable: true, details: { retry_after_ms: 700 } } });
    await world.pass(700);
    expect(world.socket.command('note.add')).toMatchObject({ key: busy.key });
    expect(world.socket.command('note.add').id).not.toBe(frame.id);
    const locked = handle.reply('Hi');
    const lock = { agent_id: BEN, expires_at: AT };
    world.socket.say({ type: 'error', id: world.socket.command('reply.send').id, error: { code: 'locked', message: '', retryable: true, details: { lock } } });
    expect((await refusal(locked)).code).toBe('locked');
  });

  it('sends again after 15 s without an answer, with the same key', async () => {
    const { world, handle } = await looking();
    const sent = handle.note('Note');
    await world.pass(15_100);
    expect(world.socket.of('command').map((frame) => frame.key)).toEqual([sent.key, sent.key]);
  });
});

describe('lock and signals', () => {
  it('takes the lock on typing, renews it rarely, names it in the reply', async () => {
    const { world, handle } = await looking();
    handle.replying();
    const acquire = world.socket.command('lock.acquire');
    world.socket.say({ type: 'ok', id: acquire.id, outcome: { kind: 'lock.held', token: 7, expires_at: AT } });
    await settle();
    expect(handle.lock.get()).toMatchObject({ held: true, mine: true, by: ANN });
    for (let i = 0; i < 12; i += 1) {
      await world.pass(1_000);
      handle.replying();
    }
    const acquired = world.socket.of('command').filter((frame) => frame.command.kind === 'lock.acquire');
    expect(acquired).toHaveLength(3);
    expect(world.socket.of('signal').filter((frame) => frame.activity === 'typing').length).toBeLessThanOrEqual(6);
    void handle.reply('Hi');
    expect(world.socket.command('reply.send').command).toMatchObject({ lock_token: 7 });
  });

  it('shows who holds it, asks for it, and is asked', async () => {
    const { world, handle } = await looking();
    const lock = { agent_id: BEN, expires_at: AT };
    world.socket.say({ type: 'signals', stream: STREAM, full: true, threads: [{ thread_id: THREAD, viewing: [ANN, BEN], typing: [BEN], lock }] });
    expect(handle.lock.get()).toMatchObject({ held: true, mine: false, by: BEN });
    expect(handle.viewers.get()).toEqual([BEN]);
    handle.replying();
    expect(world.socket.of('command').filter((frame) => frame.command.kind === 'lock.acquire')).toHaveLength(0);
    void handle.requestLock();
    expect(world.socket.command('lock.request').command).toMatchObject({ thread_id: THREAD });
    world.socket.say({ type: 'signals', stream: STREAM, full: false, threads: [{ thread_id: THREAD, viewing: [], typing: [], lock: { agent_id: ANN, expires_at: AT } }] });
    world.socket.say({ type: 'lock_requested', thread_id: THREAD, from: BEN });
    expect(handle.lockAskedBy.get()).toBe(BEN);
    world.socket.say({ type: 'signals', stream: STREAM, full: true, threads: [] });
    expect(handle.lock.get()).toEqual({ held: false });
    expect(handle.lockAskedBy.get()).toBeNull();
  });

  it('gives a lock back that came after the wish for it was gone', async () => {
    const { world, handle } = await looking();
    handle.replying();
    await handle.releaseLock();
    world.socket.say({ type: 'ok', id: world.socket.command('lock.acquire').id, outcome: { kind: 'lock.held', token: 9, expires_at: AT } });
    await settle();
    expect(world.socket.command('lock.release').command).toMatchObject({ token: 9 });
  });

  it('says viewing again and again, and after a reconnect', async () => {
    const { world, handle } = await looking();
    handle.activity('viewing');
    handle.activity('viewing');
    await world.pass(41_000);
    expect(world.socket.of('signal').map((frame) => frame.activity)).toEqual(['viewing', 'viewing', 'viewing']);
    world.socket.end(4000, { code: 'draining', retry_after_ms: 0 });
    await world.pass(10);
    world.socket.welcome();
    expect(world.socket.of('signal').map((frame) => frame.activity)).toEqual(['viewing']);
    handle.activity('idle');
    await world.pass(41_000);
    expect(world.socket.of('signal').map((frame) => frame.activity)).toEqual(['viewing', 'idle']);
  });

  it('marks as read once, and again only for something new', async () => {
    const { world, desk, list, handle } = await looking();
    handle.markRead();
    handle.markRead();
    // Another pane with the same thread is the same reader.
    desk.thread(THREAD).markRead();
    expect(world.socket.of('command').map((frame) => frame.command)).toEqual([{ kind: 'thread.open', thread_id: THREAD, read_seq: 5 }]);
    world.socket.say({ type: 'ok', id: world.socket.command('thread.open').id, outcome: { kind: 'done', seq: 6 } });
    world.socket.say(batch(5, 7, received(7, 'More')));
    expect(list.unread.get()).toBe(1);
    handle.markRead();
    expect(list.unread.get()).toBe(0);
    expect(world.socket.command('thread.open').command).toMatchObject({ read_seq: 7 });
  });
});
