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

export function segments(text: string): Segments {
  const characters = [...text];
  const isGsm = characters.every((one) => BASIC.has(one) || EXTENSION.has(one));
  const sizes = characters.map((one) => (isGsm ? (EXTENSION.has(one) ? 2 : 1) : one.length));
  const room = isGsm ? SEPTETS : UNITS;
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  if (whole <= room.alone) return { parts: 1, left: room.alone - whole };
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
