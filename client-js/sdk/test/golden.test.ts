// The golden files of the protocol: every frame and event that was ever released is taken without
// a throw, fits the generated types, and so does what does not exist yet.

import { describe, expect, it } from 'vitest';
import clientFrames from '../../../protocol/golden/v1/client_frames.json';
import events from '../../../protocol/golden/v1/events.json';
import outcomes from '../../../protocol/golden/v1/outcomes.json';
import serverFrames from '../../../protocol/golden/v1/server_frames.json';
import { applyToThread, applyToTimeline, isTimelineKind } from '../src/apply.ts';
import { createTeam } from '../src/team.ts';
import type { Event, Outcome, ServerFrame } from '../src/protocol.ts';
import { looking, settle, STREAM, THREAD, thread } from './world.ts';

/** JSON has no literal types: each sample is checked by the compiler where its shape is spelled out. */
const sample = { type: 'pong', id: 4 } satisfies ServerFrame;

function kinds(list: readonly object[], field: string): string[] {
  return list.map((item) => String((item as Record<string, unknown>)[field]));
}

async function open() {
  const ignored: string[] = [];
  const it = await looking(41, [], { log: (level, text) => level === 'error' && ignored.push(text) });
  return { ...it, ignored };
}

describe('golden files', () => {
  it('has every server frame taken', async () => {
    const { world, desk, ignored } = await open();
    expect(kinds(serverFrames, 'type')).toContain(sample.type);
    for (const frame of serverFrames as unknown as ServerFrame[]) {
      if (frame.type !== 'welcome') world.socket.say(frame);
    }
    await settle();
    expect(desk.connection.get().state).toBe('connected');
    expect(ignored).toEqual([]);
  });

  it('has the events of the golden batch in the timeline, in order', async () => {
    const { world, handle, list } = await open();
    const batch = (serverFrames as unknown as ServerFrame[]).find((frame) => frame.type === 'events');
    if (batch?.type !== 'events') throw new Error('no golden batch');
    // Without the last one, which takes the thread out of sight.
    const seen = batch.events.filter((event) => event.kind !== 'thread_gone' && event.kind !== 'thread.changed' && event.kind !== 'thread_view');
    world.socket.say({ ...batch, events: seen });
    expect(handle.timeline.get().map((event) => event.seq)).toEqual(seen.filter(isTimelineKind).map((event) => event.seq));
    const sent = handle.timeline.get().find((event) => event.kind === 'message.sent');
    expect(sent?.kind === 'message.sent' && sent.data.message.delivery).toEqual({ state: 'failed', error: '30005' });
    expect(list.items.get()[0]).toMatchObject({ status: 'pending', reply_no: 1, inbound_seq: 43, preview: { note: true } });
    world.socket.say({ ...batch, prev: batch.to, to: batch.to + 1, events: batch.events.filter((event) => event.kind === 'thread_gone').map((event) => ({ ...event, seq: batch.to + 1 })) });
    expect(list.items.get()).toEqual([]);
    expect(handle.phase.get()).toBe('failed');
  });

  it('knows what each golden event does to a thread', () => {
    expect(events.length).toBeGreaterThanOrEqual(13);
    for (const event of events as unknown as Event[]) {
      const after = applyToThread(thread(), event);
      expect([event.kind, after === null]).toEqual([event.kind, event.kind === 'thread_gone']);
      expect(applyToTimeline([], event).length).toBe(isTimelineKind(event) ? 1 : 0);
    }
  });

  it('ignores frames, events and fields that do not exist yet', async () => {
    const { world, desk, handle } = await open();
    world.socket.say({ type: 'weather', sunny: true } as unknown as ServerFrame);
    world.socket.onmessage?.({ data: 'not JSON' } as MessageEvent);
    const strange = { seq: 42, at: '', actor: { kind: 'moon' }, thread_id: THREAD, kind: 'thread.painted', data: { colour: 'red' } };
    world.socket.say({ type: 'events', stream: STREAM, prev: 41, to: 42, cursor: 'c42', events: [strange as unknown as Event] });
    expect(desk.connection.get().state).toBe('connected');
    expect(handle.timeline.get()).toEqual([]);
    expect(handle.phase.get()).toBe('live');
  });

  it('sends nothing that is not in the golden client frames', async () => {
    const { world, desk, handle } = await open();
    const [reply, note, assign] = [handle.reply('a'), handle.note('b'), handle.assign(null)];
    const team = createTeam(desk);
    const wishes = [reply, note, assign, handle.setStatus('pending', new Date(world.time)), team.setAvailability('busy')];
    team.agents();
    handle.markRead();
    handle.replying();
    void handle.requestLock().catch(() => undefined);
    void handle.takeOverLock('why').catch(() => undefined);
    for (const wish of wishes) wish.catch(() => undefined);
    type Sent = { type: string; command?: Record<string, unknown> };
    const golden = clientFrames as unknown as Sent[];
    expect(world.socket.sent.length).toBeGreaterThan(9);
    for (const frame of world.socket.sent as unknown as Sent[]) {
      const like = golden.filter((other) => other.type === frame.type && other.command?.kind === frame.command?.kind);
      expect([frame.type, frame.command?.kind, like.length > 0]).toEqual([frame.type, frame.command?.kind, true]);
      const fields = new Set(like.flatMap((other) => [...Object.keys(other), ...Object.keys(other.command ?? {})]));
      for (const field of [...Object.keys(frame), ...Object.keys(frame.command ?? {})]) expect([frame.type, field, fields.has(field)]).toEqual([frame.type, field, true]);
    }
  });

  it('resolves a command with each golden outcome', async () => {
    for (const outcome of outcomes as unknown as Outcome[]) {
      const { world, handle } = await open();
      const sent = handle.note('x');
      world.socket.say({ type: 'ok', id: world.socket.command('note.add').id, outcome });
      await expect(sent).resolves.toEqual(outcome);
    }
  });
});
