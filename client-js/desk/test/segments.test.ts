// Known answers of Twilio's own calculator (npm sms-segments-calculator 1.3.0), and the edges between.

import { describe, expect, it } from 'vitest';
import { segments } from '../src/segments.ts';

describe('segments', () => {
  it('counts septets, and two for the extension', () => {
    expect(segments('A'.repeat(160))).toEqual({ parts: 1, left: 0 });
    expect(segments('A'.repeat(161))).toEqual({ parts: 2, left: 2 * 153 - 161 });
    expect(segments('A'.repeat(459)).parts).toBe(3);
    expect(segments('€'.repeat(80)).parts).toBe(1);
    expect(segments('€'.repeat(81)).parts).toBe(2);
    expect(segments('é').left).toBe(159);
  });

  it('counts units of UTF-16 where one character is not in the alphabet', () => {
    expect(segments('ç').left).toBe(69);
    expect(segments('`').left).toBe(69);
    expect(segments('👍'.repeat(35)).parts).toBe(1);
    expect(segments('👍'.repeat(36)).parts).toBe(2);
  });

  it('splits no character: 67 units hold 33 pairs', () => {
    expect(segments('👍'.repeat(66)).parts).toBe(2);
    expect(segments('👍'.repeat(67)).parts).toBe(3);
    // 152 septets and a euro: the euro goes into the next part.
    expect(segments('A'.repeat(152) + '€' + 'A'.repeat(152)).parts).toBe(3);
  });
});
