// A shared draft's text area: what was typed is found, and characters stay whole.

import * as Y from 'yjs';
import { expect, it } from 'vitest';
import { difference } from '../src/draft-area.ts';

it('finds what was typed, near the caret', () => {
  for (const [before, after, caret, want] of [
    ['', 'a', 1, { from: 0, to: 0, words: 'a' }],
    ['aaa', 'aaaa', 2, { from: 1, to: 1, words: 'a' }],
    ['aaaa', 'aaa', 0, { from: 0, to: 1, words: '' }],
    ['one two', 'one new two', 8, { from: 4, to: 4, words: 'new ' }],
    ['abc', 'abc', 3, { from: 3, to: 3, words: '' }],
    ['abc', '', 0, { from: 0, to: 3, words: '' }],
    ['x😀y', 'x😁y', 3, { from: 1, to: 3, words: '😁' }],
    ['😀', '😁', 2, { from: 0, to: 2, words: '😁' }],
    ['😀', '🨀', 2, { from: 0, to: 2, words: '🨀' }],
  ] as const) {
    expect(difference(before, after, caret), `${before} to ${after}`).toEqual(want);
  }
});

it('turns any text into any other, and never splits a character', () => {
  const letters = ['a', 'b', '😀', '😁', '👩‍👩‍👧', '\n'];
  let seed = 7;
  const roll = (end: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * end);
  };
  const text = () => Array.from({ length: roll(8) }, () => letters[roll(letters.length)]).join('');
  for (let round = 0; round < 5_000; round += 1) {
    const [before, after] = [text(), text()];
    const { from, to, words } = difference(before, after, roll(after.length + 1));
    expect(before.slice(0, from) + words + before.slice(to)).toBe(after);
    const doc = new Y.Doc();
    const shared = doc.getText('text');
    shared.insert(0, before);
    doc.transact(() => {
      shared.delete(from, to - from);
      shared.insert(from, words);
    });
    expect(shared.toString()).toBe(after);
  }
});
