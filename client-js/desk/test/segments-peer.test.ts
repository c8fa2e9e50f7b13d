// Twilio's own calculator counts the parts of random texts as we do.

import { SegmentedMessage } from 'sms-segments-calculator';
import { describe, expect, it } from 'vitest';
import { segments } from '../src/segments.ts';

const TEXTS = 5_000;

/** Mulberry32: the same numbers from the same seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const PLAIN = [...'ABCxyz 019@£Δèé?!ñü\n'];
const EXTENDED = [...'^{}\\[~]|€'];
const WIDE = [...'ç`你שло“’'];
const PAIRS = [...'👍😀𝒳🇺'];
const GLUED = ['👩🏽‍🚒', '🇺🇸', 'e\u0301', '👍🏽', '🏳️‍🌈', '\r\n', '❤️', '👨‍👩‍👧‍👦'];
const KINDS = [[PLAIN], [PLAIN, EXTENDED], [PLAIN, EXTENDED, WIDE], [PAIRS], [PLAIN, WIDE, PAIRS], [WIDE, GLUED], [PAIRS, GLUED, PLAIN]];
/** Where a part is full. */
const EDGES = [0, 1, 67, 70, 134, 153, 160, 201, 268, 306, 459, 612];

describe('segments', () => {
  it(`counts the parts of ${TEXTS} random texts as Twilio does`, () => {
    const roll = dice(4);
    const pick = <T>(from: readonly T[]): T => from[roll(from.length)]!;
    for (let count = 0; count < TEXTS; count += 1) {
      const kinds = pick(KINDS);
      const length = roll(3) > 0 ? Math.max(0, pick(EDGES) + roll(5) - 2) : roll(700);
      let text = '';
      // Long runs of one, so that the others stand at the edges of parts.
      while (text.length < length) {
        const one = pick(pick(kinds));
        text += roll(4) > 0 ? one.repeat(1 + roll(Math.min(60, length - text.length))) : one;
      }
      expect(segments(text).parts, JSON.stringify(text)).toBe(new SegmentedMessage(text).segmentsCount);
    }
  });
});
