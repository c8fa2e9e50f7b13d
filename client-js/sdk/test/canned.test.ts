// What is found after a slash, and which canned replies match it.

import { expect, test } from 'vitest';
import { askedAt, matching, unfilled } from '../src/canned.ts';
import type { CannedView } from '../src/protocol.ts';

test('a slash that begins a word asks, up to the caret', () => {
  expect(askedAt('/', 1)).toEqual({ from: 0, to: 1, words: '' });
  expect(askedAt('Hi /ref', 7)).toEqual({ from: 3, to: 7, words: 'ref' });
  expect(askedAt('Hi\n/ref now', 7)).toEqual({ from: 3, to: 7, words: 'ref' });
  expect(askedAt('/grüß 😀', 5)).toEqual({ from: 0, to: 5, words: 'grüß' });
  for (const [text, caret] of [['and/or', 6], ['https://x', 9], ['/a b', 4], ['', 0], [`/${'x'.repeat(41)}`, 42], ['/ref', 0]] as const) {
    expect(askedAt(text, caret), text).toBeNull();
  }
});

const one = (short_code: string, more: Partial<CannedView> = {}): CannedView => ({
  id: `can_${short_code}`, inbox_id: null, title: `About ${short_code}`, short_code, folder: '', languages: ['en'], kinds: [], version: 1,
  state: 'ready', usable: 1, authors: [], changed_at: '2026-01-01T00:00:00Z', uses: 0, last_used_at: null, ...more,
});

test('the likeliest comes first, and what cannot be used not at all', () => {
  const all = [one('xref', { uses: 9 }), one('ref1'), one('ref2', { uses: 3 }), one('ref3', { usable: null }), one('ref4', { kinds: ['sms'] })];
  const found = (words: string, kind: 'sms' | 'whatsapp' | null) => matching(all, words, kind).map((it) => it.short_code);
  expect(found('REF', 'whatsapp')).toEqual(['ref2', 'ref1', 'xref']);
  expect(found('ref', 'sms')).toEqual(['ref2', 'ref1', 'ref4', 'xref']);
  expect(found('ref1', null)[0]).toBe('ref1');
  expect(found('about', null)).toHaveLength(4);
  expect(found('zz', null)).toEqual([]);
});

test('what is not filled in is found', () => {
  expect(unfilled('Hi {{contact.name}}!')).toEqual({ at: 3, name: '{{contact.name}}' });
  expect(unfilled('Hi {{ 1 }} {x}')).toBeNull();
});
