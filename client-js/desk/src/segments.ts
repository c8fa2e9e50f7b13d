// How many parts a text message takes on its way over the phone network, which is what it costs.
//
// Source: 3GPP TS 23.038, sections 6.1.2 and 6.2.1 (GSM 7-bit alphabet and its extension), and
// TS 23.040, section 9.2.3.24.1 (what joining parts takes off each of them).

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENSION = new Set('\f^{}\\[~]|€');

const SEPTETS = { alone: 160, joined: 153 };
const UNITS = { alone: 70, joined: 67 };

export interface Segments {
  parts: number;
  /** What the last part still takes. */
  left: number;
}

/** What readers see as one character, such as an emoji with a skin colour, stays in one part, as Twilio has it. */
const seen = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function segments(text: string): Segments {
  const points = [...text];
  const isGsm = points.every((one) => BASIC.has(one) || EXTENSION.has(one));
  const characters = isGsm ? points : Array.from(seen.segment(text), (one) => one.segment).flatMap(whole);
  const sizes = characters.map((one) => (isGsm ? (EXTENSION.has(one) ? 2 : 1) : one.length));
  const room = isGsm ? SEPTETS : UNITS;
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (all <= room.alone) return { parts: 1, left: room.alone - all };
  let parts = 1;
  let used = 0;
  // A character is never split over two parts.
  for (const size of sizes) {
    if (used + size > room.joined) {
      parts += 1;
      used = 0;
    }
    used += size;
  }
  return { parts, left: room.joined - used };
}

/** The end of a line is two characters, and one that no part could hold is split after all. */
function whole(character: string): string[] {
  return character === '\r\n' || character.length > UNITS.joined ? [...character] : [character];
}
