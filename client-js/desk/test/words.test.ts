// How things are called on screen.

import { describe, expect, it } from 'vitest';
import type { Me } from '../../sdk/src/index.ts';
import { agentName, ago, contactName, initials, nameList, shortTime } from '../src/words.ts';

const NOW = Date.parse('2026-09-21T14:13:20Z');
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

describe('words', () => {
  it('makes initials of any name', () => {
    expect(['Ann', 'Ann Keller', 'Ada de la Cruz', ' ', '😀 Smile', 'élodie'].map(initials)).toEqual(['A', 'AK', 'AC', '?', '😀S', 'É']);
  });

  it('lists names', () => {
    expect(nameList([])).toBe('');
    expect(nameList(['Ann'])).toBe('Ann');
    expect(nameList(['Ann', 'Ben'])).toBe('Ann and Ben');
    expect(nameList(['Ann', 'Ben', 'Cleo', 'Sam'])).toBe('Ann, Ben and 2 more');
  });

  it('calls a customer by name, else by address', () => {
    const addresses = [{ kind: 'sms', value: '+12025550123' } as const];
    expect(contactName({ id: 'cnt_1', name: 'Ada', addresses })).toBe('Ada');
    expect(contactName({ id: 'cnt_1', name: null, addresses })).toBe('+12025550123');
    expect(contactName({ id: 'cnt_1', name: null, addresses: [] })).toBe('Unknown sender');
  });

  it('knows colleagues, and does not break on strangers', () => {
    const ann = { id: 'agt_1', name: 'Ann', role: 'agent' } as const;
    const me: Me = { agent: ann, inboxes: [] };
    expect([agentName(me, 'agt_1'), agentName(me, 'agt_2'), agentName(null, 'agt_1')]).toEqual(['Ann', 'A colleague', 'A colleague']);
  });

  it('tells times as one would', () => {
    expect([0, 1, 4, 59, 60, 3599].map((seconds) => ago(before(seconds), NOW))).toEqual(['just now', 'just now', '4 s ago', '59 s ago', '1 min ago', '59 min ago']);
    expect(ago(before(-30), NOW)).toBe('just now');
    expect([5, 61, 3599].map((seconds) => shortTime(before(seconds), NOW))).toEqual(['now', '1 min', '59 min']);
  });
});
