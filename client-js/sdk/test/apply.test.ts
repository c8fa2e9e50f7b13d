// What customers do with messages changes what is on screen, in place.

import { describe, expect, it } from 'vitest';
import type { Event, ReachView } from '../src/protocol.ts';
import { applyToReach, applyToThread, applyToTimeline, messageOf } from '../src/apply.ts';
import { AT, batch, CHANNEL, CONTACT, looking, received, replied, settle, snapshot, THREAD, thread } from './world.ts';

const byContact = (seq: number, body: object) => ({ seq, at: AT, actor: { kind: 'contact', id: CONTACT }, thread_id: THREAD, ...body }) as Event;
const edited = (seq: number, message_id: string, text: string) => byContact(seq, { kind: 'message.edited', data: { message_id, text } });
const revoked = (seq: number, message_id: string) => byContact(seq, { kind: 'message.revoked', data: { message_id } });
const reacted = (seq: number, message_id: string, emoji: string | null) => byContact(seq, { kind: 'message.reacted', data: { message_id, emoji } });
const refused = (seq: number) => byContact(seq, { kind: 'contact.consent_changed', data: { channel_id: CHANNEL, about: 'everything', wanted: false } });

describe('messages', () => {
  it('are changed, taken back and marked where they stand', () => {
    const before: readonly Event[] = [received(5, 'Helo'), replied(6, 'Hi', 1, 'k-1')];
    const after = [edited(7, 'msg_5', 'Hello'), reacted(8, 'msg_6', '👍'), revoked(9, 'msg_5')].reduce(applyToTimeline, before);
    expect(after.map(messageOf)).toMatchObject([{ text: 'Hello', edited: true, revoked: true }, { text: 'Hi', reaction: '👍' }]);
    const bare = applyToTimeline(after, reacted(10, 'msg_6', null)).map(messageOf);
    expect(bare[1]?.reaction).toBeFalsy();
  });
});

describe('files', () => {
  const file = (id: string, state: string, more = {}) => ({ id, mime_type: 'image/png', state, ...more });
  const sent = (seq: number, text: string, attachments: object[]) => {
    const event = received(seq, text) as Event & { kind: 'message.received' };
    return { ...event, data: { message: { ...event.data.message, attachments } } } as Event;
  };
  const changed = (seq: number, attachment: object) => byContact(seq, { kind: 'attachment.changed', data: { message_id: 'msg_5', attachment } });

  it('change where they stand, each alone', () => {
    const before = [sent(5, '', [file('att_1', 'waiting'), file('att_2', 'waiting')]), received(6, 'Hi')];
    const stored = file('att_2', 'stored', { bytes: 7, has_thumbnail: true });
    const after = applyToTimeline(before, changed(7, stored)).map(messageOf);
    expect(after[0]?.attachments).toEqual([file('att_1', 'waiting'), stored]);
    expect(after[1]?.attachments).toBeUndefined();
  });

  it('are what a list shows of a message without words', () => {
    const shown = (text: string, name?: string) => {
      const files = [file('att_1', 'waiting', name === undefined ? {} : { name })];
      return applyToThread(thread(), sent(5, text, files))?.preview?.text;
    };
    expect([shown('See:', 'a.pdf'), shown('', 'a.pdf'), shown('')]).toEqual(['See:', 'Attachment: a.pdf', 'Attachment']);
  });
});

describe('reach', () => {
  const ways: readonly ReachView[] = [
    { channel_id: CHANNEL, address: { kind: 'phone', value: '+1' }, refused: [], window_until: '2026-01-01T00:00:00.000Z' },
    { channel_id: 'chn_2', address: { kind: 'phone', value: '+1' }, refused: [] },
  ];

  it('has its window from the last message over that channel', () => {
    const after = applyToReach(ways, received(5, 'Hello'), 24);
    expect(after[0]?.window_until).toBe('2026-09-22T14:13:20.123Z');
    expect(after[1]).toBe(ways[1]);
    expect(applyToReach(ways, received(5, 'Hello'), undefined)).toBe(ways);
  });

  it('is read anew when the customer refuses', async () => {
    const { world, handle } = await looking();
    expect(handle.reach.get()).toEqual([]);
    const way = { channel_id: CHANNEL, address: { kind: 'phone', value: '+1' }, refused: ['everything'] };
    world.serve(`/api/v1/threads/${THREAD}`, { ...snapshot(6, thread(), [received(5, 'Hello')]), reach: [way] });
    world.socket.say(batch(5, 6, refused(6)));
    await settle();
    expect(handle.reach.get()).toEqual([way]);
  });

  it('and contacts follow what the server says', () => {
    const contact = { id: CONTACT, name: 'Ada B.', addresses: [] };
    const event = byContact(6, { kind: 'contact.changed', data: { contact } });
    expect(applyToThread(thread(), event)?.contact).toEqual(contact);
  });
});
