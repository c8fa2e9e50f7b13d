// How things are called on screen.

import { describe, expect, it } from 'vitest';
import type { Me } from '../../sdk/src/index.ts';
import { localInput, snoozes } from '../src/snooze.ts';
import { agentName, ago, contactName, initials, nameList, shortTime, untilTime } from '../src/words.ts';

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
    const addresses = [{ kind: 'phone', value: '+12025550123' } as const];
    expect(contactName({ id: 'cnt_1', name: 'Ada', addresses })).toBe('Ada');
    expect(contactName({ id: 'cnt_1', name: null, addresses })).toBe('+12025550123');
    expect(contactName({ id: 'cnt_1', name: null, addresses: [] })).toBe('Unknown sender');
  });

  it('knows colleagues, and does not break on strangers', () => {
    const ann = { id: 'agt_1', name: 'Ann', role: 'agent' } as const;
    const me: Me = { agent: ann, may: [], inboxes: [], tokens: [] };
    expect([agentName(me, 'agt_1'), agentName(me, 'agt_2'), agentName(null, 'agt_1')]).toEqual(['Ann', 'A colleague', 'A colleague']);
  });

  it('tells times as one would', () => {
    expect([0, 1, 4, 59, 60, 3599].map((seconds) => ago(before(seconds), NOW))).toEqual(['just now', 'just now', '4 s ago', '59 s ago', '1 min ago', '59 min ago']);
    expect(ago(before(-30), NOW)).toBe('just now');
    expect([5, 61, 3599].map((seconds) => shortTime(before(seconds), NOW))).toEqual(['now', '1 min', '59 min']);
  });
});

describe('putting off', () => {
  /** In the zone of whoever runs this, as the desk counts in the agent's. */
  const at = (day: number, hour: number, minute = 0) => new Date(2026, 8, day, hour, minute).getTime();
  // 21 September 2026 is a Monday.
  const said = (now: number) => snoozes(now).map(({ name, until }) => [name, localInput(until)]);

  it('offers an hour, tomorrow and Monday, in the agent\'s own time', () => {
    expect(said(at(21, 23, 30))).toEqual([
      ['for 1 hour', '2026-09-22T00:30'], ['until tomorrow 9:00', '2026-09-22T09:00'], ['until Monday 9:00', '2026-09-28T09:00'],
    ]);
    expect(said(at(26, 8))).toEqual([
      ['for 1 hour', '2026-09-26T09:00'], ['until tomorrow 9:00', '2026-09-27T09:00'], ['until Monday 9:00', '2026-09-28T09:00'],
    ]);
  });

  it('does not offer Monday twice on a Sunday', () => {
    expect(said(at(27, 8)).map(([name]) => name)).toEqual(['for 1 hour', 'until tomorrow 9:00']);
  });

  it('says until when as one would', () => {
    const words = (day: number, hour: number) => untilTime(new Date(at(day, hour)).toISOString(), at(21, 12));
    expect(words(21, 14)).not.toMatch(/tomorrow|Mon/);
    expect(words(22, 9)).toMatch(/^tomorrow \d/);
    expect(words(24, 9)).toMatch(/^Thu \d/);
    expect(words(28, 9)).toMatch(/Sep.* \d|28.* \d/);
  });
});
