// Who is mentioned in a text, and a timeline with its notes as they are now.

import { expect, it } from 'vitest';
import { findMentions, withNotes } from '../src/notes.ts';
import type { Event, Mention } from '../src/protocol.ts';

const people = [
  { name: 'Ben', agentId: 'agt_1' },
  { name: 'Ben Adler', agentId: 'agt_2' },
  { name: 'Ädna', agentId: 'agt_3' },
  { name: 'Night', teamId: 'tem_1' },
];

const said = (text: string) => findMentions(text, people).map((it) => [it.agent_id ?? it.team_id, text.slice(it.from, it.to)]);

it('finds names after an @, the longer ones first, and no addresses', () => {
  expect(said('📦 @Ben, and @Ben Adler: @Night!')).toEqual([['agt_1', '@Ben'], ['agt_2', '@Ben Adler'], ['tem_1', '@Night']]);
  expect(said('@Ädna')).toEqual([['agt_3', '@Ädna']]);
  expect(said('ann@Ben.example, @Benny, @ben, @, @@Ben')).toEqual([['agt_1', '@Ben']]);
  expect(findMentions('@Ben '.repeat(30), people)).toHaveLength(20);
});

const actor = { kind: 'agent' as const, id: 'agt_9' };
const at = '2026-09-21T14:13:20.123Z';

function added(seq: number, text: string, version = 1): Event {
  const note = { id: `nte_${seq}`, author: actor, text, at, key: 'k', version };
  return { seq, at, actor, thread_id: 'thr_1', kind: 'note.added', data: { note } };
}

function edited(seq: number, of: number, version: number, text: string, mentions: Mention[] = []): Event {
  const data = { note_id: `nte_${of}`, added_seq: of, version, text, mentions };
  return { seq, at, actor, thread_id: 'thr_1', kind: 'note.edited', data };
}

function deleted(seq: number, of: number): Event {
  return { seq, at, actor, thread_id: 'thr_1', kind: 'note.deleted', data: { note_id: `nte_${of}`, added_seq: of } };
}

it('shows notes as they are, and not how they became so', () => {
  const plain = [added(1, 'one'), added(2, 'two')];
  expect(withNotes(plain)).toBe(plain);
  const mention = { agent_id: 'agt_1', from: 0, to: 4 };
  const now = withNotes([...plain, edited(3, 1, 2, '@Ben', [mention]), deleted(4, 2), edited(5, 1, 3, 'last')]);
  expect(now.map(({ seq }) => seq)).toEqual([1, 2]);
  const notes = now.map((event) => (event.kind === 'note.added' ? event.data.note : null));
  expect(notes[0]).toMatchObject({ text: 'last', version: 3, mentions: [], edited_at: at });
  expect(notes[1]).toMatchObject({ text: '', deleted: { by: actor, at } });
});

it('takes what a page already knows for newer', () => {
  const now = withNotes([added(1, 'third words', 3), edited(4, 1, 2, 'second words')]);
  expect(now).toHaveLength(1);
  expect(now[0]?.kind === 'note.added' && now[0].data.note.text).toBe('third words');
});
